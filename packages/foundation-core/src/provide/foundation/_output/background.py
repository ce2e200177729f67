"""Background delivery: calls queue their lines, a thread writes them.

A line is rendered in its call and is final. The queue holds its bytes, so no change that
the caller makes afterwards can show in it. `LINGER_S` and the bounds of the queue say what a killed
process can lose: no more lines than the queue holds, and none that is older than
`LINGER_S` and the writes ahead of it.
"""

from __future__ import annotations

import os
import sys
import weakref
from _thread import start_new_thread
from collections.abc import Sequence
from itertools import islice
from math import inf
from sys import is_finalizing
from threading import Lock, get_ident
from time import monotonic, sleep
from typing import Any

from provide.foundation._output.descriptor import report_dropped
from provide.foundation._output.queue import Entry, LineQueue
from provide.foundation._output.sink import FileSink, Sink
from provide.foundation._process.forks import make_mark, notice_fork, renew_after_fork

#: Seconds that the thread waits for more lines, once one has woken it.
LINGER_S = 0.001
#: Lines that are taken off the queue at once.
_MOST_LINES = 4096
#: Bytes of one write, unless one line has more: other processes' lines wait for it.
_MOST_BYTES = 1024 * 1024
#: Seconds between two looks whether the file has been moved.
_LOOK_S = 1.0
#: Seconds that a stop waits for a moment without a line.
_ORDER_S = 0.2


