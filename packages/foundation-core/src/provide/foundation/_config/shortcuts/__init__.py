"""Configurations that one call describes, without the objects."""
