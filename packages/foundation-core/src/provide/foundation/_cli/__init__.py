"""The commands of `python -m provide.foundation`."""
