"""Log files that make room by themselves: when, how, and what becomes of the old ones."""
