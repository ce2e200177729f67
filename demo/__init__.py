"""A real web service that logs through Foundation, and the check of every line it wrote."""
