"""What a call asks of the allocators, by memray, in the process of one library.

memray counts what reaches an allocator; what Python's free lists hand out again does not. It
watches calls through a profile function, for which Python makes a frame object at each call that
there would not be without it: those are taken off again, by their sizes.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType

import memray

from perf_lab.processes.calls import watch_calls

Loop = Callable[[int], None]
_MALLOCS = {
    memray.AllocatorType.PYMALLOC_MALLOC,
    memray.AllocatorType.PYMALLOC_CALLOC,
    memray.AllocatorType.PYMALLOC_REALLOC,
}
#: The collector's own header in front of each object.
_HEADER_BYTES = 16


def trace_calls(loop: Loop, iterations: int, capture: Path) -> dict[str, float]:
    """Return allocations and bytes of one iteration.

    Args:
        loop: Runs so many iterations.
        iterations: Over which the average is taken.
        capture: A file for memray.
    """
    loop(200)
    frames = _frames_of(loop)
    # The difference of two captures has nothing of the loop itself.
    few, many = (_allocations(loop, n, capture, frames) for n in (iterations, 2 * iterations))
    return {
        "allocations": (many.total() - few.total()) / iterations,
        "bytes": sum(size * (many[size] - few[size]) for size in many | few) / iterations,
        "frames": frames.total(),
    }


def capture_calls(loop: Loop, iterations: int, capture: Path) -> None:
    """Write a capture with every allocation in it."""
    loop(200)
    gc.collect()
    capture.unlink(missing_ok=True)
    with memray.Tracker(capture, trace_python_allocators=True):
        loop(iterations)


def _allocations(loop: Loop, iterations: int, capture: Path, frames: Counter[int]) -> Counter[int]:
    """Return how many allocations there were of each size."""
    capture_calls(loop, iterations, capture)
    with memray.FileReader(capture) as reader:
        found = Counter(
            record.size
            for record in reader.get_allocation_records()
            if record.allocator in _MALLOCS
        )
    return found - Counter({size: count * iterations for size, count in frames.items()})


def _frames_of(loop: Loop) -> Counter[int]:
    """Return how many frames of which size an iteration enters."""

    def count(iterations: int) -> Counter[int]:
        sizes = Counter[int]()

        def note(frame: FrameType, kind: str) -> None:
            if kind == "call":
                sizes[frame_bytes(frame.f_code)] += 1

        watch_calls(lambda: loop(iterations), note)
        return sizes

    empty = count(0)
    # The least of three: a second may begin, or a call be timed, within one.
    return min((count(1) - empty for _ in range(3)), key=Counter.total)


def frame_bytes(code: CodeType) -> int:
    """Return the size of the frame object of a function."""
    names = {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
    slots = len(names) + code.co_stacksize
    return _HEADER_BYTES + FrameType.__basicsize__ + FrameType.__itemsize__ * slots
