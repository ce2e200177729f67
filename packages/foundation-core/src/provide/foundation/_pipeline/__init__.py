"""What happens to one log call, step by step."""
