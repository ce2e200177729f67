"""Pages of what the laboratories have found: the documentation's, the report, a release's."""
