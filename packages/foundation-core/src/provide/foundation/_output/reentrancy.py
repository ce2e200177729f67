"""Who may write: one thread at a time, and a re-entrant call never waits.

A signal handler, a `__del__` or a `__repr__` that logs while its own thread is inside a write
would wait for itself. Its line is queued instead, and written by the call that it interrupted.
`LineLock` guards a descriptor; `ReentryGate` guards code of the user's without any lock, because
a lock around such code would sooner or later be taken in two different orders.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Sized
from sys import is_finalizing
from threading import get_ident
from types import FrameType
from typing import Any, Generic, TypeVar

from provide.foundation._process.forks import notice_fork
from provide.foundation._process.interrupts import accounts, is_in_handler

Entry = TypeVar("Entry")

#: Lines brought from inside a line's write, from inside their own writes, and so on: a sink whose
#: code logs would go on for ever.
MOST_REENTRIES = 3
#: Signal handlers end by themselves, but on a busy machine they hit a thread often in a row.
_MOST_BY_HANDLERS = 100
_MOST_WAITING = 1000


class LineLock(Generic[Entry]):
    """Let one thread at a time finish entries, in the order in which they came.

    An entry stays the first of the queue until `finish` has returned. If an interrupt ends that
    call, the next one begins with the same entry, so nothing is left half done; `finish` has to
    pick up where it stopped.

    Args:
        finish: Does what is left to do for an entry, and raises no `Exception`.
    """

    def __init__(self, finish: Callable[[Entry], None]) -> None:
        self._finish = finish
        self.renew()

    def renew(self) -> None:
        """Forget holders and entries: a forked child has neither the threads nor their lines."""
        self._lock = threading.Lock()
        #: The thread that holds the lock; whoever takes it by `hold` says so here.
        self.owner = 0
        self._entries: deque[Entry] = deque()
        #: For who writes a line by itself while there is no entry: a compiled lane, keeping the GIL
        #: or holding the lock while no Python code can run in its thread; and `StandardWriter`. One
        #: tuple, so that it never has the one of a parent and the other of its child.
        self.hold = self._lock.acquire, self._lock.release, self._entries

    def add(self, entry: Entry) -> None:
        """Queue an entry for whoever holds the lock, or takes it next."""
        self._entries.append(entry)

    def waiting(self) -> tuple[Entry, ...]:
        """Return the entries that wait, the one that is being finished first."""
        return tuple(self._entries)

    def is_mine(self) -> bool:
        """Say whether this thread is at work on them, in a call that the present one interrupts."""
        return self.owner == get_ident()

    def is_held(self) -> bool:
        """Say whether some thread is at work."""
        return self._lock.locked()

    def is_idle(self) -> bool:
        """Say whether nothing waits, or somebody is at work on it."""
        return not self._entries or self._lock.locked()

    def run(self, entry: Entry | None = None) -> bool:
        """Finish an entry, if one is given, and all that are waiting.

        Returns:
            False if the entry waits for the call of this thread that it has interrupted.
        """
        me = get_ident()
        if self.owner == me:
            if entry is not None:
                self._entries.append(entry)
            return False
        if self._lock.locked():  # by a thread that this process, a child, may not have
            notice_fork()
        # In this way, and not by `with`, for the reasons that `_process/locks.py` gives.
        lock = self._lock  # a handler that forks renews the child's
        (held,) = map(lock.acquire, (not is_finalizing(),))
        if not held:  # its holder was a daemon thread: it has been stopped and will not return
            self.renew()
            lock = self._lock
            (held,) = map(lock.acquire, (False,))
        entries = self._entries
        # CPython runs no signal handler between the taking of the lock and this, nor between the
        # last look at the queue and the end of the block.
        try:
            self.owner = me
            if entry is not None:
                entries.append(entry)
            self._drain(entries)
        finally:
            self.owner = 0
            lock.release()
        return True

    # A function of its own: CPython 3.13 covers the jump back of a loop by no `finally` and no
    # `with`, so an interrupt that it meets there would leave the lock held for ever. Whatever ends
    # it, the entry is on the queue.
    @accounts
    def _drain(self, entries: deque[Entry]) -> None:
        while entries:
            self._finish(entries[0])
            entries.popleft()


class ReentryGate:
    """Call code of the user's; what the same thread brings meanwhile is called right after it.

    Args:
        work: Delivers one line; its arguments are those of `run`.
        refuse: Counts a line, by a reason, that cannot be delivered.
    """

    def __init__(self, work: Callable[..., None], refuse: Callable[[str, int], None]) -> None:
        self._work = work
        self._refuse = refuse
        self._local = threading.local()

    def is_idle(self) -> bool:
        """Say whether nothing of this thread waits for an outer call of its own."""
        return not getattr(self._local, "waiting", None)

    def is_free(self) -> bool:
        """Say whether this thread is in no call of it."""
        return getattr(self._local, "waiting", None) is None

    def is_full(self) -> bool:
        """Say whether a line that this thread brings now would be refused."""
        waiting = getattr(self._local, "waiting", None)
        if waiting is None:
            return False
        return self._is_beyond(self._local.depth + 1, waiting, sys._getframe(1))

    def run(self, index: int, *arguments: Any) -> None:
        """Deliver a line of the level with this counter index now, or after the present one."""
        local = self._local
        waiting: deque[tuple[int, int, tuple[Any, ...]]] | None
        waiting = getattr(local, "waiting", None)
        if waiting is not None:
            depth = local.depth + 1
            if self._is_beyond(depth, waiting, sys._getframe(1)):
                self._refuse("reentrant", index)
            else:
                waiting.append((depth, index, arguments))
            return
        waiting = deque()
        try:
            local.depth, local.waiting = 0, waiting
            self._work(index, *arguments)
            self._drain(waiting)
        finally:
            local.waiting = None
            for _, index, _ in waiting:  # an interrupt has ended the loop
                self._refuse("interrupted", index)

    @staticmethod
    def _is_beyond(depth: int, waiting: Sized, caller: FrameType) -> bool:
        if depth <= MOST_REENTRIES and len(waiting) < _MOST_WAITING:
            return False
        if depth > _MOST_BY_HANDLERS or len(waiting) >= _MOST_WAITING:
            return True
        return not is_in_handler(caller, ReentryGate.run.__code__)

    # A function of its own, for the reason that `LineLock._drain` is one.
    def _drain(self, waiting: deque[tuple[int, int, tuple[Any, ...]]]) -> None:
        while waiting:
            self._local.depth, index, arguments = waiting.popleft()
            self._work(index, *arguments)
