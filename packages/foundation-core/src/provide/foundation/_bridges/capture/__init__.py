"""How records of `logging` are kept here, whoever configures it later; it imports `_process`."""
