"""Background delivery: its speed beside rivals, its cost at a pace, what a kill loses."""
