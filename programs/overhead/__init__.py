"""What a middleware costs: requests a second under wrk, with and without, side by side."""
