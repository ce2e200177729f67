"""What the kernel says of a descriptor: whether it takes writes whole, has room, would block."""

from __future__ import annotations

import os
import stat
import sys

if sys.platform == "win32":
    import time

    from provide.foundation._windows.console import is_console

#: Seconds between two tries of a write, where the system has nothing to wait with.
_PAUSE_S = 0.002


def is_tty(fd: int) -> bool:
    """Say whether a descriptor leads to a terminal, which `NUL` is for `os.isatty`."""
    if sys.platform == "win32":
        return is_console(fd)
    return os.isatty(fd)


def writes_whole(fd: int) -> bool:
    """Say whether the kernel takes each write whole: regular files and /dev/null do."""
    try:
        mode = os.fstat(fd).st_mode
        return stat.S_ISREG(mode) or (stat.S_ISCHR(mode) and not is_tty(fd))
    except OSError:
        return False


def leads_to(fd: int, stream: str) -> bool:
    """Say whether a descriptor leads to what ``device:inode`` names, as JOURNAL_STREAM does."""
    try:
        found = os.fstat(fd)
    except OSError:
        return False
    return stream == f"{found.st_dev}:{found.st_ino}"


def wait_writable(fd: int, timeout_s: float) -> bool:
    """Wait until a descriptor takes bytes again, or has an error to report; False: it does not."""
    if sys.platform == "win32":  # select() takes sockets only, and most writes wait by themselves
        time.sleep(min(timeout_s, _PAUSE_S))
        return True
    import select  # only a descriptor that would block needs it

    if hasattr(select, "poll"):  # select() cannot take descriptors from 1,024 on
        poll = select.poll()
        poll.register(fd, select.POLLOUT)
        return bool(poll.poll(timeout_s * 1000))
    return bool(select.select([], [fd], [], timeout_s)[1])


def has_room(fd: int, size: int) -> bool:
    """Say whether a pipe takes so many bytes at once; True: it does, or it cannot be told."""
    try:
        import fcntl  # only a reader that is late needs it
        import termios

        capacity = fcntl.fcntl(fd, fcntl.F_GETPIPE_SZ)
        waiting = int.from_bytes(fcntl.ioctl(fd, termios.FIONREAD, bytes(4)), sys.byteorder)
    except (ImportError, AttributeError, OSError):  # no pipe, or not Linux
        return True
    # Its pages may be full in part only, so that nothing but an empty pipe is sure to take it.
    return waiting == 0 and size <= capacity
