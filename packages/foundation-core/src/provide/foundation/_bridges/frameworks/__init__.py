"""What web servers and frameworks put into records of `logging`, as fields of a line."""
