"""What a run leaves behind: a record with its machine, versions and commit."""
