"""The immutable configuration, its presets and its environment variables."""
