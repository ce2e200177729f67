"""Background delivery: calls queue their lines, and a thread of the output's writes them."""
