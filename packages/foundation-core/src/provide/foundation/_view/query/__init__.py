"""Which lines are wanted: the query language, and moments."""
