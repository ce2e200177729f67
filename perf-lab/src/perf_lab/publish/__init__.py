"""Pages of the documentation that have figures, written from the records."""
