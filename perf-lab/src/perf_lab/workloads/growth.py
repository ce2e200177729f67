"""What a line costs as it grows: in fields, in a list, in depth, in text; imports workload only.

The cost of a line has to grow with what is written and no faster, without a length at which it
leaps. Each length is a workload; `publish/growth_chart.py` draws them.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from perf_lab.workloads.workload import Field, Workload

#: By what grows: the lengths that are measured.
LENGTHS = {
    "fields": (1, 2, 4, 8, 16, 32, 64),
    "list": (1, 10, 100, 300, 1_000),
    "nest": (1, 2, 4, 8),
    "text": (10, 100, 1_000, 10_000, 100_000, 1_000_000),
}
TITLES = {
    "fields": "fields of one line",
    "list": "integers in a list",
    "nest": "dicts inside of each other",
    "text": "characters of a text",
}


def nest(depth: int) -> dict[str, Any]:
    """Return so many dicts inside of each other, each with a number."""
    value: dict[str, Any] = {"n": depth}
    for level in range(depth - 1, 0, -1):
        value = {"n": level, "inner": value}
    return value


def write_text(characters: int) -> str:
    """Return a text of so many characters, lines of SQL."""
    line = "SELECT id, name, total FROM orders WHERE state = 'paid' AND total > 100\n"
    return (line * (characters // len(line) + 1))[:characters]


def _fields(kind: str, length: int) -> tuple[Field, ...]:
    match kind:
        case "list":
            return (Field("values", f"INTS_{length}", list(range(length))),)
        case "nest":
            return (Field("value", f"NEST_{length}", nest(length)),)
        case "text":
            return (Field("text", f"TEXT_{length}", write_text(length)),)
    return tuple(Field(f"field_{n}", str(n * 1001), n * 1001) for n in range(length))


def name_of(kind: str, length: int) -> str:
    """Return the name of a length's workload."""
    return f"{kind}_{length}"


#: By the name of its workload: what grows, and how long it is.
POINTS = {name_of(kind, n): (kind, n) for kind, lengths in LENGTHS.items() for n in lengths}
GROWTH = tuple(
    Workload(name, f"{TITLES[kind]}: {length:,}", fields=_fields(kind, length), output="file",
             objects="" if kind == "fields" else "lengths")
    for name, (kind, length) in POINTS.items()
)  # fmt: skip


def greatest_leap(times: dict[str, float]) -> tuple[float, str]:
    """Return by how much more the time of a line grows than the line, and to which length.

    From one length to the next the time may be multiplied by as much as the length is; 1 is that
    much, below 1 is better, and a leap above it is a cliff.

    Args:
        times: Of each workload of `POINTS` that was measured; any unit.
    """
    leaps = [(0.0, "")]
    for kind, lengths in LENGTHS.items():
        for short, long in pairwise(lengths):
            before, after = (times.get(name_of(kind, length)) for length in (short, long))
            if before and after:
                leaps.append((after / before / (long / short), name_of(kind, long)))
    return max(leaps)
