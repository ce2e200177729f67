"""Judgement of lines and of figures: is the output right, and which ratio do rounds have."""
