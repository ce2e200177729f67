"""Locks that no interrupt and no end of the interpreter leave held.

CPython runs signal handlers after calls and at jumps backward. From 3.14 to 3.14.10 that is also
between the taking of a lock and the first line of `with lock:`, so that an interrupt which comes
there leaves it held for ever. Here a lock is taken in the midst of an assignment,
`(held,) = map(lock.acquire, ...)`, and no handler runs between that and the `try` behind it.
Source: https://github.com/python/cpython/issues/148874

A daemon thread that has a lock when the interpreter ends never gives it back. By then no other
thread runs, so whoever finds a lock taken goes on without it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from sys import is_finalizing
from threading import get_ident
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from provide.foundation._process.interrupts import comes_from_handler

Result = TypeVar("Result")


if TYPE_CHECKING:

    class _Lock(Protocol):
        def acquire(self, blocking: bool = ..., timeout: float = ..., /) -> bool: ...
        def release(self) -> None: ...


def call_holding(lock: _Lock, work: Callable[..., Result], *arguments: Any) -> Result:
    """Call a function while this thread holds a lock, and return what it returns."""
    (held,) = map(lock.acquire, (not is_finalizing(),))
    try:
        return work(*arguments)
    finally:
        if held:
            lock.release()


class Bell:
    """Wake a thread that waits; unlike `threading.Event` it may be rung in the midst of a ring."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def ring(self) -> None:
        """Wake whoever waits, or who will be the next to wait."""
        try:
            self._lock.release()
        except RuntimeError:  # rung already
            return

    def wait(self, timeout_s: float = -1) -> bool:
        """Wait until it rings, and quieten it; False: the time is up."""
        return self._lock.acquire(True, timeout_s)


class Turns:
    """Let one change at a time happen, and one that interrupts another right after that one.

    A signal handler that asks for a change, in the midst of another of its own thread, cannot wait
    for it. Its change is kept, and made by the call that it has interrupted.

    Args:
        fail: Is told what a change raised whose caller has gone on already.
    """

    def __init__(self, fail: Callable[[Exception], None] | None = None) -> None:
        self._fail = fail
        self._lock = threading.Lock()
        self._owner = 0
        self._is_forking = False
        self._waiting: deque[tuple[object, Callable[[], None]]] = deque()

    def is_mine(self) -> bool:
        """Say whether this thread is in the midst of a change."""
        return self._owner == get_ident()

    def make(
        self, change: Callable[[], None], subject: object = None, timeout_s: float = -1
    ) -> None:
        """Make a change now, or after the one that this thread is in the midst of.

        Args:
            change: Makes it.
            subject: What it sets, if that makes one change of it pointless where another follows:
                of those that wait in a row, the last one is made.

            timeout_s: How long other threads' changes are awaited; -1: however long they take.
                Then nothing is changed.

        Raises:
            Exception: What the change raises, unless it has to wait.
        """
        me = get_ident()
        if self._owner == me:
            if subject is not None and self._waiting and self._waiting[-1][0] == subject:
                self._waiting[-1] = (subject, change)
            else:
                self._waiting.append((subject, change))
            return
        lock = self._lock  # a handler that forks renews the child's
        waits = not is_finalizing()
        (held,) = map(lock.acquire, (waits,), (timeout_s if waits else -1,))
        if waits and not held:
            return
        try:
            self._owner = me
            try:
                change()
            finally:
                self._drain()
        finally:
            self._owner = 0
            if held:
                lock.release()

    # A function of its own: CPython 3.13 covers the jump back of a loop by no `finally`.
    def _drain(self) -> None:
        while self._waiting:
            try:
                self._waiting.popleft()[1]()
            except Exception as error:  # signals are safe: whoever asked for it has gone on
                if self._fail is None or comes_from_handler(error):
                    raise
                self._fail(error)

    def begin(self, timeout_s: float) -> bool:
        """Take the turn for a fork, unless that takes too long or this thread has it already."""
        if self._owner == (me := get_ident()):
            return False
        (held,) = map(self._lock.acquire, (True,), (timeout_s,))
        if held:
            self._owner = me
            self._is_forking = True
        return held

    def end(self) -> None:
        """End, in the parent, what `begin` has begun, if it has."""
        if self._is_forking and self._owner == get_ident():
            try:
                self._drain()
            finally:
                self._is_forking = False
                self._owner = 0
                self._lock.release()

    def renew(self) -> None:
        """Give a forked child a turn that no vanished thread has, unless it is the child's own."""
        if self._owner == get_ident() and not self._is_forking:
            return
        waiting = self._waiting if self._is_forking else ()
        self._lock = threading.Lock()
        self._owner, self._is_forking, self._waiting = 0, False, deque()
        for subject, change in waiting:
            self.make(change, subject)
