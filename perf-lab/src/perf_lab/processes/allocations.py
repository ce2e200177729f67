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
from perf_lab.workloads.table import WORKLOADS


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
    finally:
        tracemalloc.stop()
    return {"peak_bytes": held, "kept_bytes": weigh(lambda: loop(n))[1] / n}


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
    names, fresh = ([f"service.{kind}_{i}" for i in range(n)] for kind in ("module", "unused"))
    line = call_source(syntax, "log.info", "first_line", WORKLOADS["three_fields"].fields[:1])
    # Three lines: what a logger renders once may be rendered at its second line.
    emit = _compile(["log = each", line, line, line], {})
    result: dict[str, Any] = {}
    loggers, result["logger_bytes"] = weigh(lambda: [get_logger(name) for name in names])
    result["logger_used_bytes"] = weigh(lambda: emit(loggers))[1] + result["logger_bytes"]
    try:
        made = f"made.append({bind_source(syntax, WORKLOADS['bind'].rebound)})"
    except Unsupported:
        return {key: value / n for key, value in result.items()}
    scope: dict[str, Any] = {"log": loggers[0]}
    if syntax == "extra":
        from perf_lab.rivals.handlers import Adapter

        scope["Adapter"] = Adapter
    bind = _compile([made], scope)
    bound, result["bound_bytes"] = weigh(lambda: bind(names))
    result["bound_used_bytes"] = weigh(lambda: emit(bound))[1] + result["bound_bytes"]
    before = resident_bytes()
    kept = [get_logger(name) for name in fresh]
    emit(kept)
    result["resident_bytes"] = max(0, resident_bytes() - before)
    return {key: value / n for key, value in result.items()}


def _compile(body: list[str], scope: dict[str, Any]) -> Callable[[list[Any]], list[Any]]:
    lines = ["def run(items):", " made = []", " for i, each in enumerate(items):"]
    exec("\n".join([*lines, *(f"  {line}" for line in body), " return made"]), scope)
    run: Callable[[list[Any]], list[Any]] = scope["run"]
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


def weigh_processor(get_logger: Callable[[str], Any], processor: Any) -> float:
    """Return what one more processor adds to Foundation's set-up, in bytes."""
    from provide.foundation import LoggingConfig, TelemetryConfig, setup_telemetry

    def weigh_chain(processors: int) -> float:
        def set_up() -> None:
            chain = [processor] * processors
            logging = LoggingConfig(log_file=os.devnull, processors=chain, capture_stdlib=False)
            setup_telemetry(TelemetryConfig(logging=logging))
            get_logger("weighed").info("first_line", iteration=1)

        return weigh(set_up)[1]

    weigh_chain(101)
    return median(weigh_chain(101) - weigh_chain(1) for _ in range(5)) / 100


def unseen_events(count: int) -> list[str]:
    """Return so many events, each new to the emoji cache: to it, numbers alone make none new."""
    words = ("".join(chr(97 + int(digit)) for digit in str(number)) for number in range(count))
    return [f"shipment {word} left the dock for gate {word}" for word in words]


def weigh_emoji(count: int) -> float:
    """Return the bytes of an event in the emoji cache, after so many; 0: a full cache and more."""
    from provide.foundation import LoggingConfig
    from provide.foundation.emoji import Resolver

    resolver = Resolver(LoggingConfig())
    events = unseen_events(count or 3 * resolver.cache_info().limit)
    resolver.marker("app.db", "auth_login_success", {})
    before = resolver.cache_info().size
    _, size = weigh(lambda: [resolver.marker("app.db", event, {}) for event in events] and None)
    return float(size / max(1, resolver.cache_info().size - before))


def resident_bytes() -> int:
    """Return the resident memory, or 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb", buffering=0) as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return 0
