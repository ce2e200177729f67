"""A log file as the file system knows it: how it is opened, and told.

Files are told apart by device and inode, because a path may lead elsewhere tomorrow, and the number
of a descriptor that somebody has closed may be another file's already. That is why ours have high
numbers: whatever is opened gets the lowest that is free.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from contextlib import suppress

from provide.foundation._process.ownership import Descriptor, new_descriptor

if sys.platform == "win32":
    from provide.foundation._windows import files as windows_files

#: What a file system calls a file: device and inode.
Identity = tuple[int, int]

_CLOSE_ON_EXEC = getattr(os, "O_CLOEXEC", 0)
#: So that opening a pipe waits for no reader; a write to it has a deadline then.
_NO_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_OPEN_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | _CLOSE_ON_EXEC | _NO_WAIT
_NEW_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _CLOSE_ON_EXEC | getattr(os, "O_NOFOLLOW", 0)
#: A file that grows all the time is in use: whatever was torn in it has been written over.
_MOST_LOOKS = 100
#: From where on numbers are ours: the first that the process's limit allows. Below 1,024, because
#: the kernel's table of descriptors has room for the highest number: it takes 8 KB then.
_HIGH_NUMBERS = (979, 491, 227, 99, 49, 3)
#: A file that comes and goes while it is being opened is somebody's game.
_MOST_TRIES = 10
#: A file that has not grown between so many looks, so far apart, is not being written to. Where no
#: look waits for a writer, as on Windows, more of them: a writer may be kept from its processor.
_LOOKS_AT_REST = 3 if hasattr(os, "SEEK_HOLE") else 12
_PAUSE_S = 0.002


def open_log(path: str, like: os.stat_result | None = None) -> Descriptor:
    """Open a file for appending, under a high number, and make it if it is missing.

    Args:
        path: Where it is.
        like: What a new file's owner, group and permissions are to be; `None`: mode 0640.

    Raises:
        OSError: It cannot be opened.
    """
    return raise_number(_open(path, like))


def raise_number(held: Descriptor, lowest: int | None = None) -> Descriptor:
    """Give a descriptor a high number, one that no `open` of the program's will get, if it can be.

    A program that closes descriptors that are not its own, to become a daemon, would else find its
    next file or socket under the number that our lines go to.

    Args:
        held: The descriptor; its present number is let go of.
        lowest: The number to begin at, instead of one of the high ones.
    """
    try:
        import fcntl  # noqa: F401 - not on Windows
    except ImportError:
        return held
    raised = new_descriptor()
    for number in _HIGH_NUMBERS if lowest is None else (lowest, *_HIGH_NUMBERS):
        with suppress(OSError):  # beyond the limit, or none is free
            raised.copy(held.fd, number)
            held()
            return raised
    return held


def open_new(path: str) -> Descriptor:
    """Make a file of our own, under a high number, for writing; it is nobody else's at first.

    Raises:
        OSError: It is there already, as a link perhaps, or cannot be made.
    """
    held = new_descriptor()
    if sys.platform == "win32":
        held.fill(windows_files.open_new, path)
    else:
        held.open(path, _NEW_FLAGS, 0o600)
    return raise_number(held)


def make_alike(fd: int, like: os.stat_result) -> None:
    """Give a file that was made a moment ago the permissions of another one, or narrower ones.

    Raises:
        OSError: Its permissions cannot be changed.
    """
    if not hasattr(os, "fchown"):  # Windows has no such permissions
        return
    mode = stat.S_IMODE(like.st_mode) & 0o777
    status = os.fstat(fd)
    if (status.st_uid, status.st_gid) != (like.st_uid, like.st_gid):
        with suppress(OSError):
            os.fchown(fd, -1, like.st_gid)
        with suppress(OSError):  # only for root
            os.fchown(fd, like.st_uid, -1)
        if os.fstat(fd).st_gid != like.st_gid:
            mode &= ~0o070  # what one group may is not for another
    os.fchmod(fd, mode)


def _open(path: str, like: os.stat_result | None) -> Descriptor:
    held = new_descriptor()
    if sys.platform == "win32":  # who may read it is up to its folder
        held.fill(windows_files.open_appending, path)
        return held
    if like is None:
        held.open(path, _OPEN_FLAGS, 0o640)
        return held
    for _ in range(_MOST_TRIES):
        with suppress(FileNotFoundError):
            held.open(path, _OPEN_FLAGS & ~os.O_CREAT)
            return held
        try:
            # Where the name is a link, what it leads to is made. Nobody but us may open it before
            # it is as it should be.
            held.open(os.path.realpath(path), _OPEN_FLAGS | os.O_EXCL, 0o600)
        except FileExistsError:  # another process has been faster
            continue
        make_alike(held.fd, like)
        return held
    held.open(path, _OPEN_FLAGS, 0o600)
    return held


def identify(file: int | str) -> Identity:
    """Return what tells a file, given by path or descriptor, from every other.

    Raises:
        OSError: There is no such file.
    """
    return identity_of(os.stat(file))


def identity_of(status: os.stat_result) -> Identity:
    """Return what tells the file of a status from every other.

    On Windows a number is enough: volumes are changed there by none who keeps a name. And Wine
    forgets the volume of a file that has been renamed while it is open.
    """
    return (0 if sys.platform == "win32" else status.st_dev), status.st_ino


def leads_to(ours: set[Identity], fd: int) -> bool:
    """Say whether a descriptor leads to one of these files.

    Raises:
        OSError: It is closed.
    """
    return identify(fd) in ours


def read_tail(
    path: str, ours: set[Identity], at_rest: dict[Identity, int], length: int
) -> bytes | None:
    """Return up to so many bytes from the end of a regular file of ours; `None`: not to be had.

    Args:
        path: The file's.
        ours: The files that count.
        at_rest: Kept for the next look: how long a file was that nobody was writing to, although
            its last line has no end. While a disk is full, each call looks.
        length: How many bytes at most.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # to open a pipe would make us its reader
            return None
        held = new_descriptor()
        if sys.platform == "win32":
            held.fill(windows_files.open_reading, path)
        else:
            held.open(path, os.O_RDONLY | _CLOSE_ON_EXEC | _NO_WAIT)
        held = raise_number(held)
    except OSError:
        return None
    reader = held.fd
    try:
        identity = identify(reader)
        if identity not in ours:
            return None
        unchanged = 0
        for _ in range(_MOST_LOOKS):
            size = os.lseek(reader, 0, os.SEEK_END)
            os.lseek(reader, max(size - length, 0), os.SEEK_SET)
            tail = os.read(reader, length)
            # Not `size`: an empty file may have got its first page since it was measured.
            if not tail or tail.endswith(b"\n") or at_rest.get(identity) == size:
                return tail
            # A long line grows page by page, and may be another process's that is being written
            # right now: this call waits for it, because it takes the inode's lock.
            with suppress(OSError):
                os.lseek(reader, 0, getattr(os, "SEEK_HOLE", os.SEEK_SET))
            if os.lseek(reader, 0, os.SEEK_END) == size:
                unchanged += 1
                if unchanged == _LOOKS_AT_REST:
                    at_rest.clear()  # of a file before this one
                    at_rest[identity] = size
                    return tail
                time.sleep(_PAUSE_S)  # not every file system's SEEK_HOLE waits for a writer
            else:
                unchanged = 0
        return None
    except OSError:
        return None
    finally:
        held()
