"""Advisory locks on open files, by which processes that rotate one log agree; imports log_file.

Whoever may still write to a file holds it shared; who compresses or deletes it must have it alone.
The lock belongs to the open file itself: the kernel lets go of it when the last descriptor and the
last write in flight have gone, however the process ends. Systems without `fcntl` cannot import this
module.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from provide.foundation.log_file import identify, open_log, raise_number
from provide.foundation.process import notice_fork, renew_after_fork

#: A name that leads to another file each time it is opened is being rotated in a loop.
_MOST_OPENS = 100
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK

#: Descriptors that a forked child closes: it would keep their locks for as long as it lives.
_OF_THIS_PROCESS: set[int] = set()


def open_shared(path: str, like: os.stat_result | None = None) -> int:
    """Open a log for appending, and hold it shared for as long as any copy of the number is open.

    Args:
        path: Where it is.
        like: What a new file's permissions are to be, as for `open_log`.

    Raises:
        OSError: It cannot be opened.
    """
    for _ in range(_MOST_OPENS):
        fd = open_log(path, like)
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
            held = True
        except BlockingIOError:
            held = False  # it has been renamed since it was opened, and is being compressed
        except OSError:
            return fd  # the file system knows no locks
        try:
            if held and identify(path) == identify(fd):
                return fd
        except OSError:
            pass  # renamed a moment ago
        os.close(fd)
    return open_log(path, like)


@contextmanager
def hold_alone(path: str) -> Iterator[int | None]:
    """Hold a file or folder that is there alone, or yield None at once where that is not to be had.

    A link is not followed, and what is neither file nor folder is not held.

    Yields:
        A descriptor to read from, under the lock.

    Raises:
        OSError: It cannot be opened, or the file system knows no locks.
    """
    notice_fork()
    fd = raise_number(os.open(path, _FLAGS))
    _OF_THIS_PROCESS.add(fd)
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
        if fd in _OF_THIS_PROCESS:  # else this is a child that was forked meanwhile
            _OF_THIS_PROCESS.discard(fd)
            with suppress(OSError):
                if identify(fd) == ours:  # else somebody has closed it, and reused the number
                    fcntl.flock(fd, fcntl.LOCK_UN)  # a child that has not closed it yet holds it
                    os.close(fd)


def _close_in_child() -> None:
    while _OF_THIS_PROCESS:
        with suppress(OSError):
            os.close(_OF_THIS_PROCESS.pop())


renew_after_fork(_close_in_child)
