"""What the viewer reads: files and pipes, packed or not, as blocks of whole lines."""
