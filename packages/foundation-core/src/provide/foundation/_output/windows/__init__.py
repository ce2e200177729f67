"""Outputs that Windows alone has."""
