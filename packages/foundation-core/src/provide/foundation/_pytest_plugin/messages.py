"""The message of a failed `assert logs.has(...)`: which lines are nearest, and what they lack."""

from __future__ import annotations

from collections.abc import Iterator
from traceback import walk_tb

from provide.foundation._testing.logs import MatchResult


def explain_failure(error: BaseException) -> None:
    """Put the explanation of a result that a test has asserted into the message of its failure.

    pytest keeps the values of an `assert` in the frame that has failed, and so do the methods of
    `unittest`; the message has each as its `repr`.
    """
    if not isinstance(error, AssertionError) or not error.args:
        return
    text = str(error)
    for result in _results_of(error):
        shown = repr(result)
        if shown not in text:
            continue
        before, found, _ = text.partition(f"assert {shown}")
        explained = f"{before}{result.explanation}" if found else f"{text}\n{result.explanation}"
        error.args = (explained,)
        return


def _results_of(error: BaseException) -> Iterator[MatchResult]:
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    for frame in reversed(frames[-5:]):  # the innermost first
        # The latest first: where two results are joined by `and`, the second one decides.
        for value in reversed(list(frame.f_locals.values())):
            if type(value) is MatchResult:
                yield value
