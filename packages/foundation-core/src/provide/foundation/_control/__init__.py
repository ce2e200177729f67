"""What changes Foundation from outside the program, and with time: signals, a file, a timer."""
