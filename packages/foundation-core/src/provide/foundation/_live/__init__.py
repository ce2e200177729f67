"""A page in the browser that follows logs: `foundation live`."""
