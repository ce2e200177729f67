"""Every promise of Foundation as cases that a library keeps or breaks, with rivals beside it.

`case.py` says what a case is, `cases/` has them, one file a theme. Parent and child read the same
files: `child.py` is the child, which sets one library up and plays one scene; `process.py` starts
it, wires its output and ends it when it hangs; `judge.py` reads what really came out.
"""
