"""Exceptions as the text of a traceback with its source lines, for the outputs that want it."""
