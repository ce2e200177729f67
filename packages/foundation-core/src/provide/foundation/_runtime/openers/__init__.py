"""What some outputs are opened with, each part loaded by who has such an output."""
