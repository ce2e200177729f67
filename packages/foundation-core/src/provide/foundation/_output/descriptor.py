"""What the kernel says of a descriptor: whether it takes writes whole, has room, would block."""

from __future__ import annotations

import os
import stat
import sys


def writes_whole(fd: int) -> bool:
    """Say whether the kernel takes each write whole: regular files and /dev/null do."""
    try:
        mode = os.fstat(fd).st_mode
        return stat.S_ISREG(mode) or (stat.S_ISCHR(mode) and not os.isatty(fd))
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
