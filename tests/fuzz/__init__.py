"""Fuzzing: bytes become log calls, or a hostile log file, and what comes out is checked.

`checks.py` holds the checks, which the test suite plays too, over the corpus; `target.py` is the
process that Atheris drives; `python -m fuzz` starts one for each check (`nox -s fuzz`).
"""
