"""Which of the calls of a logger become lines, and what is said of those that do not."""
