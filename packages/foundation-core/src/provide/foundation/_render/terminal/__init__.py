"""Lines at a terminal: what a lane writes of them, and how they become rows of a screen."""
