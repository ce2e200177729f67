"""Memory may run out: allocations that fail."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

from perf_lab.torture.case import Stage, case
from perf_lab.torture.judge import no_silent_loss


def use_up(floor: int) -> list[bytes]:
    """Leave the process 4 MB of address space, and use them up in pieces of down to `floor`."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + (4 << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))
    eaten: list[bytes] = []
    size = 1 << 20
    while size >= floor:
        try:
            eaten.append(bytes(size))
        except MemoryError:
            size //= 2
    return eaten


def release(eaten: list[bytes]) -> None:
    """Give all of it back."""
    eaten.clear()
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


@case(22, no_silent_loss, form="json")
def long_text_without_memory(stage: Stage) -> None:
    """A text of 90 KB, and one of 1 MB, with less than 1 MB left."""
    stage.call(v=1)
    texts = ["x" * 90_000, "x" * 1_000_000, "\u20ac" * 90_000]
    eaten = use_up(1 << 18)
    for text in texts:
        stage.call(v=text)
    release(eaten)
    stage.call(v=1)


@case(22, no_silent_loss, form="json")
def nested_value_without_memory(stage: Stage) -> None:
    """Lists and dicts of many small texts, with less than 64 KB left."""
    stage.call(v=1)
    values: list[Any] = [["y" * 40] * 800, {f"k{n}": "z" for n in range(800)}, [{"a": "b"}] * 900]
    eaten = use_up(1 << 16)
    for value in values:
        stage.call(v=value)
    release(eaten)
    stage.call(v=1)
