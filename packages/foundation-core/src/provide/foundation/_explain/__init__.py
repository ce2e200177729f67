"""What a configuration means: its values and their sources, its outputs, lanes and extensions."""
