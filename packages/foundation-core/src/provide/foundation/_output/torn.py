"""A line on its way to a descriptor, and the end that the line before it may lack.

A line of which the kernel took only a part is completed. If that cannot be, because something else
has been written behind it or the fault lasts, its torn end is closed off: the next line begins with
a line end.
"""

from __future__ import annotations

from collections.abc import Callable

#: Bytes that are compared, to see whether the end of a file is the torn line that we left there.
_COMPARED_BYTES = 4096


class Entry:
    """Hold one line on its way out, and how far it has come."""

    # Defaults of the class: a line that comes through at once sets nothing but these three.
    lead = 0  # 1 where the data begins with the end of an older, torn line
    deadline: float | None = None
    settled = False  # counted, as written or as dropped
    lost = 0  # what a recovery record says

    def __init__(self, index: int, data: bytes, written: int) -> None:
        self.index = index
        self.data = data
        self.taken = [written]  # bytes, one item for each write


class LastLine:
    """Know whether the last line of what a descriptor leads to has its end.

    Args:
        read_tail: Returns up to so many bytes from the end of the file; `None` where it cannot.
    """

    __slots__ = ("_read_tail", "torn")

    def __init__(self, read_tail: Callable[[int], bytes | None] | None) -> None:
        self._read_tail = read_tail
        #: Whether we have left it without its end.
        self.torn = False

    def resume(self, entry: Entry, careful: bool) -> int:
        """Return how much of the entry is written already; begin it after a line end.

        Args:
            entry: The line.
            careful: Whether to look at the file: another process may have torn a line.
        """
        sent = sum(entry.taken)
        if 0 < sent < len(entry.data) and self._read_tail is not None:
            length = min(sent, _COMPARED_BYTES)
            tail = self._read_tail(length)
            if tail is not None and tail != entry.data[sent - length : sent]:
                sent, entry.taken = 0, [0]  # someone has written after it: it cannot be completed
                self.torn = True
        if not sent and not entry.lead and self._is_torn(careful):
            entry.data, entry.lead = b"\n" + entry.data, 1
        return sent

    def _is_torn(self, careful: bool) -> bool:
        """Say whether the last line has no end; in a file it may be another process's line."""
        if self._read_tail is not None and (careful or self.torn):
            tail = self._read_tail(1)
            if tail is not None:
                return tail not in (b"", b"\n")
        return self.torn
