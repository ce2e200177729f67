"""One log record as plain data: its members, its values, and which of them are secret."""
