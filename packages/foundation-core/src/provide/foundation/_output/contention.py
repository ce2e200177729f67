"""The write for threads that contend: it keeps the GIL; standard library only.

`os.write` releases the GIL, and another thread that waits for it takes it. Where several threads
log at once, each line then waits for two changes of threads, which take four times as long as the
line itself. A write that the kernel copies into its page cache, or throws away, need not release
it: it never waits.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from threading import get_ident
from time import monotonic_ns, sleep
from types import FunctionType
from typing import Any, cast

#: Takes a descriptor and a line, and returns how many bytes the kernel took.
Write = Callable[[int, bytes], int]

#: By what statfs(2) calls them: file systems whose write waits for no other machine or process.
LOCAL_FILE_SYSTEMS = frozenset({
    0xEF53,  # ext2, ext3, ext4
    0x58465342,  # xfs
    0x9123683E,  # btrfs
    0x01021994,  # tmpfs
    0x794C7630,  # overlayfs
    0x2FC12FC1,  # zfs
    0xF2F52010,  # f2fs
    0xCA451A4E,  # bcachefs
})  # fmt: skip
#: More than any system's `struct statfs` has.
_STATFS_BYTES = 256
#: How long several threads count as logging at once, after they last did.
CONTENTION_NS = 1_000_000_000


class Contention:
    """Choose the write of one lane, by the threads that log through it.

    Any thread may ask, about once in 64 lines. Races cost at most one wrong choice.

    Args:
        gil_write: Writes without releasing the GIL.
    """

    def __init__(self, gil_write: Write) -> None:
        self.gil_write = gil_write
        self._thread = 0  # the last one that asked, and when, on the monotonic clock
        self._asked_ns = self._ends_ns = -CONTENTION_NS

    def choose_write(self) -> Write:
        """Return the GIL-holding write under contention: two threads asked within a second.

        Contention lasts for a second. Meanwhile the thread that asks releases the GIL once, for
        threads that do not log: otherwise they wait twenty times as long. Without contention
        `os.write` is better: a line takes 0.87 of the time, and whoever waits for the GIL has it
        at once.
        """
        thread, now = get_ident(), monotonic_ns()
        if thread != self._thread and now - self._asked_ns < CONTENTION_NS:
            self._ends_ns = now + CONTENTION_NS
        self._thread, self._asked_ns = thread, now
        if now >= self._ends_ns:
            return os.write
        sleep(0)
        return self.gil_write


def make_gil_write(descriptor: int) -> Write | None:
    """Return a write for a descriptor, or None if there is none that cannot wait.

    It takes a descriptor and a line and returns the bytes that the kernel took, 0 after an error:
    whoever recovers the line tries again and learns which it was.

    Args:
        descriptor: A regular file of a local file system, or the null device; on Linux.
    """
    if sys.platform != "linux" or not _has_lock():
        return None
    try:
        import ctypes  # some interpreters are built without it

        library = ctypes.PyDLL(None)
        if not _never_waits(library, descriptor, ctypes.create_string_buffer(_STATFS_BYTES)):
            return None
        # Without `argtypes`, which would take another 270 ns; an int and a bytes need none.
        write_with_gil = library.write
    except Exception:  # or forbid it by an audit hook; any of that must not fail a set-up
        return None

    def write(target: int, line: bytes) -> int:
        size = len(line)
        taken: int = write_with_gil(target, line, size)  # two lines down: see `ended_before`
        return taken if taken > 0 else 0

    return write


def ended_before(error: BaseException, write: Write) -> bool:
    """Say whether an exception has ended this write before the kernel was given the line.

    It is a function of Python: a signal handler may run as soon as it is entered, while `os.write`
    meets one only behind a write to a file.
    """
    code = cast("FunctionType", write).__code__
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code is code:
            return step.tb_lineno < code.co_firstlineno + 2
        step = step.tb_next
    return False


def _has_lock() -> bool:
    """Say whether this interpreter runs one thread at a time."""
    enabled: Callable[[], bool] | None = getattr(sys, "_is_gil_enabled", None)
    return sys.implementation.name == "cpython" and (enabled is None or enabled())


def _never_waits(library: Any, descriptor: int, found: Any) -> bool:
    status = os.fstat(descriptor)
    if stat.S_ISCHR(status.st_mode):
        return status.st_rdev == os.stat(os.devnull).st_rdev
    if not stat.S_ISREG(status.st_mode) or sys.byteorder != "little":
        return False
    # The type comes first, in four bytes or, with zeros behind them, in eight.
    return (
        library.fstatfs(descriptor, found) == 0
        and int.from_bytes(found.raw[:4], "little") in LOCAL_FILE_SYSTEMS
    )
