"""Blocks that say how much is logged in their context: `buffered` and `level_override`."""
