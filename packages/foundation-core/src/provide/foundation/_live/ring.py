"""The last lines that were read, for pages that come, go, and fall behind."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from itertools import islice

#: How many lines are kept, and how many bytes of them.
MOST_LINES, MOST_BYTES = 50_000, 64 << 20


class Ring:
    """Keep the last lines, each with its number; the first line ever is number 1.

    Args:
        most_lines: How many are kept.
        most_bytes: How many bytes they take, in the file and as the page gets them; at least one
            line is kept.

    Thread safety: every method may be called from any thread.
    """

    def __init__(self, most_lines: int = MOST_LINES, most_bytes: int = MOST_BYTES) -> None:
        self._most_lines = most_lines
        self._most_bytes = most_bytes
        self._lines: deque[tuple[bytes, bytes]] = deque()
        self._bytes = 0
        self._last = 0
        self._changed = threading.Condition()

    def add(self, lines: Iterable[tuple[bytes, bytes]]) -> None:
        """Add lines: each as the page gets it, and as it stands in the file."""
        with self._changed:
            for described, raw in lines:
                self._lines.append((described, raw))
                self._bytes += len(described) + len(raw)
                self._last += 1
                while len(self._lines) > self._most_lines or (
                    self._bytes > self._most_bytes and len(self._lines) > 1
                ):
                    self._bytes -= sum(map(len, self._lines.popleft()))
            self._changed.notify_all()

    def after(self, number: int, most: int) -> tuple[int, list[bytes]]:
        """Return the number of the first line behind `number` that is kept, and up to `most` lines.

        A number that no line has had yet, such as one of an earlier process, counts as none.
        """
        with self._changed:
            first = self._last - len(self._lines) + 1
            start = first if number > self._last else max(number + 1, first)
            lines = islice(self._lines, start - first, start - first + most)
            return start, [described for described, _ in lines]

    def wait(self, number: int, timeout_s: float) -> None:
        """Wait until there is a line behind `number`, or the time is up."""
        with self._changed:
            if number == self._last:
                self._changed.wait(timeout_s)

    def find(self, number: int) -> bytes | None:
        """Return a line as it stands in the file, or None if it is not kept any more."""
        with self._changed:
            place = number - (self._last - len(self._lines) + 1)
            return self._lines[place][1] if 0 <= place < len(self._lines) else None
