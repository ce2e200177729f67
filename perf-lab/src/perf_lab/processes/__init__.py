"""A rival's process: the pool of them seen from the parent, and what is measured inside of one."""
