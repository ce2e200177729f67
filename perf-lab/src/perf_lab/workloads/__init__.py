"""What is logged: each log call is defined once, and every library writes it in its own syntax."""
