"""What fields of a configuration are stored as."""
