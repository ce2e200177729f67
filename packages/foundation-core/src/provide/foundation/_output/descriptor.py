"""Bytes to a file descriptor, one write(2) a line.

`DescriptorWriter` completes what the kernel took only in part, waits a bounded time for a
descriptor that would block, closes off what cannot be completed as a line of its own, and counts
every line as written or dropped.
"""

from __future__ import annotations

import os
import stat
import sys
import time
import weakref
from collections.abc import Callable
from errno import EAGAIN, EIO, ENOENT, errorcode

from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import OWN_RECORD, Counts
from provide.foundation._output.reentrancy import LineLock
from provide.foundation._process.forks import renew_after_fork
from provide.foundation._process.interrupts import (
    INTERRUPTED,
    accounts,
    comes_from_handler,
    let_through,
)
from provide.foundation._process.patience import Patience

#: Seconds that a write may take to finish where the descriptor says that it would block; so many
#: calls wait in any ten seconds, all in all (`_process/patience.py`).
WRITE_TIMEOUT_S = 0.5
#: Bytes that are compared, to see whether the end of a file is the torn line that we left there.
_COMPARED_BYTES = 4096
#: A pipe takes a line of up to so many bytes whole, or not at all.
_PIPE_BUF = 4096
#: Seconds between two looks whether another thread has written its line.
_GLANCE_S = 0.001


class UnlinkedError(OSError):
    """Say that nobody could find what is written: the file has no name, and cannot have one."""


class _Entry:
    """Hold one line on its way out, and how far it has come."""

    # Defaults of the class: a line that comes through at once sets nothing but these three.
    lead = 0  # 1 where the data begins with the end of an older, torn line
    deadline: float | None = None
    settled = False  # counted, as written or as dropped
    lost = 0  # what a recovery record says

    def __init__(self, index: int, data: bytes, written: int) -> None:
        self.index = index
        self.data = data
        self.taken = [written]  # bytes, one item for each write


