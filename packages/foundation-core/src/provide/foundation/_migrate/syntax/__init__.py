"""Python files as syntax trees, and what the names in them mean."""
