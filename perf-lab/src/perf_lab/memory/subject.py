"""One measurement in a process of its own: its name, and its arguments as JSON.

Prints what it found as one line of JSON on what was stdout at the start.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _bench(rival: str, workload: str) -> Any:
    from perf_lab.processes.subject import Subject

    bench = Subject(rival)
    bench.prepare(workload, os.devnull)
    return bench


def trace(rival: str, workload: str, iterations: int, folder: str) -> dict[str, Any]:
    """Return what an iteration allocates, holds and keeps."""
    from perf_lab.memory.allocations import trace_calls
    from perf_lab.processes.allocations import measure_allocation
    from perf_lab.workloads.call_syntax import Unsupported

    try:
        loop = _bench(rival, workload)._loop
    except Unsupported as error:
        return {"unsupported": str(error)}
    return {**trace_calls(loop, iterations, Path(folder)), **measure_allocation(loop, iterations)}


def page(rival: str, workload: str, iterations: int, capture: str) -> dict[str, Any]:
    """Write a capture for memray's flamegraph."""
    from perf_lab.memory.allocations import record_page

    record_page(_bench(rival, workload)._loop, iterations, Path(capture))
    return {}


def scratch() -> dict[str, Any]:
    """Return what of a call's memory is orjson's buffer."""
    from perf_lab.memory.allocations import measure_scratch

    return measure_scratch(lambda: _bench("foundation", "three_fields")._loop)


def collector(messages: int) -> dict[str, Any]:
    """Return collections over many messages, and the objects that they leave to the collector."""
    bench = _bench("foundation", "three_fields")
    found = bench.collections(messages)
    gc.collect()
    gc.disable()
    left = []
    for _ in range(3):  # the first one's list is an object too
        before = len(gc.get_objects())
        bench._loop(10_000)
        left.append(len(gc.get_objects()) - before)
    gc.enable()
    return {"messages": messages, **found, "tracked": min(left) / 10_000}


def grow(messages: int, leak: bool, tracked: bool) -> dict[str, Any]:
    """Return samples of memory over many messages."""
    from perf_lab.memory.growth import grow

    return grow(messages, leak=leak, tracked=tracked)


def loggers(count: int) -> dict[str, Any]:
    """Return what so many loggers weigh."""
    from perf_lab.memory.retained import weigh_loggers

    return weigh_loggers(count)


def minimal(lines: int) -> dict[str, Any]:
    """Return what the minimal preset keeps."""
    from perf_lab.memory.retained import weigh_minimal

    return weigh_minimal(lines)


def lasting(lines: int) -> dict[str, Any]:
    """Return what a set-up leaves behind, by type."""
    from perf_lab.memory.retained import list_lasting

    return {"rows": list_lasting(lines)}


MEASUREMENTS: dict[str, Callable[..., dict[str, Any]]] = {
    function.__name__: function
    for function in (trace, page, scratch, collector, grow, loggers, minimal, lasting)
}


def main() -> None:
    """Take one measurement; a rival's own output goes to stderr."""
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    found = MEASUREMENTS[sys.argv[1]](**json.loads(sys.argv[2]))
    pipe.write(json.dumps(found) + "\n")
    pipe.flush()


if __name__ == "__main__":
    main()
