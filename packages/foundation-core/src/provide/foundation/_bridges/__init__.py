"""Lines that come by way of the standard library's `logging`, or of structlog."""
