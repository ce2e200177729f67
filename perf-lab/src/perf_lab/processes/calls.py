"""Counts the functions that a call runs, and times a single one; standard library only."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from statistics import median
from timeit import Timer
from types import FrameType
from typing import Any


def watch_calls(run: Callable[[], object], note: Callable[[FrameType, str], object]) -> None:
    """Run something, and note each function's frame and the kind of its event, as `sys` says it."""
    sys.setprofile(lambda frame, kind, _argument: note(frame, kind) and None)
    try:
        run()
    finally:
        sys.setprofile(None)


def count_calls(loop: Callable[[int], None], n: int = 256) -> dict[str, Any]:
    """Return how many Python and C functions one iteration calls: the usual number and the most."""

    def count(iterations: int) -> Counter[str]:
        kinds = Counter[str]()
        watch_calls(lambda: loop(iterations), lambda _frame, kind: kinds.update((kind,)))
        return kinds

    loop(200)
    empty = count(0)
    found = [count(1) for _ in range(n)]
    python, native = ([each[kind] - empty[kind] for each in found] for kind in ("call", "c_call"))
    return {
        "python": Counter(python).most_common(1)[0][0],
        "python_most": max(python),
        "python_mean": sum(python) / n,
        "native": Counter(native).most_common(1)[0][0],
    }


def time_ns(call: Callable[[], object], n: int = 20_000, rounds: int = 7) -> float:
    """Return the nanoseconds of one call of a function without arguments, the loop's taken off."""
    calls, loop = (Timer(each, timer=time.process_time_ns).repeat(rounds, n)
                   for each in (call, "pass"))  # fmt: skip
    return (median(calls) - median(loop)) / n
