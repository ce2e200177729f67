"""Whether memory grows with messages: samples over millions of them, in a process of its own.

It imports Foundation; `command.py` finds the slopes in what it returns.
"""

from __future__ import annotations

import gc
import os
import sys
import time
import tracemalloc
from array import array
from collections.abc import Callable

from perf_lab.processes.allocations import resident_bytes

SAMPLES = 100
#: Once round the ring of latency samples, and more: what is bounded has its size by then.
WARM_UP = 100_000


def grow(messages: int, *, leak: bool, tracked: bool) -> dict[str, list[float]]:
    """Write messages to the null device, and return a sample of memory after every hundredth part.

    Args:
        messages: How many.
        leak: Keep one small object a message, to see the laboratory find it.
        tracked: Under tracemalloc: every byte, at several times the cost.
    """
    from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, setup_telemetry

    logging = LoggingConfig(log_file=os.devnull, console_formatter="json", capture_stdlib=False)
    setup_telemetry(TelemetryConfig(logging=logging))
    log = get_logger("growth").bind(region="eu-west")
    kept: list[object] = []
    now = time.time

    def write(first: int, count: int) -> None:
        for i in range(first, first + count):
            log.info("benchmark_message", iteration=i, path="/orders", timestamp_s=now())
            if leak:
                kept.append(object())

    memory: dict[str, Callable[[], float]] = (
        {"heap_bytes": lambda: tracemalloc.get_traced_memory()[0]}
        if tracked
        else {"rss_bytes": resident_bytes, "blocks": sys.getallocatedblocks}
    )
    # Of a fixed size, and without objects: the series itself must not grow.
    columns = {name: array("d", bytes(8 * SAMPLES)) for name in ("messages", "seconds", *memory)}
    block = max(1, messages // SAMPLES)
    if tracked:
        tracemalloc.start()
    write(0, WARM_UP)
    started = time.monotonic()
    for at in range(SAMPLES):
        write(WARM_UP + at * block, block)
        columns["messages"][at] = (at + 1) * block
        columns["seconds"][at] = time.monotonic() - started
        gc.collect()
        for name, read in memory.items():
            columns[name][at] = read()
    if tracked:
        tracemalloc.stop()
    return {name: list(column) for name, column in columns.items()}
