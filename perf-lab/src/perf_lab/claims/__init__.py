"""The founding claims and the targets, each a row that a run's results are held against."""
