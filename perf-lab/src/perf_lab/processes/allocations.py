"""What a call and a logger weigh, by tracemalloc, in a rival's own process.

tracemalloc slows everything, so it is on only in here.
"""

from __future__ import annotations

import gc
import os
import tracemalloc
from collections.abc import Callable
from statistics import median
from typing import Any

from perf_lab.workloads.call_syntax import Unsupported, bind_source, call_source
from perf_lab.workloads.founding import WORKLOADS


def measure_allocation(loop: Callable[[int], None], n: int) -> dict[str, Any]:
    """Return bytes per iteration: the most that is held at one time, and what is kept afterwards.

    Args:
        loop: Runs so many iterations.
        n: Iterations over which what is kept is averaged.
    """
    loop(200)
    gc.collect()
    tracemalloc.start()
    try:
        loop(200)
        held = _peak_bytes(loop, 1) - _peak_bytes(loop, 0)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        loop(n)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return {"peak_bytes": held, "kept_bytes": (after - before) / n}


def _peak_bytes(loop: Callable[[int], None], iterations: int) -> float:
    peaks = []
    for _ in range(100):
        tracemalloc.reset_peak()
        held, _ = tracemalloc.get_traced_memory()
        loop(iterations)
        _, peak = tracemalloc.get_traced_memory()
        peaks.append(peak - held)
    return median(peaks)


def measure_loggers(get_logger: Callable[[str], Any], syntax: str, n: int) -> dict[str, Any]:
    """Return bytes per logger and per logger bound to three fields, before and after lines.

    The names exist beforehand, as the `__name__` of modules do; the values of the bound fields
    are constants, so only the loggers themselves are weighed.
    """
    names = [f"service.module_{number}" for number in range(n)]
    # Three lines: what a logger renders once may be rendered at its second line.
    emit = _compile(syntax, ["log = each", *[_line(syntax)] * 3])
    result: dict[str, Any] = {}
    loggers, result["logger_bytes"] = weigh(lambda: [get_logger(name) for name in names])
    _, result["logger_used_bytes"] = weigh(lambda: emit(loggers))
    result["logger_used_bytes"] += result["logger_bytes"]
    base = loggers[0]
    try:
        bind = _compile(
            syntax,
            [f"made.append({bind_source(syntax, WORKLOADS['bind'].rebound)})"],
            {"log": base},
        )
    except Unsupported:
        return {key: value / n for key, value in result.items()}
    bound, result["bound_bytes"] = weigh(lambda: bind(names))
    _, result["bound_used_bytes"] = weigh(lambda: emit(bound))
    result["bound_used_bytes"] += result["bound_bytes"]
    fresh = [f"service.unused_{number}" for number in range(n)]
    before = resident_bytes()
    kept = [get_logger(name) for name in fresh]
    emit(kept)
    result["resident_bytes"] = max(0, resident_bytes() - before)
    return {key: value / n for key, value in result.items()}


def _line(syntax: str) -> str:
    return call_source(syntax, "log.info", "first_line", WORKLOADS["three_fields"].fields[:1])


def _compile(
    syntax: str, body: list[str], scope: dict[str, Any] | None = None
) -> Callable[[list[Any]], list[Any]]:
    lines = ["def run(items):", " made = []", " for i, each in enumerate(items):"]
    source = "\n".join([*lines, *(f"  {line}" for line in body), " return made"])
    namespace: dict[str, Any] = dict(scope or {})
    if syntax == "extra":
        from perf_lab.rivals.stdlib_json import Adapter

        namespace["Adapter"] = Adapter
    exec(source, namespace)
    run: Callable[[list[Any]], list[Any]] = namespace["run"]
    return run


def weigh(make: Callable[[], Any]) -> tuple[Any, float]:
    """Return what `make` returns, and the bytes that it left allocated."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        made = make()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return made, after - before


def resident_bytes() -> int:
    """Return the resident memory, or 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb", buffering=0) as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return 0
