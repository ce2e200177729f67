"""Every promise of Foundation as cases that a library keeps or breaks, with rivals beside it.

`case.py` says what a case is, `cases/` has them, one file a theme. `plugin.py` makes each of them,
for each library, a test of pytest: `process.py` starts the library in a process of its own, whose
program is `child.py`, and `judge.py` and `checks.py` read what really came out. `breaks.py` breaks
the promises on purpose.
"""
