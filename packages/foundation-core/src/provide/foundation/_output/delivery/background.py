"""Background delivery: calls queue their lines, a thread writes them.

A line is rendered in its call and is final. The queue holds its bytes, so no change that
the caller makes afterwards can show in it. `LINGER_S` and the bounds of the queue say what a killed
process can lose: no more lines than the queue holds, and none that is older than
`LINGER_S` and the writes ahead of it.

The thread is woken once for many lines: it gathers what comes within `LINGER_S`, and while lines
come one after the other it gathers on without going to sleep. A line of an error, or a call that
waits, ends that at once.
"""

from __future__ import annotations

import os
import sys
import weakref
from _thread import start_new_thread
from math import inf
from sys import is_finalizing
from threading import Lock, get_ident
from time import monotonic, sleep
from typing import Any, Protocol

from provide.foundation._output.delivery.batches import BatchWriter
from provide.foundation._output.delivery.overflow import Overflow
from provide.foundation._output.delivery.shared_queue import QUEUE
from provide.foundation._output.files.file import FileSink
from provide.foundation._output.output import Sink
from provide.foundation._process.forks import notice_fork, renew_after_fork

#: Seconds that a line waits for others at most, to be written with them.
LINGER_S = 0.005
#: With so many lines, or a batch of them, the thread waits for no more.
_ENOUGH = 64
#: Seconds that a stop waits for a moment without a line.
_ORDER_S = 0.2


class Batches(Protocol):
    """Take lines off a queue, and settle each."""

    most_lines: int

    def renew(self) -> None:
        """Begin without lines, as a forked child has to."""

    def wake(self) -> None:
        """Know that the lines that are queued now have come just now."""

    def write_here(self) -> None:
        """Settle what is queued in this call: there is no thread."""

    def write_some(self) -> int:
        """Settle a batch of lines, and return how many there were."""

    def abandon(self) -> None:
        """Count as dropped what could not be written in time."""


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
        self.queue = QUEUE(
            inner.counts,
            most_lines=most_lines,
            most_bytes=most_bytes,
            refuse=Overflow(policy, wait_s, inner.deliver).find_room,
            wake=self._wake,
        )
        # What is being written cannot make room for newer lines.
        share = 4 if policy == "drop_oldest" else 1
        self._batches = self._make_writer(max(1, most_lines // share), max(1, most_bytes // share))
        self._enough = min(_ENOUGH, self._batches.most_lines)
        if isinstance(inner, FileSink):
            self.deliver = self.queue.put  # type: ignore[assignment, method-assign]
        self.counts.queue_depth = self.queue.depth
        self._begin()
        _SINKS.add(self)

    def _make_writer(self, most_lines: int, most_bytes: int) -> Batches:
        """Return what takes lines off the queue, so many at once at most."""
        return BatchWriter(self._inner, self.queue, most_lines)

    def _begin(self) -> None:
        self._bell = Lock()  # rung by a release; the thread waits to acquire it
        self._bell.acquire()
        self._desk = Lock()  # held by the thread that is at work
        self._is_running = False
        self._is_stopping = False

    def renew(self) -> None:
        """Begin without a thread and without lines, as a forked child has to."""
        self.queue.renew()
        self._batches.renew()
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
            self._batches.abandon()
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
        is_ending = is_finalizing()
        if self._is_running:
            self._ring()
            return
        self._is_running = not is_ending  # no call since the look, so no other thread either
        if is_ending:  # before CPython 3.12 a thread could be had that never runs
            self._do_without()
            return
        started: list[int] = []
        try:
            # Without the locks of threading.Thread: this may be a signal handler's line, and the
            # thread that it has interrupted may hold them. From C into the list: it has every
            # thread that was started, whatever interrupts.
            started.extend(map(start_new_thread, (self._work,), ((self._bell,),)))
        except RecursionError:  # no stack for the call, which says nothing of threads
            raise
        except (RuntimeError, MemoryError):  # none to be had, or the interpreter is ending
            self._is_running = False
            self._do_without()
        finally:
            if not started:
                self._is_running = False
        if started:
            _end_with_process()

    def _do_without(self) -> None:
        """Let calls write their own lines: no thread can be had."""
        self.queue.shut()
        self._batches.write_here()

    def _work(self, bell: Any) -> None:
        """Be the thread; one that ends for want of memory leaves room for another."""
        desk = self._desk
        if not desk.acquire(False):  # two calls have started one each: that one is at work
            return
        try:
            self._write_all(bell, desk)
        except MemoryError:
            if self._bell is bell:
                self._leave(desk)
                self.queue.sleep()

    def _leave(self, desk: Any) -> None:
        self.queue.writer_ident = 0
        desk.release()  # first: whoever starts another thread must not have it find this one
        self._is_running = False

    def _write_all(self, bell: Any, desk: Any) -> None:
        """Write whatever comes, until the sink stops."""
        queue = self.queue
        queue.writer_ident = get_ident()
        self._batches.wake()
        written = 0
        while self._bell is bell:  # else a callable of the user's has forked, and this is the child
            # Several lines at once are a stream of them, and the next is near.
            if written < 2 and not queue.lines:
                queue.sleep()
                if self._is_stopping:
                    self._leave(desk)
                    return
                if not queue.lines:  # else one came before it could see that this thread sleeps
                    bell.acquire()
                self._batches.wake()
            is_urgent = queue.attend()
            self._gather(bell, is_urgent)
            written = self._batches.write_some()

    def _gather(self, bell: Any, is_urgent: bool) -> None:
        """Wait for lines that can be written together with those that are there."""
        if not (is_urgent or self._is_stopping or len(self.queue.lines) >= self._enough):
            bell.acquire(True, LINGER_S)  # a bell that rings again asks for haste


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
