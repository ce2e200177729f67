"""What the repository's own checks run: subjects of commits, and prose. Never published."""
