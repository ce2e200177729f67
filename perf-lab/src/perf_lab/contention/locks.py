"""Counts how long threads wait for the locks that are made from Python; standard library only.

`install` replaces `threading.Lock` and `threading.RLock`, so it has to come before the library
that is to be watched. The interpreter's own lock, and those inside of C code, are not seen.
"""

from __future__ import annotations

import threading
import time
from typing import Any

#: Switches it on in a contender's process.
VARIABLE = "PERF_LAB_WATCH_LOCKS"


class WatchedLock:
    """Be a lock that says, while all are `watched`, how long it was waited for.

    Args:
        lock: The real one.
    """

    watched = False
    waits: list[float] = []  # noqa: RUF012 - in seconds, one for the process; append is atomic

    def __init__(self, lock: Any) -> None:
        self._lock = lock

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take it, as the real one would be taken."""
        if self._lock.acquire(False):
            return True
        if not blocking:
            return False
        began = time.perf_counter()
        taken = bool(self._lock.acquire(True, timeout))
        if WatchedLock.watched:
            WatchedLock.waits.append(time.perf_counter() - began)
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
        real = getattr(threading, name)
        setattr(threading, name, lambda real=real: WatchedLock(real()))
