"""The renderers, each of which makes the bytes of a record."""
