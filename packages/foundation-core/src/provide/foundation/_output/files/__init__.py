"""Files of our own: opened, followed through renames, locked, rotated, archived."""
