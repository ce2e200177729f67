"""Fast lanes of configurations with several outputs, or with one that takes some levels only."""
