"""What Foundation says of itself: exact counts, and rate-limited reports on stderr."""
