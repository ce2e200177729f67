"""What belongs to the process as a whole: forks, locks, signals, memory, descriptors."""
