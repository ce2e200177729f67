"""Advisory locks on open files, by which processes that rotate one log agree.

Whoever may still write to a file holds it shared; who compresses or deletes it must have it alone.
The lock belongs to the open file itself: the kernel lets go of it when the last descriptor and the
last write in flight have gone, however the process ends. Windows has no such locks, and no need of
them: `sharing.py`.
"""

from __future__ import annotations

import fcntl
import os
import stat
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from provide.foundation._output.files.inode import Identity, identify, open_log, raise_number
from provide.foundation._process.forks import notice_fork, renew_after_fork
from provide.foundation._process.ownership import Descriptor, new_descriptor

#: A name that leads to another file each time it is opened is being rotated in a loop.
_MOST_OPENS = 100
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK

#: Descriptors that a forked child closes: it would keep their locks for as long as it lives.
_OF_THIS_PROCESS: weakref.WeakSet[Descriptor] = weakref.WeakSet()


def open_shared(path: str, like: os.stat_result | None = None) -> Descriptor:
    """Open a log for appending, and hold it shared for as long as any copy of the number is open.

    Args:
        path: Where it is.
        like: What a new file's permissions are to be, as for `open_log`.

    Raises:
        OSError: It cannot be opened.
    """
    for _ in range(_MOST_OPENS):
        held = open_log(path, like)
        try:
            fcntl.flock(held.fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
            locked = True
        except BlockingIOError:
            locked = False  # it has been renamed since it was opened, and is being compressed
        except OSError:
            return held  # the file system knows no locks
        try:
            if locked and identify(path) == identify(held.fd):
                return held
        except OSError:
            pass  # renamed a moment ago
        held()
    return open_log(path, like)


@contextmanager
def hold_alone(path: str) -> Iterator[int | None]:
    """Hold a file or folder that is there alone, or yield None at once where that is not to be had.

    A link is not followed; nothing but a file or a folder is held.

    Yields:
        A descriptor to read from, under the lock.

    Raises:
        OSError: It cannot be opened, or the file system knows no locks.
    """
    notice_fork()
    held = new_descriptor()
    held.open(path, _FLAGS)
    held = raise_number(held)
    _OF_THIS_PROCESS.add(held)
    fd = held.fd
    ours: Identity | None = None
    try:
        status = os.fstat(fd)
        ours = status.st_dev, status.st_ino
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            yield None
            return
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield fd
    finally:
        if held.slot:  # else this is a child that was forked meanwhile
            with suppress(OSError):
                if ours in (None, identify(fd)):
                    fcntl.flock(fd, fcntl.LOCK_UN)  # a child that has not closed it yet holds it
                    held()
            held.forget()  # somebody has closed it, and reused the number


def _close_in_child() -> None:
    for held in tuple(_OF_THIS_PROCESS):
        with suppress(OSError):
            held()


renew_after_fork(_close_in_child)
