"""Captured lines, and what a test asks of them."""
