"""A log file as the file system knows it: how it is opened and closed; imports nothing of ours.

Files are told apart by device and inode, because a path may lead elsewhere tomorrow, and the number
of a descriptor that somebody has closed may be another file's already.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress

#: What a file system calls a file: device and inode.
Identity = tuple[int, int]

_CLOSE_ON_EXEC = getattr(os, "O_CLOEXEC", 0)
#: So that opening a pipe waits for no reader; what is written to it has a deadline then.
_NO_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_OPEN_FLAGS = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_APPEND
    | _CLOSE_ON_EXEC
    | _NO_WAIT
    | getattr(os, "O_BINARY", 0)  # Windows would write \r\n
)
#: A file that grows all the time is in use: whatever was torn in it has been written over.
_MOST_LOOKS = 100
#: A file that has not grown between so many looks, so far apart, is not being written to.
_LOOKS_AT_REST = 3
_PAUSE_S = 0.002


def open_log(path: str) -> int:
    """Open a file for appending, and make it, with mode 0640, if it is missing.

    Raises:
        OSError: It cannot be opened.
    """
    fd = os.open(path, _OPEN_FLAGS, 0o640)
    if fd > 2:
        return fd
    # A process that was started without stderr gives its number to the first file it opens, and
    # then whatever C code prints there would end up between the lines.
    try:
        import fcntl  # not on Windows, and rarely needed

        return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)
    except ImportError:
        return os.dup(fd)
    finally:
        os.close(fd)


def identify(file: int | str) -> Identity:
    """Return what tells a file, given by path or descriptor, from every other.

    Raises:
        OSError: There is no such file.
    """
    status = os.stat(file)
    return status.st_dev, status.st_ino


def close_log(fd: int, ours: set[Identity]) -> None:
    """Close a descriptor, unless it leads to none of our files any more."""
    try:
        if identify(fd) in ours:  # else somebody has closed it, and reused the number
            os.close(fd)
    except OSError:
        return


def read_tail(path: str, ours: set[Identity], length: int) -> bytes | None:
    """Return up to `length` bytes from the end of a regular file of ours; None: not to be had."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # to open a pipe would make us its reader
            return None
        reader = os.open(path, os.O_RDONLY | _CLOSE_ON_EXEC | _NO_WAIT)
    except OSError:
        return None
    try:
        if identify(reader) not in ours:
            return None
        unchanged = 0
        for _ in range(_MOST_LOOKS):
            size = os.lseek(reader, 0, os.SEEK_END)
            os.lseek(reader, max(size - length, 0), os.SEEK_SET)
            tail = os.read(reader, length)
            # Not `size`: an empty file may have got its first page since it was measured.
            if not tail or tail.endswith(b"\n"):
                return tail
            # A long line grows page by page, and may be another process's that is being written
            # right now: this call waits for it, because it takes the inode's lock.
            with suppress(OSError):
                os.lseek(reader, 0, getattr(os, "SEEK_HOLE", os.SEEK_SET))
            if os.lseek(reader, 0, os.SEEK_END) == size:
                unchanged += 1
                if unchanged == _LOOKS_AT_REST:
                    return tail
                time.sleep(_PAUSE_S)  # not every file system's SEEK_HOLE waits for a writer
            else:
                unchanged = 0
        return None
    except OSError:
        return None
    finally:
        os.close(reader)
