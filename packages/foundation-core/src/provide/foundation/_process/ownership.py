"""Descriptors that have an owner from the system call on that opens them.

CPython runs the handler of a signal between two steps of Python code, and it may raise. Were it to
come between `os.open` and the line that keeps the number, nobody would ever close the file. So C
code puts each number where its owner finds it, `slot.extend(map(os.open, ...))`, and the owner is
there first. What closes is C code for the same reason, and it takes the number out of the slot in
the same step, so that none is closed twice.
"""

from __future__ import annotations

import os
import weakref
from collections import deque
from collections.abc import Callable
from functools import partial
from operator import mul
from typing import Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: Where the number of an open descriptor stands; empty once it is closed or belongs to another.
Slot = list[int]


class Descriptor(partial[None]):
    """Hold one descriptor, and close it with itself unless another owner has taken it.

    To call it closes it at once. Made by `new_descriptor`, and filled once.
    """

    slot: Slot
    # In C: an interrupt that came in a finalizer would be lost, and leave the file open.
    __del__ = partial.__call__

    @property
    def fd(self) -> int:
        """The number."""
        return self.slot[0]

    def open(self, path: str, flags: int, mode: int = 0o777) -> None:
        """Open a file.

        Raises:
            OSError: It cannot be opened.
        """
        self.slot.extend(map(os.open, (path,), (flags,), (mode,)))

    def fill(self, opened: Callable[[str], int], path: str) -> None:
        """Open a file by a function that returns its number, where `os.open` will not do.

        Raises:
            OSError: It cannot be opened.
        """
        self.slot.extend(map(opened, (path,)))

    def copy(self, fd: int, lowest: int) -> None:
        """Open what a descriptor leads to once more, under the first free number from one on.

        Raises:
            OSError: There is none, or it is beyond the limit.
        """
        self.slot.extend(map(fcntl.fcntl, (fd,), (fcntl.F_DUPFD_CLOEXEC,), (lowest,)))

    def move_to(self, slot: Slot) -> None:
        """Let another owner have it."""
        slot.extend(_taken(self.slot))

    def forget(self) -> None:
        """Leave it open: it is somebody else's."""
        self.slot.clear()


def new_descriptor() -> Descriptor:
    """Return an owner that has nothing yet."""
    slot: Slot = []
    # Looks into the slot only when it is called.
    held = Descriptor(deque[None](maxlen=0).extend, map(os.close, _taken(slot)))
    held.slot = slot
    return held


def _taken(slot: Slot) -> map[int]:
    """Return an iterator that takes the number out of a slot, if there is one."""
    return map(slot.pop, map(mul, slot, (0,)))


#: What closes the slot of each owner that has not been closed since it went, and how to know.
_OWNED: dict[int, tuple[weakref.ref[Any], Slot, Callable[[int], bool]]] = {}


def own(owner: object, is_ours: Callable[[int], bool]) -> Slot:
    """Return a slot whose descriptor is closed when an object has gone, and not at exit.

    Args:
        owner: The object.
        is_ours: Says of a number whether it still leads to a file of the object's: somebody may
            have closed it, and reused the number.
    """
    _close_abandoned()  # an interrupt may have come in the midst of the last time
    slot: Slot = []
    _OWNED[id(slot)] = weakref.ref(owner, _close_abandoned), slot, is_ours
    return slot


def _close_abandoned(_: object = None) -> None:
    # A copy is made in one step; a tuple of the items is not: the collector may run between two of
    # them, and call this function.
    for key, (owner, slot, is_ours) in _OWNED.copy().items():
        if owner() is None:
            close(slot, is_ours)
            _OWNED.pop(key, None)


def close(slot: Slot, is_ours: Callable[[int], bool]) -> None:
    """Close the descriptor in a slot, unless it leads to none of our files any more."""
    try:
        for fd in tuple(slot):
            if is_ours(fd):
                deque(map(os.close, _taken(slot)), maxlen=0)
    except OSError:
        return
