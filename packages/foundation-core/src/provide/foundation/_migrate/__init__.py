"""Find what has to change where a code base moves to Foundation: `migrate check`.

Everything is read from the syntax tree: no module of that code base is imported, and none of its
files is written.
"""
