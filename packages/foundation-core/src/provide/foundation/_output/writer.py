"""Bytes to a file descriptor, one write(2) a line, each of them counted as written or dropped.

`DescriptorWriter` completes what the kernel took only in part, or closes it off as a line of its
own, and waits a bounded time for a descriptor that would block.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable
from errno import EAGAIN, EIO, ENOENT

from provide.foundation._diagnostics.losses import UnlinkedError, drop_reason, report_dropped
from provide.foundation._diagnostics.stats import OWN_RECORD, Counts
from provide.foundation._output.descriptor import has_room, wait_writable, writes_whole
from provide.foundation._output.reentrancy import LineLock
from provide.foundation._output.torn import Entry, LastLine
from provide.foundation._process.forks import renew_after_fork
from provide.foundation._process.interrupts import comes_from_handler, let_through, raise_accounted
from provide.foundation._process.patience import Patience

#: Seconds that a write may take to finish where the descriptor says that it would block; so many
#: calls wait in any ten seconds, all in all (`_process/patience.py`).
WRITE_TIMEOUT_S = 0.5
#: A pipe takes a line of up to so many bytes whole, or not at all.
PIPE_BUF = 4096
#: Seconds between two looks whether another thread has written its line.
GLANCE_S = 0.001


class DescriptorWriter:
    """Write lines to one descriptor, complete what is torn, count what is lost.

    Any thread may write. Where the kernel takes every write whole (`atomic`) there is no lock and
    no queue, until something goes wrong; then it is `careful`, until a line has come through.

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
        self._last_line = LastLine(read_tail)
        self._check = check
        self._unlinked = False
        self._on_fault: Callable[[bool], None] | None = None
        self._lock = LineLock(self._finish)
        self._moved = False  # to another number, for good
        self._lost = 0
        self._recovering = self._unreported = False
        WRITERS.add(self)

    @property
    def lock(self) -> LineLock[Entry]:
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
        written, size = 0, len(data)  # no call, where a handler could run, follows the write
        if self.atomic and not self.careful:
            try:
                written = os.write(self.fd, data)
            except BaseException as error:
                # Such a write is whole before a handler runs. What is no `Exception` can only be a
                # handler's: KeyboardInterrupt has no frame in its traceback that tells.
                if not isinstance(error, Exception) or comes_from_handler(error):
                    counter = self.counts.written[index]
                    counter.count += 1
                    counter.bytes += size
                    raise_accounted(error)
                if not isinstance(error, OSError):
                    raise
                written = 0  # tried again below, and counted there
            if written == size:
                counter = self.counts.written[index]
                counter.count += 1
                counter.bytes += written
                return
        entry = Entry(index, data, written)
        try:
            if self._lock.run(entry) and self._unreported:
                self._report()
        except Exception as error:
            if entry.settled or entry in self._lock.waiting():  # the next call goes on with it
                raise_accounted(error)
            raise

    def recover(self, index: int, data: bytes, written: int) -> None:
        """Finish a line of which the kernel took only `written` bytes, or count it as lost."""
        self.finish_queued(Entry(index, data, written))

    def finish_queued(self, entry: Entry | None = None) -> None:
        """Finish what a compiled lane has queued: a line of which the kernel took a part."""
        if self._lock.run(entry) and self._unreported:
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
                    time.sleep(GLANCE_S)  # another thread is at it
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
        self._last_line.torn = self._recovering = self._unreported = False
        self._lost = 0

    def _report(self) -> None:
        # Not under the lock: the report may run code of the user's.
        self._unreported = False
        report_dropped(self.counts)

    def _finish(self, entry: Entry) -> None:
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
            self._last_line.torn = False
            if self.careful:
                self._write_recovery_record(entry)
        else:
            self._give_up(entry, error)

    def _push(self, entry: Entry) -> OSError | None:
        if self._check is not None:
            self._check()
        if self._unlinked:
            return UnlinkedError(ENOENT, "the file has been removed, and cannot be made anew")
        sent = 0
        if self.careful or self._last_line.torn or entry.taken != [0]:
            sent = self._last_line.resume(entry, self.careful)
        size = len(entry.data)
        if (
            size > PIPE_BUF
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

    def _wait(self, entry: Entry, sent: int) -> bool:
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

    def _give_up(self, entry: Entry, error: Exception) -> None:
        entry.settled = True
        sent = sum(entry.taken)
        if sent:
            self._last_line.torn = sent > entry.lead
        self.be_careful()
        if entry.lost:
            self._recovering = False
            return
        self.counts.drop(drop_reason(error), error, entry.index)
        self._lost += entry.index < OWN_RECORD
        self._unreported = True

    def _write_recovery_record(self, entry: Entry) -> None:
        """Say how many lines were lost, once one has come through; then all is well again."""
        if entry.lost:
            self._lost -= entry.lost
            self._recovering = False
        if self._recovering:
            return
        if self._lost and self.recovery_record is not None:
            try:
                record = Entry(OWN_RECORD, self.recovery_record(self._lost), 0)
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
