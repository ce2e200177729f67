"""Outputs that are terminals: their lines become rows of a screen before they are written."""
