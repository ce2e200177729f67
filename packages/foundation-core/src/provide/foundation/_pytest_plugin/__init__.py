"""What the pytest plugin does once a test uses Foundation, or fails."""
