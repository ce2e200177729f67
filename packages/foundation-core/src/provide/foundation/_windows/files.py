"""Files as Windows opens them: the kernel appends, and others may rename and delete them.

There `os.open` is the C runtime's. Its `O_APPEND` is a seek and then a write, between which another
process may write; and nobody can rename or delete what it has opened. So these files are opened by
`CreateFile`. No other system can import this module.

Source: Microsoft's documentation of CreateFileW, of file access rights and of `_open_osfhandle`.
"""

from __future__ import annotations

import _winapi
import errno
import msvcrt
import os
import sys

assert sys.platform == "win32"  # what follows means nothing to a type checker elsewhere

#: FILE_SHARE_READ, FILE_SHARE_WRITE and FILE_SHARE_DELETE, which also covers a rename.
_SHARE_ALL = 0x1 | 0x2 | 0x4
_SHARE_DELETE = 0x4
_READ, _WRITE, _DELETE = 0x80000000, 0x40000000, 0x00010000
#: FILE_APPEND_DATA without FILE_WRITE_DATA: each write goes to the end, by one step of the kernel.
#: FILE_READ_ATTRIBUTES and SYNCHRONIZE are what `os.fstat` and a write that waits need.
_APPEND = 0x0004 | 0x0080 | 0x00100000
_CREATE_NEW, _OPEN_EXISTING, _OPEN_ALWAYS = 1, 3, 4
_NORMAL, _HIDDEN, _DELETE_ON_CLOSE = 0x80, 0x02, 0x04000000
#: ERROR_ACCESS_DENIED (it is being deleted), ERROR_SHARING_VIOLATION, ERROR_DELETE_PENDING.
_IN_USE = (5, 32, 303)


def open_appending(path: str) -> int:
    """Open a file for appending, and make it if it is missing.

    Args:
        path: Where it is; `NUL` and named pipes can be opened too.

    Raises:
        OSError: It cannot be opened.
    """
    return _open(path, _APPEND, _SHARE_ALL, _OPEN_ALWAYS, _NORMAL, os.O_WRONLY)


def open_reading(path: str) -> int:
    """Open a file that is there for reading.

    Raises:
        OSError: It cannot be opened.
    """
    return _open(path, _READ, _SHARE_ALL, _OPEN_EXISTING, _NORMAL, os.O_RDONLY)


def open_new(path: str) -> int:
    """Make a file and open it for writing.

    Raises:
        OSError: It is there already, or cannot be made.
    """
    return _open(path, _WRITE | 0x80, _SHARE_ALL, _CREATE_NEW, _NORMAL, os.O_WRONLY)


def open_alone(path: str) -> int | None:
    """Open a file for reading that nobody else has open; `None`: somebody has, or is deleting it.

    Others may delete it meanwhile, and nobody can write to it.

    Raises:
        OSError: It cannot be opened for another reason.
    """
    return _try(path, _READ, _SHARE_DELETE, _OPEN_EXISTING, _NORMAL)


def make_alone(path: str) -> int | None:
    """Make a hidden file that goes when it is closed; `None`: another process has just that one.

    Raises:
        OSError: It cannot be made.
    """
    return _try(path, _READ | _DELETE, 0, _OPEN_ALWAYS, _HIDDEN | _DELETE_ON_CLOSE)


def _try(path: str, access: int, share: int, disposition: int, attributes: int) -> int | None:
    try:
        return _open(path, access, share, disposition, attributes, os.O_RDONLY)
    except OSError as error:
        if error.winerror in _IN_USE:
            return None
        raise


def _open(path: str, access: int, share: int, disposition: int, attributes: int, flags: int) -> int:
    try:
        handle = _winapi.CreateFile(path, access, share, 0, disposition, attributes, 0)
    except OSError as error:
        if os.path.isdir(path):  # Windows says that access is denied
            reason = os.strerror(errno.EISDIR)
            raise IsADirectoryError(errno.EISDIR, reason, path) from None
        error.filename = path
        raise
    try:
        return msvcrt.open_osfhandle(handle, flags | os.O_BINARY | os.O_NOINHERIT)
    except BaseException:
        _winapi.CloseHandle(handle)
        raise
