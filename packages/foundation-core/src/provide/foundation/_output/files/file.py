"""Lines to a file that Foundation opens itself.

No lock and no Python file object stand between the call and the kernel. Every line is counted as
written or dropped, and no `Exception` leaves here.
"""

from __future__ import annotations

import os
import stat
import sys
import weakref
from functools import partial

from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._output.descriptor import writes_whole
from provide.foundation._output.files.inode import (
    Identity,
    identify,
    identity_of,
    leads_to,
    raise_number,
    read_tail,
)
from provide.foundation._output.output import Sink
from provide.foundation._output.writer import WRITE_TIMEOUT_S, DescriptorWriter
from provide.foundation._process.ownership import Descriptor, close, own

if sys.platform == "win32":  # that it is open is the lock
    from provide.foundation._output.files.inode import open_log as open_shared
else:
    from provide.foundation._output.files.lock import open_shared


class FileSink(Sink):
    """Append lines to a file that it opens itself: O_APPEND, O_CLOEXEC, mode 0640.

    The file is followed through rename and unlink: within a second of either, lines go to a new
    file of the same name, which has the older one's permissions. While it has been removed and no
    other can be made, lines are counted as dropped. The file is locked, shared, so that processes
    that rotate it know of this one.

    The descriptor is closed when the last call that could still write through it has returned:
    with the sink itself, not with a call to `close`.

    Args:
        path: Where the file is; it is made if it is missing, its folder is not. A relative path
            counts from the present folder, also after a change of folder.
        timeout_s: Seconds to finish a write that would block.

    Raises:
        OSError: The file cannot be opened.
    """

    KIND = "a file"

    def __init__(self, path: str, timeout_s: float = WRITE_TIMEOUT_S) -> None:
        self.path = os.path.abspath(path)
        self.counts = COUNTERS.counts(self.path if path in ("stderr", "stdout") else path)
        #: Whether a write may keep the interpreter's lock, where the file system is a local one.
        self.holds_gil = True
        #: How often another file has been opened.
        self.moves = 0
        self._like: os.stat_result | None = None
        held = self._open()
        self.fd = held.fd
        self._ours = {identify(self.fd)}
        # At exit the kernel closes it: other exit handlers may still log.
        self._slot = own(self, partial(leads_to, self._ours))
        held.move_to(self._slot)
        tail_of_ours = partial(read_tail, self.path, self._ours, {})
        # Weakly: the sink goes, and closes its file, when nobody writes to it any more.
        check = partial(_check, weakref.ref(self))
        self.writer = DescriptorWriter(self.fd, self.counts, timeout_s, tail_of_ours, check)
        self.patience = self.writer.patience
        if tail_of_ours(1) not in (None, b"", b"\n"):
            self.writer.be_careful()  # an earlier process has left half a line

    def deliver(self, index: int, data: bytes) -> None:
        """Write one line or count it as dropped."""
        self.writer.write(index, data)

    def flush(self) -> None:
        """Finish what an interrupt may have left."""
        self.writer.flush()

    def drain(self, deadline: float) -> bool:
        """Finish what an interrupt may have left, or wait for whoever does."""
        return self.writer.drain(deadline)

    def follow(self) -> None:
        """Open the file again, under the same descriptor, if its name leads elsewhere now.

        Code that closes every descriptor (to become a daemon) closes this one too, and its number
        may soon belong to another file: then the lines go on under a new number.
        """
        error = self._look()
        if error is not None:  # the folder may be gone
            COUNTERS.fault("reopen")
            DIAGNOSTICS.report(
                f"reopen:{self.path}",
                "log file could not be opened again",
                {"output": self.path, "error": str(error)},
            )

    def check(self) -> None:
        """See to it, without a word, that the descriptor leads to a file of ours."""
        try:
            if identify(self.fd) in self._ours:
                return
        except OSError:  # somebody has closed it
            pass
        self._look()

    def release(self) -> None:
        """Close the file on Windows, which keeps an open one from others.

        A logger may still hold the sink. Elsewhere it goes with the last one, because a call in
        flight would write to whatever has its number next.
        """
        if sys.platform == "win32":
            close(self._slot, partial(leads_to, self._ours))

    def _open(self) -> Descriptor:
        return open_shared(self.path, self._like)

    # Short functions: where there is no memory at all, CPython 3.11 to 3.13 runs in circles when an
    # exception leaves an `except` or a `finally` more than 256 instructions into its function.
    def _look(self) -> OSError | None:
        """Open the file again if need be; return why that cannot be."""
        status = self._status()
        if status is None:
            return self._reopen(named=True, taken_away=True)
        named = status.st_nlink > 0
        # Somebody may have changed its permissions; its successor gets them.
        self._like = status if stat.S_ISREG(status.st_mode) else None
        try:
            if identify(self.path) == identity_of(status):
                self.writer.mark_unlinked(False)
                return None
        except FileNotFoundError:
            pass
        except OSError:
            if named:
                return None  # it cannot be seen from here: go on with the file that we have
        return self._reopen(named=named, taken_away=False)

    def _status(self) -> os.stat_result | None:
        """Return the status of the descriptor; `None`: it is closed, or leads elsewhere."""
        try:
            status = os.fstat(self.fd)
        except OSError:  # closed
            return None
        return status if identity_of(status) in self._ours else None

    def _reopen(self, *, named: bool, taken_away: bool) -> OSError | None:
        """Open the file again; return why that cannot be."""
        try:
            self._switch(self._open(), taken_away)
        except OSError as error:
            if not named:
                self.writer.mark_unlinked(True)
            return error
        return None

    def _switch(self, fresh: Descriptor, taken_away: bool) -> None:
        status = os.fstat(fresh.fd)
        identity = identity_of(status)
        older = self._ours - {identity}
        self._ours.add(identity)
        self._like = status if stat.S_ISREG(status.st_mode) else None
        self.writer.atomic = writes_whole(fresh.fd)
        if taken_away:
            self._renumber(fresh, identity)
        else:
            # One atomic step: a write in flight finds the old file or the new, never a closed or
            # a reused number.
            try:
                os.dup2(fresh.fd, self.fd, inheritable=False)
            finally:
                fresh()
        self.writer.mark_unlinked(False)
        self._ours -= older
        self.moves += 1

    def _renumber(self, fresh: Descriptor, identity: Identity) -> None:
        """Write through a new descriptor: under the old number if that is free, else for good."""
        number = self.fd
        # Not `dup2`: that would close what another thread may have under the number by now.
        fresh = raise_number(fresh, number)
        if fresh.fd == number:
            fresh.forget()  # it is in the slot of the number already
            return
        try:
            if identify(number) == identity:  # another thread of ours has been faster
                fresh()
                return
        except OSError:
            pass
        self.fd = fresh.fd
        self._slot = own(self, partial(leads_to, self._ours))
        fresh.move_to(self._slot)
        self.writer.move_to(self.fd)


def _check(sink: weakref.ref[FileSink]) -> None:
    found = sink()
    if found is not None:
        found.check()
