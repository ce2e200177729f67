"""Frames of tracebacks for people: whose they are, and what their variables hold."""
