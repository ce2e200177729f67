"""Configurations of programs that make no objects of configuration themselves."""