class DescriptorWriter:
    """Write lines to one descriptor, complete what is torn, count what is lost.

    Any thread may write. Where the kernel takes every write whole (`atomic`) there is no lock and
    no queue, until something goes wrong; from then on, until a line has come through, the writer
    is `careful`.

    Args:
        fd: The descriptor.
        counts: Where lines are counted.
        timeout_s: Seconds to finish a write that would block.
        read_tail: Returns up to so many bytes from the end of the file; None where it cannot.
        check: Called before a line that has met a fault: sees to it that the descriptor is ours.
        patience: What several writers of one output share; `None`: this one has its own.
    """

    def __init__(
        self,
        fd: int,
        counts: Counts,
        timeout_s: float = WRITE_TIMEOUT_S,
        read_tail: Callable[[int], bytes | None] | None = None,
        check: Callable[[], None] | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.fd = fd
        self.counts = counts
        self.timeout_s = timeout_s
        self.patience = patience or Patience(timeout_s)
        self.atomic = writes_whole(fd)
        self.careful = False
        #: Makes the record that is written once lines come through again, from how many did not.
        self.recovery_record: Callable[[int], bytes] | None = None
        self._read_tail = read_tail
        self._check = check
        self._unlinked = False
        self._on_fault: Callable[[bool], None] | None = None
        self._lock = LineLock(self._finish)
        self._moved = False  # to another number, for good
        self._torn = False
        self._lost = 0
        self._recovering = False
        self._unreported = False
        WRITERS.add(self)

    @property
    def lock(self) -> LineLock[_Entry]:
        """Held by whoever writes a line in more than one part."""
        return self._lock

    @property
    def on_fault(self) -> Callable[[bool], None] | None:
        """Told with True to hand every line to `recover`, and with False that it need not."""
        return self._on_fault

    @on_fault.setter
    def on_fault(self, listener: Callable[[bool], None] | None) -> None:
        self._on_fault = listener
        if listener is not None and (self.careful or self._moved):
            listener(True)

    def write(self, index: int, data: bytes) -> None:
        """Write one line, in one system call if the kernel takes it whole, or count it."""
        written = 0
        if self.atomic and not self.careful:
            try:
                written = os.write(self.fd, data)
            except Exception as error:
                if comes_from_handler(error):  # such a write is whole before a handler runs
                    self.counts.written[index].count += 1
                    self.counts.written[index].bytes += len(data)
                    raise
                if not isinstance(error, OSError):
                    raise
                written = 0  # tried again below, and counted there
            if written == len(data):
                counter = self.counts.written[index]
                counter.count += 1
                counter.bytes += written
                return
        if self._lock.run(_Entry(index, data, written)) and self._unreported:
            self._report()

    def recover(self, index: int, data: bytes, written: int) -> None:
        """Finish a line of which the kernel took only `written` bytes, or count it as lost."""
        if self._lock.run(_Entry(index, data, written)) and self._unreported:
            self._report()

    def flush(self) -> None:
        """Finish what an interrupt may have left, unless its reader is stuck."""
        if not self._lock.is_idle() and wait_writable(self.fd, self.timeout_s):
            self._lock.run()

    def drain(self, deadline: float) -> bool:
        """Wait until what waits here is with the kernel or counted; False: the time is up.

        A line that a signal handler has left to the call that it interrupted waits for that call.
        """
        for entry in self._lock.waiting():
            while not entry.settled:
                remaining = deadline - time.monotonic()
                if remaining <= 0 or self._lock.is_mine():
                    return False
                if not self._lock.is_idle() and wait_writable(self.fd, remaining):
                    self._lock.run()
                elif not entry.settled:
                    time.sleep(_GLANCE_S)  # another thread is at it
        return True

    def be_careful(self) -> None:
        """Look at the end of the file before the next line: it may be torn."""
        self.careful = True
        if self._on_fault is not None:
            self._on_fault(True)

    def move_to(self, fd: int) -> None:
        """Write to another number from now on: the present one belongs to somebody else."""
        self._moved = True
        self.be_careful()
        self.fd = fd

    def mark_unlinked(self, unlinked: bool) -> None:
        """Drop the lines that come while the file has no name and no other can be opened."""
        if unlinked:
            self._unlinked = True
            self.be_careful()
        else:
            self._unlinked = False

    def renew(self) -> None:
        """Leave to the parent, in a forked child, its locks and the lines that it has begun."""
        self._lock.renew()
        self._torn = self._recovering = self._unreported = False
        self._lost = 0

    def _report(self) -> None:
        # Not under the lock: the report may run code of the user's.
        self._unreported = False
        report_dropped(self.counts)

    def _finish(self, entry: _Entry) -> None:
        if entry.settled:  # an interrupt came right after the count
            return
        error: Exception | None
        try:
            error = self._push(entry)
        except Exception as failure:  # a log call never raises: out of memory, for instance
            let_through()  # the next call goes on with this entry
            error = failure
        if error is None:
            counter, size = self.counts.written[entry.index], len(entry.data)
            # Nothing that could be interrupted stands between these three.
            counter.count += 1
            counter.bytes += size
            entry.settled = True
            self._torn = False
            if self.careful:
                self._write_recovery_record(entry)
        else:
            self._give_up(entry, error)

    def _push(self, entry: _Entry) -> OSError | None:
        if self._check is not None:
            self._check()
        if self._unlinked:
            return UnlinkedError(ENOENT, "the file has been removed, and cannot be made anew")
        sent = 0
        if self.careful or self._torn or entry.taken != [0]:
            sent = self._resume(entry)
        size = len(entry.data)
        if (
            size > _PIPE_BUF
            and not sent
            and not self.patience.left()
            and not has_room(self.fd, size)
        ):
            return BlockingIOError(EAGAIN, "the reader has been waited for long enough")
        while sent < size:
            rest = memoryview(entry.data)[sent:] if sent else entry.data
            try:
                # From C into the list: a signal handler that raises could otherwise come between
                # the write and the assignment, and nobody would know what has been written.
                entry.taken.extend(map(os.write, (self.fd,), (rest,)))
            except BlockingIOError as error:
                let_through()
                if not self._wait(entry, sent):
                    return error
                continue
            except OSError as error:
                let_through()
                return error
            if not entry.taken[-1]:
                return OSError(EIO, "nothing was written")
            sent = sum(entry.taken)
        return None

    def _resume(self, entry: _Entry) -> int:
        """Return how much of the entry is written already; begin it after a line end."""
        sent = sum(entry.taken)
        if 0 < sent < len(entry.data) and self._read_tail is not None:
            length = min(sent, _COMPARED_BYTES)
            tail = self._read_tail(length)
            if tail is not None and tail != entry.data[sent - length : sent]:
                sent, entry.taken = 0, [0]  # someone has written after it: it cannot be completed
                self._torn = True
        if not sent and not entry.lead and self._is_torn():
            entry.data, entry.lead = b"\n" + entry.data, 1
        return sent

    def _is_torn(self) -> bool:
        """Say whether the last line has no end; in a file it may be another process's line."""
        if self._read_tail is not None and (self.careful or self._torn):
            tail = self._read_tail(1)
            if tail is not None:
                return tail not in (b"", b"\n")
        return self._torn

    def _wait(self, entry: _Entry, sent: int) -> bool:
        now = time.monotonic()
        if entry.deadline is None:
            # One line in a row may wait: a reader that is stuck must not stop the service.
            patient = sent > entry.lead or not self.careful
            entry.deadline = now + (self.timeout_s if patient else 0.0)
        remaining = min(entry.deadline - now, self.patience.left())
        if remaining <= 0:
            return False
        try:
            return wait_writable(self.fd, remaining)
        finally:
            self.patience.spend(now)

    def _give_up(self, entry: _Entry, error: Exception) -> None:
        entry.settled = True
        sent = sum(entry.taken)
        if sent:
            self._torn = sent > entry.lead
        self.be_careful()
        if entry.lost:
            self._recovering = False
            return
        self.counts.drop(drop_reason(error), error, entry.index)
        self._lost += entry.index != OWN_RECORD
        self._unreported = True

    def _write_recovery_record(self, entry: _Entry) -> None:
        """Say how many lines were lost, once one has come through; then all is well again."""
        if entry.lost:
            self._lost -= entry.lost
            self._recovering = False
        if self._recovering:
            return
        if self._lost and self.recovery_record is not None:
            try:
                record = _Entry(OWN_RECORD, self.recovery_record(self._lost), 0)
            except Exception as error:  # a log call never raises: out of memory, for instance
                self.counts.drop("", error, OWN_RECORD)
            else:
                record.lost, self._recovering = self._lost, True
                self._lock.add(record)
            return
        self._lost = 0
        if self._unlinked:  # since this line was written
            return
        self.careful = False
        if self._on_fault is not None and not self._moved:
            self._on_fault(False)


#: Every live writer, so that a forked child can renew their locks.
WRITERS: weakref.WeakSet[DescriptorWriter] = weakref.WeakSet()


def _renew_locks() -> None:
    """Give a forked child locks that none of its vanished siblings holds."""
    for writer in tuple(WRITERS):
        writer.renew()


renew_after_fork(_renew_locks)


def writes_whole(fd: int) -> bool:
    """Say whether the kernel takes each write whole: regular files and /dev/null do."""
    try:
        mode = os.fstat(fd).st_mode
        return stat.S_ISREG(mode) or (stat.S_ISCHR(mode) and not os.isatty(fd))
    except OSError:
        return False


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


def drop_reason(error: BaseException) -> str:
    """Return the short name under which a failed write is counted, such as ``enospc``."""
    if isinstance(error, UnlinkedError):
        return "unlinked"
    if isinstance(error, OSError) and error.errno is not None:
        if error.errno == EAGAIN:
            return "would_block"
        return errorcode.get(error.errno, "oserror").lower()
    return type(error).__name__.lower()


@accounts
def drop_or_raise(
    counts: Counts, error: BaseException, index: int, reason: str | None = None
) -> None:
    """Count a line that an error has cost; what a signal handler has raised goes on."""
    if comes_from_handler(error):
        counts.drop(INTERRUPTED, None, index)
        raise error
    counts.drop(reason or drop_reason(error), error, index)


def report_dropped(counts: Counts) -> None:
    """Say on stderr, once in a while, that an output drops lines; of stderr it cannot be said."""
    if counts.name != "stderr":
        DIAGNOSTICS.report(
            f"dropped:{counts.name}",
            "lines were dropped",
            {"output": counts.name, "dropped": counts.dropped, "error": counts.last_error},
        )
