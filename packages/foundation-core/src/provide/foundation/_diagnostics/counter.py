"""What counts one thing from any thread, and the one choice of how."""

from __future__ import annotations

from threading import get_ident, local
from typing import TYPE_CHECKING, Any, Self

from provide.foundation._process.gil import HAS_GIL


class PlainCounter:
    """Count one thing, and for lines their bytes; `counter.count += 1` from any thread.

    Under the GIL such a step is not interrupted, so it needs no lock: CPython 3.11 to 3.13 switch
    threads only at calls and at jumps backward.
    """

    __slots__ = ("bytes", "count")

    def __init__(self) -> None:
        self.count = 0
        #: Right in the sum over an output only: a batch counts its bytes for one level.
        self.bytes = 0

    def total(self) -> int:
        """Return what all threads have counted."""
        return self.count

    def total_bytes(self) -> int:
        """Return the bytes that all threads have counted."""
        return self.bytes


class CellCounter(local):
    """Count the same way without a GIL: in a cell for each thread, which reading adds up.

    `counter.count` is the cell of the thread that asks. Both halves of `counter.count += 1` are C
    code, as with a slot, so no signal handler comes between them. A thread's first look is Python
    code, and makes its cell.
    """

    # A member with a slot is the same for all threads.
    # Source: https://github.com/python/cpython/blob/3.14/Lib/_threading_local.py
    __slots__ = ("_cells",)

    _cells: dict[int, tuple[dict[str, Any], ...]]
    # Of a thread whose cell is being made: a signal handler may count there by then.
    count = 0
    bytes = 0

    def __new__(cls) -> Self:
        """Make a counter; `__init__` is called once more by each further thread."""
        counter = super().__new__(cls)
        counter._cells = {}
        return counter

    def __init__(self) -> None:
        me = get_ident()
        # The identity of a thread that has ended goes to another one, which adds to its counts. No
        # other living thread has it, so nobody else sets this item.
        ended = self._cells.get(me, ())
        kept = {name: sum([each.get(name, 0) for each in ended]) for name in ("count", "bytes")}
        self._cells[me] = (kept, self.__dict__)

    def total(self) -> int:
        """Return what all threads have counted."""
        return self._sum("count")

    def total_bytes(self) -> int:
        """Return the bytes that all threads have counted."""
        return self._sum("bytes")

    def _sum(self, name: str) -> int:
        # `copy` is one step also where no GIL makes one of a loop.
        return sum([each.get(name, 0) for cells in self._cells.copy().values() for each in cells])


#: The counter that is right for this interpreter.
if TYPE_CHECKING:
    LineCounter = PlainCounter
else:
    LineCounter = PlainCounter if HAS_GIL else CellCounter
