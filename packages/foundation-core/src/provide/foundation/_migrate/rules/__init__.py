"""What holds for each name of the other libraries, one row a rule."""
