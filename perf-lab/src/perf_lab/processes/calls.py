"""Counts the functions that a call runs, and times a single one; standard library only."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import repeat
from statistics import median
from typing import Any


def count_calls(loop: Callable[[int], None], n: int = 256) -> dict[str, Any]:
    """Return how many Python and C functions one iteration calls: the usual number and the most."""
    python: list[int] = []
    native: list[int] = []
    counts = Counter[str]()

    def watch(_frame: Any, kind: str, _argument: Any) -> None:
        counts[kind] += 1

    def count(iterations: int) -> tuple[int, int]:
        counts.clear()
        sys.setprofile(watch)
        try:
            loop(iterations)
        finally:
            sys.setprofile(None)
        return counts["call"], counts["c_call"]

    loop(200)
    empty_python, empty_native = count(0)
    for _ in range(n):
        calls, native_calls = count(1)
        python.append(calls - empty_python)
        native.append(native_calls - empty_native)
    return {
        "python": Counter(python).most_common(1)[0][0],
        "python_most": max(python),
        "python_mean": sum(python) / n,
        "native": Counter(native).most_common(1)[0][0],
    }


def time_ns(call: Callable[[], object], n: int = 20_000, rounds: int = 7) -> float:
    """Return the nanoseconds of one call of a function without arguments, the loop's taken off."""

    def calls() -> float:
        started = time.process_time_ns()
        for _ in repeat(None, n):
            call()
        return (time.process_time_ns() - started) / n

    def loop() -> float:
        started = time.process_time_ns()
        for _ in repeat(None, n):
            pass
        return (time.process_time_ns() - started) / n

    return median(calls() for _ in range(rounds)) - median(loop() for _ in range(rounds))
