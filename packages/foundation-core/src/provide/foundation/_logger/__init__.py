"""`Logger` and `get_logger`: the objects that a program holds."""
