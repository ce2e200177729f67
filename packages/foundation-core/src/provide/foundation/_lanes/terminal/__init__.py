"""The flat lines of a terminal; loaded by those who have an output with a screen."""
