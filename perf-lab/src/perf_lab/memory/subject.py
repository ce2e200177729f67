"""The process that one measurement of memory is taken in: calls, growth, and the collector.

It imports Foundation, and memray, where a measurement needs it, and not before. memray counts what
reaches an allocator; what Python's free lists hand out again does not. It watches calls through a
profile function, for which Python makes a frame object at each call that there would not be without
it: those are taken off again, by their sizes.
"""

from __future__ import annotations

import ast
import gc
import os
import subprocess
import sys
import time
import tracemalloc
from array import array
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from perf_lab.memory import retained
from perf_lab.processes import worker
from perf_lab.processes.allocations import measure_allocation, resident_bytes
from perf_lab.processes.calls import watch_calls

Loop = Callable[[int], None]
SAMPLES = 100
#: The rate at which the founding claims give their allocation rate.
RATE = 10_000
#: The collector's own header in front of each object.
_HEADER_BYTES = 16


class Subject:
    """Take one measurement for one library.

    Args:
        name: Its name in the catalogue.
    """

    loggers = staticmethod(retained.weigh_loggers)
    lasting = staticmethod(retained.list_lasting)

    def __init__(self, name: str) -> None:
        self.name = name

    def _prepare(self, workload: str) -> Any:
        from perf_lab.processes.subject import Subject as Bench

        bench = Bench(self.name)
        bench.prepare(workload, os.devnull)
        return bench

    def trace(self, workload: str, iterations: int, folder: str) -> dict[str, Any]:
        """Return what an iteration allocates, holds and keeps."""
        loop = self._prepare(workload)._loop
        loop(200)
        frames = count_frames(loop)
        # The difference of two captures has nothing of the loop itself.
        few, many = (
            count_allocations(loop, n, Path(folder) / "capture.bin", frames)
            for n in (iterations, 2 * iterations)
        )
        size = sum(size * (many[size] - few[size]) for size in many | few) / iterations
        return {
            "allocations": (many.total() - few.total()) / iterations, "bytes": size,
            "frames": frames.total(), "mb_s": size * RATE / 1e6,
            **measure_allocation(loop, iterations),
        }  # fmt: skip

    def minimal(self, lines: int) -> dict[str, Any]:
        """Return what the minimal preset keeps, from a process that has imported nothing yet."""
        program = f"from perf_lab.memory.retained import *; print(weigh_minimal({lines}))"
        command = [sys.executable, "-P", "-c", program]
        done = subprocess.run(command, capture_output=True, check=True, text=True)
        found: dict[str, Any] = ast.literal_eval(done.stdout)
        return found

    def page(self, workload: str, iterations: int, capture: str) -> dict[str, Any]:
        """Write a capture with every allocation in it, for memray's own reports."""
        capture_calls(self._prepare(workload)._loop, iterations, Path(capture))
        return {}

    def scratch(self) -> dict[str, float]:
        """Return what a call holds at one time, what of that is orjson's, and the rest.

        orjson writes into a buffer of its own size, and cuts it to the line's before it returns.
        The rest is measured with a `dumps` in its place that returns what orjson returned before,
        by a loop that is made anew: log methods take theirs when they are made.
        """
        from orjson import dumps

        from provide.foundation._lanes import json as fast_lane

        lane: Any = fast_lane
        fields = {"iteration": 1, "thread_id": 140_123_412_341_234, "timestamp_s": 1.7639064e9}
        rendered = bytearray(dumps(fields, None, lane.OPTIONS))

        def encode(iterations: int) -> None:
            for _ in range(iterations):
                dumps(fields)

        def copy(_fields: object, _default: object = None, _options: object = None) -> bytes:
            return bytes(rendered)

        def held(loop: Loop) -> float:
            return float(measure_allocation(loop, 100)["peak_bytes"])

        total, scratch = held(self._prepare("three_fields")._loop), held(encode)
        lane.dumps = copy
        own = held(self._prepare("three_fields")._loop)
        return {"scratch_bytes": scratch, "total_bytes": total, "own_bytes": own}

    def collector(self, messages: int) -> dict[str, Any]:
        """Return collections over many messages, and what they leave to the collector."""
        bench = self._prepare("three_fields")
        found = bench.collections(messages)
        gc.collect()
        gc.disable()
        left = []
        for _ in range(3):  # the first one's list is an object too
            before = len(gc.get_objects())
            bench._loop(10_000)
            left.append(len(gc.get_objects()) - before)
        return {
            "messages": messages, **found, "total": sum(found["collections"]),
            "tracked": min(left) / 10_000,
        }  # fmt: skip

    def grow(
        self, messages: int, warm_up: int, leak: bool, tracked: bool
    ) -> dict[str, list[float]]:
        """Write messages to the null device, and sample memory after every hundredth part.

        Args:
            messages: How many.
            warm_up: How many before them.
            leak: Keep one small object a message, to see the laboratory find it.
            tracked: Under tracemalloc: every byte, at several times the cost.
        """
        log = retained.set_up("growth").bind(region="eu-west")
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
        columns = {
            name: array("d", bytes(8 * SAMPLES)) for name in ("messages", "seconds", *memory)
        }
        block = max(1, messages // SAMPLES)
        if tracked:
            tracemalloc.start()
        write(0, warm_up)
        started = time.monotonic()
        for at in range(SAMPLES):
            write(warm_up + at * block, block)
            columns["messages"][at] = (at + 1) * block
            columns["seconds"][at] = time.monotonic() - started
            gc.collect()
            for name, read in memory.items():
                columns[name][at] = read()
        return {name: list(column) for name, column in columns.items()}


def capture_calls(loop: Loop, iterations: int, capture: Path) -> None:
    """Write a capture with every allocation in it."""
    import memray

    loop(200)
    gc.collect()
    capture.unlink(missing_ok=True)
    with memray.Tracker(capture, trace_python_allocators=True):
        loop(iterations)


def count_allocations(
    loop: Loop, iterations: int, capture: Path, frames: Counter[int]
) -> Counter[int]:
    """Return how many allocations of Python's there were of each size, without those of frames."""
    import memray

    kinds = memray.AllocatorType
    mallocs = {kinds.PYMALLOC_MALLOC, kinds.PYMALLOC_CALLOC, kinds.PYMALLOC_REALLOC}
    capture_calls(loop, iterations, capture)
    with memray.FileReader(capture) as reader:
        records = reader.get_allocation_records()
        found = Counter(each.size for each in records if each.allocator in mallocs)
    return found - Counter({size: count * iterations for size, count in frames.items()})


def count_frames(loop: Loop) -> Counter[int]:
    """Return how many frames of which size an iteration enters."""

    def count(iterations: int) -> Counter[int]:
        sizes = Counter[int]()
        watch_calls(
            lambda: loop(iterations),
            lambda frame, kind: sizes.update([frame_bytes(frame.f_code)] if kind == "call" else []),
        )
        return sizes

    empty = count(0)
    # The least of three: a second may begin, or a call be timed, within one.
    return min((count(1) - empty for _ in range(3)), key=Counter.total)


def frame_bytes(code: CodeType) -> int:
    """Return the size of the frame object of a function."""
    names = {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
    slots = len(names) + code.co_stacksize
    return _HEADER_BYTES + FrameType.__basicsize__ + FrameType.__itemsize__ * slots


if __name__ == "__main__":
    worker.main(Subject)
