"""The log calls of the fast lanes that ask rules of sampling themselves."""
