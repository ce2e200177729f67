"""Checks that each message arrived once and whole; imports numpy and orjson, never Foundation.

Lines of one kind differ from the one before in two places, the time and the number. Those of a
block are a table for each kind, with rows of one length, which numpy compares with a template, byte
by byte; and their numbers must follow each other. A block that is not like that is parsed line by
line. So the check of every byte costs a small part of what writing costs, and the reader keeps up
with any writer. What must stand in a line of a kind is judged as in the benchmark (`verify.py`).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from perf_lab.comparison.verify import check_output
from perf_lab.rivals.catalogue import RIVALS
from perf_lab.soak.mix import CHILD_LINES, CYCLE, KINDS

#: Lines that disturbances have between the others, and their levels.
LEVELS = {"message_warned": "warning", "message_debugged": "debug", "message_failed": "error"}
#: What a disturbance may change in a line, or a message, beside what it says.
_VARYING = {"timestamp", "seq", "service", "request", "attempt", "tenant"}
#: Kept as examples of what was wrong.
_MOST_FAULTS = 10
_ZERO, _NINE, _END = 48, 9, 10
_CYCLE = np.array(CYCLE)


class Template:
    """Hold what a regular line of one kind looks like: where its time and its number stand.

    Args:
        line: Such a line.
        time, number: Where they stand in it.
    """

    def __init__(self, line: bytes, time: slice, number: slice) -> None:
        self.bytes = np.frombuffer(line, dtype=np.uint8)
        self.places = np.arange(len(line))
        self.number = number
        digits = (self.bytes >= _ZERO) & (self.bytes <= _ZERO + _NINE)
        free = np.zeros(len(line), dtype=bool)
        free[time] = digits[time]
        free[number] = True
        self.mask = np.where(free, 0, 255).astype(np.uint8)
        self.digits = np.flatnonzero(free)
        self.powers = 10 ** np.arange(number.stop - number.start - 1, -1, -1, dtype=np.int64)

    def fits(
        self, data: NDArray[np.uint8], starts: NDArray[np.int64], numbers: NDArray[np.int64]
    ) -> bool:
        """Say whether such lines begin at places of a block, with these numbers."""
        rows = data[starts[:, None] + self.places]
        if ((rows ^ self.bytes) & self.mask).any():
            return False
        # What is below a digit wraps round, and is above 9.
        found = (rows[:, self.number] - _ZERO) @ self.powers
        return bool((rows[:, self.digits] - _ZERO <= _NINE).all() and (found == numbers).all())


class Checker:
    """Take blocks of whole lines in the order of their files, and count what is wrong.

    Args:
        first: The number of the first message.
        rival: Who writes them.
    """

    def __init__(self, first: int = 0, rival: str = "foundation") -> None:
        self.rival = RIVALS[rival]
        self.next = first
        # "lines" of the numbered messages, "parsed" of these by orjson, "own" of Foundation's own
        # notices, "late" after one with a higher number.
        self.counts = dict.fromkeys(
            ("lines", "parsed", "twice", "torn", "unwanted", "own", "late", "children"), 0
        )
        self.faults: list[str] = []
        self._holes: list[tuple[int, int]] = []
        self._families: dict[int, Counter[int]] = {}
        self._templates: dict[int, Template] = {}
        self._sound: dict[int, dict[str, Any]] = {}

    def status(self) -> dict[str, Any]:
        """Return the counts so far; "lost" are the numbers below the highest that have not come."""
        lost = sum(stop - start for start, stop in self._holes)
        return {
            **self.counts, "lost": lost, "holes": self._holes[:10], "faults": self.faults,
            "unfinished_children": len(self._families),
        }  # fmt: skip

    def feed(self, block: bytes) -> None:
        """Check a block that ends with a line end."""
        count = self._count_regular(block)
        self.next += count
        self.counts["lines"] += count
        for line in block.split(b"\n", 1)[:1] if count else block.split(b"\n")[:-1]:
            self._parse(line, count=not count)

    def finish(self, stop: int) -> None:
        """Expect all numbers below `stop`."""
        if stop > self.next:
            self._holes.append((self.next, stop))
            self.next = stop

    def tear(self, line: bytes, reason: str) -> None:
        """Count a line that is not whole."""
        self._add("torn", f"{reason}: {line[:120]!r}")

    def _add(self, name: str, fault: str = "") -> None:
        self.counts[name] += 1
        if fault and len(self.faults) < _MOST_FAULTS:
            self.faults.append(fault)

    def _count_regular(self, block: bytes) -> int:
        """Return how many lines a block has, if all are regular and follow each other; else 0."""
        data = np.frombuffer(block, dtype=np.uint8)
        ends = np.flatnonzero(data == _END) + 1
        starts = np.concatenate(([0], ends[:-1]))
        numbers = np.arange(self.next, self.next + len(ends))
        kinds = _CYCLE[numbers % len(CYCLE)]
        for kind in np.unique(kinds):
            at, template = np.flatnonzero(kinds == kind), self._templates.get(kind)
            if template is None or (ends[at] - starts[at] != len(template.bytes)).any():
                return 0
            if not template.fits(data, starts[at], numbers[at]):
                return 0
        return len(ends)

    def _parse(self, line: bytes, *, count: bool) -> None:
        try:
            record = orjson.loads(line)
            event = record["event"]
        except (ValueError, KeyError, TypeError) as error:
            if line:  # an empty one closes off what a full disk has torn
                self.tear(line, str(error))
            return
        number = record.get("seq")
        if event == "child_wrote":
            self._count_child(record)
        elif event == "message_unwanted":
            self._add("unwanted")
        elif not isinstance(number, int):
            self._add("own")
        elif not self._is_whole(line, record, number):
            self.tear(line, "fields are missing or wrong")
        else:
            self._add("parsed")
            if count:
                self._count(number)
                if event not in LEVELS:
                    self._learn(line, record, number)

    def _is_whole(self, line: bytes, record: dict[str, Any], number: int) -> bool:
        event = record["event"]
        if event in LEVELS:
            failed = event != "message_failed" or "ValueError" in str(record.get("exception"))
            return bool(record.get("level") == LEVELS[event]) and failed
        kind = CYCLE[number % len(CYCLE)]
        said = {name: value for name, value in record.items() if name not in _VARYING}
        if said != self._sound.get(kind):
            if check_output(line + b"\n", self.rival, KINDS[kind], 1):
                return False
            self._sound[kind] = said
        return True

    def _learn(self, line: bytes, record: dict[str, Any], number: int) -> None:
        time, seq = orjson.dumps(record["timestamp"]), b'"seq":%d' % number
        if line.count(time) == line.count(seq) == 1:
            at, start = line.index(time), line.index(seq) + len(b'"seq":')
            places = slice(at, at + len(time)), slice(start, start + len(b"%d" % number))
            self._templates[CYCLE[number % len(CYCLE)]] = Template(line + b"\n", *places)

    def _count(self, number: int) -> None:
        if number >= self.next:
            if number > self.next:
                self._holes.append((self.next, number))
            self.next = number + 1
            self._add("lines")
            return
        for at, (start, stop) in enumerate(self._holes):
            if start <= number < stop:
                parts = [(start, number), (number + 1, stop)]
                self._holes[at : at + 1] = [part for part in parts if part[0] < part[1]]
                self._add("lines")
                self._add("late")
                return
        self._add("twice", f"number {number} came twice")

    def _count_child(self, record: dict[str, Any]) -> None:
        seen = self._families.setdefault(record["child"], Counter())
        seen[record["line"]] += 1
        if seen == Counter(range(CHILD_LINES)):
            del self._families[record["child"]]
            self._add("children")
