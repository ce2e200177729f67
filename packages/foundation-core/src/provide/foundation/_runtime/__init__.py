"""Set-up, start-up and shut-down: from a configuration to what writes."""
