"""Outputs that are handlers of `logging`."""
