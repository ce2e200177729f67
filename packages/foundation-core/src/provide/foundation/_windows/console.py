"""Consoles of Windows: which descriptors lead to one, and whether it understands colours.

A console takes text; bytes that are written to its descriptor come out in its code page. It is for
Windows alone to import this module.

Source: Microsoft's documentation of console modes; `_WindowsConsoleIO` of CPython (PEP 528).
"""

from __future__ import annotations

import ctypes
import msvcrt
import sys
from ctypes import wintypes

assert sys.platform == "win32"  # what follows means nothing to a type checker elsewhere

#: Escape sequences are obeyed instead of shown: ENABLE_PROCESSED_OUTPUT and
#: ENABLE_VIRTUAL_TERMINAL_PROCESSING.
_OBEYS_ESCAPES = 0x0001 | 0x0004
_KERNEL = ctypes.WinDLL("kernel32")
_KERNEL.GetConsoleMode.argtypes = (wintypes.HANDLE, wintypes.LPDWORD)
_KERNEL.SetConsoleMode.argtypes = (wintypes.HANDLE, wintypes.DWORD)


def is_console(fd: int) -> bool:
    """Say whether a descriptor leads to a console; `NUL` does not, though `os.isatty` says so."""
    return _mode(fd) is not None


def obeys_escapes(fd: int) -> bool:
    """Say whether a console obeys escape sequences, such as those of colours; ask it to, first."""
    mode = _mode(fd)
    if mode is None:
        return False
    if mode & _OBEYS_ESCAPES == _OBEYS_ESCAPES:
        return True
    return bool(_KERNEL.SetConsoleMode(msvcrt.get_osfhandle(fd), mode | _OBEYS_ESCAPES))


def _mode(fd: int) -> int | None:
    found = wintypes.DWORD()
    try:
        handle = msvcrt.get_osfhandle(fd)
    except OSError:  # closed
        return None
    return found.value if _KERNEL.GetConsoleMode(handle, ctypes.byref(found)) else None
