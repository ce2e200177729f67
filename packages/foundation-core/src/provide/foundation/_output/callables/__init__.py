"""Outputs that are functions of the user's: a call for each line, or for many at once."""
