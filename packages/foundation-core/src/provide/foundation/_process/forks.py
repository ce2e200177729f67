"""Which process this is, and what a forked child has to make anew; standard library only.

Python calls the functions of `os.register_at_fork` after its own `os.fork` alone. Where C code
forks (uWSGI as it comes, `fork` through ctypes), nobody tells the child, so it looks. Slow and rare
places ask for the process id: the begin of a second, a lock that is held, a thread that is to be
woken. A place that must not ask the system looks at `MARK`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from provide.foundation._process import hooks

#: madvise(2): the page is empty in a forked child. The mmap module has no name for it.
_MADV_WIPEONFORK = 18
#: What each module makes anew, in the order in which they were imported.
_RENEWALS: list[Callable[[], None]] = []


if TYPE_CHECKING:

    class Mark(Protocol):
        """Be true, at 0, in a process that has made anew what it must not share with its parent."""

        def __getitem__(self, place: int) -> object:
            """Return whether it has."""


class _Process:
    """Hold the process that everything here belongs to."""

    def __init__(self) -> None:
        self.ident = os.getpid()
        self.page: Any = None


class _AskingMark:
    """Ask the system each time: where no page can be had that a fork empties."""

    def __getitem__(self, place: int) -> bool:
        return os.getpid() == _PROCESS.ident


_PROCESS = _Process()


def make_mark() -> Mark:
    """Return the one mark of the process; to read it takes 30 ns where Linux lends a hand."""
    if _PROCESS.page is None:
        _PROCESS.page = _make_page() or _AskingMark()
    mark: Mark = _PROCESS.page
    return mark


def _make_page() -> Any:
    if sys.platform != "linux":
        return None
    try:
        import mmap  # only what queues lines needs it

        page = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        page.madvise(_MADV_WIPEONFORK)
        page[0] = 1
    except (ImportError, OSError, ValueError):  # Linux before 4.14, or a sandbox forbids it
        return None
    return page


def renew_after_fork(renew: Callable[[], None]) -> None:
    """Have a function called in each forked child, however it was forked.

    Args:
        renew: Makes anew what a child cannot share with its parent; it raises nothing, takes no
            lock and is called once, in the order in which functions came here.
    """
    _RENEWALS.append(renew)


def notice_fork() -> bool:
    """Make everything anew if this is a child that nobody has told of it; say whether it is."""
    if os.getpid() == _PROCESS.ident:
        return False
    _renew()
    return True


def _renew() -> None:
    _PROCESS.ident = os.getpid()
    if _PROCESS.page is not None and not isinstance(_PROCESS.page, _AskingMark):
        _PROCESS.page[0] = 1
    for renew in _RENEWALS:
        renew()


hooks.at_fork(after_in_child=_renew)
