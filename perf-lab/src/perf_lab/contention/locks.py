"""Counts how long threads wait for the locks that are made from Python; standard library only.

`install` replaces `threading.Lock` and `threading.RLock`, so it has to come before the library
that is to be watched. The interpreter's own lock, and those inside of C code, are not seen.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

#: Switches it on in a contender's process.
VARIABLE = "PERF_LAB_WATCH_LOCKS"


class Waits:
    """Hold what was waited, while `on`."""

    on = False
    seconds: list[float] = []  # noqa: RUF012 - one for the process; append is atomic


class WatchedLock:
    """Be a lock that says how long it was waited for.

    Args:
        lock: The real one.
    """

    def __init__(self, lock: Any) -> None:
        self._lock = lock

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take it, as the real one would be taken."""
        if not blocking:
            return bool(self._lock.acquire(False))
        if self._lock.acquire(False):
            return True
        began = time.perf_counter()
        taken = bool(self._lock.acquire(True, timeout))
        if Waits.on:
            Waits.seconds.append(time.perf_counter() - began)
        return taken

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lock, name)


def install() -> None:
    """Watch every lock that is made from now on."""
    for name in ("Lock", "RLock"):
        setattr(threading, name, _watch(getattr(threading, name)))


def _watch(make: Callable[[], Any]) -> Callable[[], WatchedLock]:
    def watched() -> WatchedLock:
        return WatchedLock(make())

    return watched
