"""What a call asks of the allocators, by memray, in the process of one library.

memray counts what reaches an allocator; what Python's free lists hand out again does not. It
watches calls through a profile function, for which Python makes a frame object at each call that
there would not be without it: those are taken off again, by their sizes.
"""

from __future__ import annotations

import gc
import sys
import types
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import memray

from perf_lab.processes.allocations import measure_allocation

Loop = Callable[[int], None]
_MALLOCS = {
    memray.AllocatorType.PYMALLOC_MALLOC,
    memray.AllocatorType.PYMALLOC_CALLOC,
    memray.AllocatorType.PYMALLOC_REALLOC,
}
#: The collector's own header in front of each object.
_HEADER_BYTES = 16


def trace_calls(loop: Loop, iterations: int, folder: Path) -> dict[str, float]:
    """Return allocations and bytes of one iteration.

    Args:
        loop: Runs so many iterations.
        iterations: Over which the average is taken.
        folder: For the captures.
    """
    loop(200)
    frames = _frames_of(loop)
    # The difference of two captures has nothing of the loop itself.
    few, many = (
        _capture(loop, n, folder / "capture.bin", frames) for n in (iterations, 2 * iterations)
    )
    return {
        "allocations": (many[0] - few[0]) / iterations,
        "bytes": (many[1] - few[1]) / iterations,
        "frames": sum(frames.values()),
    }


def _capture(loop: Loop, iterations: int, path: Path, frames: Counter[int]) -> tuple[int, int]:
    path.unlink(missing_ok=True)
    gc.collect()
    with memray.Tracker(path, trace_python_allocators=True):
        loop(iterations)
    left = Counter({size: count * iterations for size, count in frames.items()})
    found = [0, 0]
    with memray.FileReader(path) as reader:
        for record in reader.get_allocation_records():
            if record.allocator not in _MALLOCS:
                continue
            if left[record.size] > 0:
                left[record.size] -= 1
                continue
            found[0] += 1
            found[1] += record.size
    path.unlink()
    return found[0], found[1]


def _frames_of(loop: Loop) -> Counter[int]:
    """Return how many frames of which size an iteration enters."""
    sizes = Counter[int]()

    def watch(frame: types.FrameType, kind: str, _argument: Any) -> None:
        if kind == "call":
            sizes[frame_bytes(frame.f_code)] += 1

    def count(iterations: int) -> Counter[int]:
        sizes.clear()
        sys.setprofile(watch)
        try:
            loop(iterations)
        finally:
            sys.setprofile(None)
        return sizes.copy()

    empty = count(0)
    # The least of three: a second may begin, or a call be timed, within one.
    return min((count(1) - empty for _ in range(3)), key=Counter.total)


def frame_bytes(code: types.CodeType) -> int:
    """Return the size of the frame object of a function."""
    names = {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
    slots = len(names) + code.co_stacksize
    return _HEADER_BYTES + types.FrameType.__basicsize__ + types.FrameType.__itemsize__ * slots


def record_page(loop: Loop, iterations: int, capture: Path) -> None:
    """Write a capture with every allocation in it, for memray's own reports."""
    loop(200)
    capture.unlink(missing_ok=True)
    with memray.Tracker(capture, trace_python_allocators=True):
        loop(iterations)


def measure_scratch(make: Callable[[], Loop]) -> dict[str, float]:
    """Return what a call holds at one time, what of that is orjson's, and the rest.

    orjson writes into a buffer of its own size, and cuts it to the line's before it returns. The
    rest is measured with a `dumps` in its place that returns what orjson returned before, by a loop
    that is made anew: log methods take theirs when they are made.
    """
    from orjson import dumps

    from provide.foundation._lanes import json as fast_lane

    lane: Any = fast_lane
    fields = {"iteration": 1, "thread_id": 140_123_412_341_234, "timestamp_s": 1_763_906_400.123}
    rendered = bytearray(dumps(fields, None, fast_lane.OPTIONS))

    def encode(iterations: int) -> None:
        for _ in range(iterations):
            dumps(fields)

    def copy(_fields: object, _default: object = None, _options: object = None) -> bytes:
        return bytes(rendered)

    total = measure_allocation(make(), 100)["peak_bytes"]
    scratch = measure_allocation(encode, 100)["peak_bytes"]
    original = lane.dumps
    lane.dumps = copy
    try:
        own = measure_allocation(make(), 100)["peak_bytes"]
    finally:
        lane.dumps = original
    return {"scratch_bytes": scratch, "total_bytes": total, "own_bytes": own}
