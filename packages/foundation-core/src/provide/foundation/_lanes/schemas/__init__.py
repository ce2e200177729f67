"""Fast lanes for JSON lines in the schemas of back ends; only those load it who use them."""
