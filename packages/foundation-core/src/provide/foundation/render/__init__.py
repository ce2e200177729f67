"""The renderers, each of which makes the bytes of a line; imports nothing.

`values.py` makes any object plain and `escape.py` makes any text harmless; `json.py`,
`key_value.py`, `terminal.py` and `compact.py` each write one format.
"""
