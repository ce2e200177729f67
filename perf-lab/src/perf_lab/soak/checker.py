"""Checks that each message arrived once and whole; imports numpy and orjson, never Foundation.

Most lines differ from the one before in two places, the time and the number. A block of such lines
is a table with rows of one length, which numpy compares with a template, byte by byte, and whose
numbers must follow each other. A block that is not like that is parsed line by line. So the check
of every byte costs a small part of what writing costs, and the reader keeps up with any writer.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from perf_lab.soak.protocol import CHILD_LINES, EVENT, FIELDS

Bytes = NDArray[np.uint8]
LEVELS = {
    EVENT: "info",
    "message_warned": "warning",
    "message_debugged": "debug",
    "message_failed": "error",
}
#: Kept as examples of what was wrong.
_MOST_FAULTS = 10
_ZERO, _NINE = 48, 9


class Shape:
    """Hold what a regular line looks like: where its time and its number stand."""

    def __init__(self, line: bytes, time: slice, number: slice) -> None:
        self.length = len(line)
        self.template: Bytes = np.frombuffer(line, dtype=np.uint8)
        self.number = number
        free = np.zeros(self.length, dtype=bool)
        free[number] = True
        digits = (self.template >= _ZERO) & (self.template <= _ZERO + _NINE)
        in_time = np.zeros(self.length, dtype=bool)
        in_time[time] = True
        free |= in_time & digits
        self.mask: Bytes = np.where(free, 0, 255).astype(np.uint8)
        self.digits = np.flatnonzero(free)
        places = number.stop - number.start
        self.powers = 10 ** np.arange(places - 1, -1, -1, dtype=np.int64)

    @classmethod
    def of(cls, line: bytes, record: dict[str, Any]) -> Shape | None:
        """Return the shape of a line that has been parsed; None if it cannot be told."""
        time = orjson.dumps(record["timestamp"])
        number = b'"seq":%d' % record["seq"]
        if line.count(time) != 1 or line.count(number) != 1:
            return None
        at, start = line.index(time), line.index(number) + len(b'"seq":')
        return cls(
            line, slice(at, at + len(time)), slice(start, start + len(b"%d" % record["seq"]))
        )

    def fits(self, block: bytes, expected: int) -> int | None:
        """Return how many lines a block has, if all have this shape and follow each other."""
        if len(block) % self.length:
            return None
        rows = np.frombuffer(block, dtype=np.uint8).reshape(-1, self.length)
        if ((rows ^ self.template) & self.mask).any():
            return None
        digits = rows[:, self.digits] - _ZERO  # what is below wraps round, and is above 9
        if (digits > _NINE).any():
            return None
        numbers = (rows[:, self.number] - _ZERO) @ self.powers
        count = len(rows)
        if not np.array_equal(numbers, np.arange(expected, expected + count)):
            return None
        return count


class Checker:
    """Take blocks of whole lines in the order of their files, and count what is wrong.

    Args:
        first: The number of the first message.
    """

    def __init__(self, first: int = 0) -> None:
        self.first = self.next = first
        self.lines = 0  # of the numbered messages
        self.parsed = 0  # of these, by orjson
        self.twice = 0
        self.torn = 0
        self.unwanted = 0
        self.own = 0  # notices of Foundation's own
        self.late = 0  # after one with a higher number
        self.children = 0
        self.faults: list[str] = []
        self._holes: list[tuple[int, int]] = []
        self._families: dict[int, Counter[int]] = {}
        self._shape: Shape | None = None

    @property
    def lost(self) -> int:
        """Return how many numbers below the highest one have not come."""
        return sum(stop - start for start, stop in self._holes)

    def feed(self, block: bytes) -> None:
        """Check a block that ends with a line end."""
        if self._shape is not None:
            count = self._shape.fits(block, self.next)
            if count is not None:
                self.next += count
                self.lines += count
                self._parse(block[: self._shape.length - 1], count=False)
                return
        for line in block.splitlines(keepends=True):
            self._parse(line[:-1], count=True)

    def finish(self, stop: int) -> None:
        """Expect all numbers below `stop`."""
        if stop > self.next:
            self._holes.append((self.next, stop))
            self.next = stop

    def status(self) -> dict[str, Any]:
        """Return the counts so far, as plain data."""
        return {
            "lines": self.lines, "parsed": self.parsed, "lost": self.lost, "twice": self.twice,
            "torn": self.torn, "unwanted": self.unwanted, "own": self.own, "late": self.late,
            "children": self.children, "holes": self._holes[:10], "faults": self.faults,
            "unfinished_children": len(self._families),
        }  # fmt: skip

    def tear(self, line: bytes, reason: str) -> None:
        """Count a line that is not whole."""
        self.torn += 1
        self._fault(f"{reason}: {line[:120]!r}")

    def _fault(self, text: str) -> None:
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(text)

    def _parse(self, line: bytes, *, count: bool) -> None:
        try:
            record = orjson.loads(line)
        except ValueError as error:
            if line:  # an empty one closes off what a full disk has torn
                self.tear(line, str(error))
            return
        if not isinstance(record, dict) or "event" not in record:
            self.tear(line, "no record")
            return
        event = record["event"]
        if event == "child_wrote":
            self._count_child(record)
        elif event == "message_unwanted":
            self.unwanted += 1
        elif event not in LEVELS:
            self.own += 1
        elif not _is_whole(record, event):
            self.tear(line, "fields are missing or wrong")
        else:
            self.parsed += 1
            if count:
                self._count(record["seq"])
            if event == EVENT and (count or self._shape is None):
                self._shape = Shape.of(line + b"\n", record)

    def _count(self, number: int) -> None:
        if number == self.next:
            self.next += 1
            self.lines += 1
        elif number > self.next:
            self._holes.append((self.next, number))
            self.next = number + 1
            self.lines += 1
        else:
            self._fill(number)

    def _fill(self, number: int) -> None:
        for at, (start, stop) in enumerate(self._holes):
            if start <= number < stop:
                parts = [(start, number), (number + 1, stop)]
                self._holes[at : at + 1] = [part for part in parts if part[0] < part[1]]
                self.lines += 1
                self.late += 1
                return
        self.twice += 1
        self._fault(f"number {number} came twice")

    def _count_child(self, record: dict[str, Any]) -> None:
        seen = self._families.setdefault(record["child"], Counter())
        seen[record["line"]] += 1
        if seen == Counter(range(CHILD_LINES)):
            del self._families[record["child"]]
            self.children += 1


def _is_whole(record: dict[str, Any], event: str) -> bool:
    if record.get("level") != LEVELS[event] or not isinstance(record.get("seq"), int):
        return False
    if event == EVENT:
        return all(record.get(key) == value for key, value in FIELDS.items())
    return event != "message_failed" or "ValueError" in str(record.get("exception"))
