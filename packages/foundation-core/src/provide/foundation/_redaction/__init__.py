"""What must not be in a line beside the values of secret keys: texts that a pattern finds."""
