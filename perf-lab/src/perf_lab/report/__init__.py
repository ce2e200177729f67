"""One page of all records, with charts, opened in a browser."""
