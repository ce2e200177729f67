"""What Windows alone has: its way to open files, and its consoles. No other system imports it."""