class BackgroundSink(Sink):
    """Write to another sink in a thread of its own.

    The thread starts with the first line, in each process anew, and does not keep a process alive;
    `stop` empties the queue.

    Args:
        inner: The sink that writes.
        policy: What a line does that finds the queue full: ``block``, ``drop_oldest`` or
            ``drop_newest``.
        most_lines: How many lines are taken and not yet written at most.
        most_bytes: The same in bytes.
        wait_s: Seconds that ``block`` waits.
        drain_timeout_s: Seconds that `flush` and `stop` wait for the queue.
    """

    def __init__(
        self,
        inner: Sink,
        *,
        policy: str,
        most_lines: int,
        most_bytes: int,
        wait_s: float,
        drain_timeout_s: float,
    ) -> None:
        self._inner = inner
        self.counts = inner.counts
        self._drain_timeout_s = drain_timeout_s
        self._wait_s = wait_s
        if inner.patience is not None:
            inner.patience.budget_s = inf  # the thread may wait all day
        # What is being written cannot make room for newer lines.
        share = 4 if policy == "drop_oldest" else 1
        self._most_lines = max(1, min(_MOST_LINES, most_lines // share))
        self.queue = LineQueue(
            inner.counts,
            policy=policy,
            most_lines=most_lines,
            most_bytes=most_bytes,
            wait_s=wait_s,
            wake=self._wake,
            deliver=inner.deliver,
        )
        self._is_file = isinstance(inner, FileSink)
        if self._is_file:
            self.deliver = self.queue.put  # type: ignore[assignment, method-assign]
        self.counts.queue_depth = self.queue.depth
        self._next_look = 0.0
        self._mark = make_mark()
        self._begin()
        _SINKS.add(self)

    def _begin(self) -> None:
        self._bell = Lock()  # rung by a release; the thread waits to acquire it
        self._bell.acquire()
        self._is_running = False
        self._is_stopping = False
        self._batch: Sequence[Entry] = ()
        self._done = 0  # so many of the batch are settled, or on their way for good

    def renew(self) -> None:
        """Begin without a thread and without lines, as a forked child has to."""
        self.queue.renew()
        self._begin()

    @property
    def destination(self) -> Sink:
        """The sink that writes."""
        return self._inner

    def deliver(self, index: int, data: bytes) -> int | None:
        """Queue one line and return its size; `None`: it is dropped, or written, and counted."""
        if get_ident() == self.queue.writer_ident:
            # A stream or a callable that logs would feed itself for ever. The inner sink knows.
            return self._inner.deliver(index, data)
        return self.queue.put(index, data)

    def follow(self) -> None:
        """Leave it to the thread, while there is one: no call waits for a file system."""
        if self.queue.is_shut:
            self._inner.follow()

    def drain(self, deadline: float) -> bool:
        """Wait until the lines taken so far are with the kernel, or counted as dropped."""
        return self.queue.wait_settled(deadline) and self._inner.drain(deadline)

    def flush(self) -> None:
        """Wait until the lines that are queued now have been written, or the time is up."""
        self.queue.wait_settled(monotonic() + self._drain_timeout_s)
        self._inner.flush()

    def stop(self) -> None:
        """Write what is queued; then let each call write its own line.

        Lines that cannot be written in `drain_timeout_s` are counted as dropped.
        """
        notice_fork()
        deadline = monotonic() + self._drain_timeout_s
        if not self.queue.is_shut:
            self.queue.wait_settled(deadline)
            # Threads that go on logging may never leave it empty. Then a few of their lines
            # overtake what is queued.
            patience = min(deadline, monotonic() + _ORDER_S)
            while not self.queue.shut(only_if_idle=True):
                if monotonic() >= patience or not self.queue.wait_settled(patience):
                    self.queue.shut()
                    break
        self._is_stopping = True
        if self._inner.patience is not None:
            self._inner.patience.budget_s = self._wait_s  # calls write their own lines from now on
        if self.queue.depth()[0]:
            self.queue.wait_settled(deadline)
            self._abandon()
        if self._is_running:
            self._ring()
        while self._is_running and monotonic() < deadline and not self._is_own_thread():
            sleep(0.0005)
        self._inner.stop()

    def close(self) -> None:
        """Stop, and close the inner sink; a call that is under way writes its line itself."""
        self.stop()
        if self.counts.queue_depth is self.queue.depth:
            self.counts.queue_depth = None
        self._inner.close()

    def _is_own_thread(self) -> bool:
        return get_ident() == self.queue.writer_ident

    def _ring(self) -> None:
        try:
            self._bell.release()
        except RuntimeError:  # rung already
            return

    def _wake(self) -> None:
        notice_fork()
        if self._is_running:
            self._ring()
            return
        if is_finalizing():  # before CPython 3.12 a thread could be had that never runs
            self.queue.shut()
            self._write_here()
            return
        self._is_running = True
        started: list[int] = []
        try:
            # Without the locks of threading.Thread: this may be a signal handler's line, and the
            # thread that it has interrupted may hold them. From C into the list: it has every
            # thread that was started, whatever interrupts.
            started.extend(map(start_new_thread, (self._work,), ((self._bell,),)))
        except RecursionError:  # no stack for the call, which says nothing of threads
            raise
        except (RuntimeError, MemoryError):  # none to be had, or the interpreter is ending
            self.queue.shut()
            self._is_running = False
            self._write_here()
        finally:
            if not started:
                self._is_running = False
        if started:
            _end_with_process()

    def _write_here(self) -> None:
        """Write what is queued in this call; any number of calls may do so at once."""
        lines = self.queue.lines
        try:
            while True:
                index, data = lines.popleft()
                self._inner.deliver(index, data)
                self.queue.settle(1, len(data))
        except IndexError:
            return

    def _work(self, bell: Any) -> None:
        """Be the thread; one that ends for want of memory leaves room for another."""
        try:
            self._write_all(bell)
        except MemoryError:
            if self._bell is bell:
                self.queue.writer_ident = 0
                self._is_running = False
                self.queue.set_asleep(True)

    def _write_all(self, bell: Any) -> None:
        """Write whatever comes, until the sink stops."""
        queue = self.queue
        queue.writer_ident = get_ident()
        while self._bell is bell:  # else a callable of the user's has forked, and this is the child
            if not queue.lines:
                queue.set_asleep(True)
                if self._is_stopping:
                    queue.writer_ident = 0
                    self._is_running = False
                    return
                if not queue.lines:  # else one came before it could see that this thread sleeps
                    bell.acquire()
                queue.set_asleep(False)
                if not self._is_stopping:
                    bell.acquire(True, LINGER_S)  # a bell that rings again asks for haste
            self._write_some()

    def _write_some(self) -> None:
        """Write a batch of lines; whatever happens, each is written or counted as dropped."""
        try:
            if monotonic() >= self._next_look:
                self._next_look = monotonic() + _LOOK_S
                self._inner.follow()
            batch: list[Entry] = []
            self._done, self._batch = 0, batch
            # From C into the list: it has every line that was taken. Another thread
            # may have taken the rest (IndexError).
            lines = self.queue.lines
            number = min(len(lines), self._most_lines)
            batch.extend(islice(iter(lines.popleft, None), number))
        except IndexError:
            pass
        except BaseException as error:
            self._lose(error)
            return
        try:
            if self._is_file:
                self._write_together(batch, 0, len(batch))
            else:
                self._write_apart(batch, 0, len(batch))
        except BaseException as error:  # never silent: also what a callable of the user's raises
            self._lose(error)
        self._batch = ()
        if self.queue.unreported:
            self.queue.unreported = False
            report_dropped(self.counts)

    def _write_together(self, batch: Sequence[Entry], start: int, end: int) -> None:
        """Write lines with one system call, unless they are too many bytes for one."""
        if start == end:
            return
        try:
            indexes, lines = zip(*batch[start:end], strict=True)
            data = b"".join(lines)
        except MemoryError:  # for all of them at once
            self._write_apart(batch, start, end)
            return
        size = len(data)
        if size > _MOST_BYTES and end - start > 1:
            middle = (start + end) // 2
            self._write_together(batch, start, middle)
            self._write_together(batch, middle, end)
            return
        assert isinstance(self._inner, FileSink)
        self._inner.check()
        self._inner.measure()
        writer = self._inner.writer
        written = 0
        if writer.atomic and not writer.careful:
            try:
                written = os.write(writer.fd, data)
            except OSError:
                written = 0  # tried again below, and counted there
        if self._batch is not batch:  # given up meanwhile, and counted
            return
        if written < size:
            self._write_apart(batch, start, end, written)
            return
        self._done = end
        counters = self.counts.written
        for index in set(indexes):
            counters[index].count += indexes.count(index)
        counters[indexes[0]].bytes += size
        self.queue.settle(end - start, size)

    def _write_apart(self, batch: Sequence[Entry], start: int, end: int, written: int = 0) -> None:
        """Write lines one by one, the first `written` bytes of which are written already."""
        for place in range(start, end):
            if not self._mark[0]:  # a callable of the user's has forked, and this is the child
                notice_fork()
            if self._batch is not batch:
                return
            self._done = place + 1
            index, data = batch[place]
            size = len(data)
            try:
                if written >= size:
                    written -= size
                    self.counts.written[index].count += 1
                    self.counts.written[index].bytes += size
                elif written:
                    part, written = written, 0
                    assert isinstance(self._inner, FileSink)
                    self._inner.writer.recover(index, data, part)
                else:
                    self._inner.deliver(index, data)
            except BaseException as error:
                self.counts.drop(type(error).__name__.lower(), error, index)
            self.queue.settle(1, size)

    def _lose(self, error: BaseException) -> None:
        """Count what is left of the batch as dropped, because of an error of our own."""
        self._drop(self._take_batch(), "internal", error)

    def _abandon(self) -> None:
        """Count as dropped what could not be written in time, but for a line on its way."""
        left = list(self._take_batch())
        lines = self.queue.lines
        try:
            while True:
                left.append(lines.popleft())
        except IndexError:
            self._drop(left, "exit", None)

    def _take_batch(self) -> Sequence[Entry]:
        batch, done, self._batch = self._batch, self._done, ()
        return batch[done:]

    def _drop(self, entries: Sequence[Entry], reason: str, error: BaseException | None) -> None:
        for index, data in entries:
            self.counts.drop(reason, error, index)
            self.queue.settle(1, len(data))


# What waits in a parent is the parent's; a thread does not survive a fork.
_SINKS: weakref.WeakSet[BackgroundSink] = weakref.WeakSet()
_PROCESSES: set[int] = set()


def _renew_all() -> None:
    for sink in tuple(_SINKS):
        sink.renew()


def _stop_all() -> None:
    for sink in tuple(_SINKS):
        sink.stop()


def _end_with_process() -> None:
    """See to it that a process of multiprocessing, which ends without atexit, drains as well."""
    util: Any = sys.modules.get("multiprocessing.util")
    if util is not None and os.getpid() not in _PROCESSES:
        _PROCESSES.clear()
        _PROCESSES.add(os.getpid())
        util.Finalize(None, _stop_all, exitpriority=0)


renew_after_fork(_renew_all)
