"""What lines mean: those of Foundation and of other loggers, and what carries them."""
