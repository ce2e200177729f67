"""Lines on their way to the collector: a bounded queue, and the thread that empties it.

A log call puts one object on the queue and returns; whatever the collector does, it never waits.
Every line that comes in is counted once, as written or as dropped by reason, under the output
``otlp`` of `provide.foundation.stats`:

    queue_full     it found no place.
    export_failed  the collector did not take its batch in time.
    too_large      it has, by itself, more bytes than the collector takes in a request.
    exit           it was still waiting at the end of the time that the exit has.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from sys import is_finalizing
from time import monotonic, sleep
from typing import Any

from provide.foundation import OtlpConfig
from provide.foundation.extension import (
    COUNTERS,
    DIAGNOSTICS,
    LEVEL_INDEX,
    TRACE,
    Bell,
    call_holding,
    make_mark,
    notice_fork,
    parse_level,
    renew_after_fork,
)
from provide.foundation.otel.counts import OTLP_OUTPUT
from provide.foundation.otel.environment import milliseconds, number
from provide.foundation.otel.lines import Entry, LineReader, Record
from provide.foundation.otel.log_adapter import Destination, Outcome, make_destination

_QUEUE_SIZE = 65_536
_BATCH_SIZE = 512
_DELAY_S = 1.0
# How often a queue that fills is looked at: it takes a burst of a million lines a second.
_LOOK_S = 0.05
# How often a flush looks whether all is done.
_GLANCE_S = 0.002
# Three quarters of what a gRPC server takes unless it is told otherwise; a record takes a little
# more on the wire than its line.
_REQUEST_BYTES = 3 << 20
_REASONS = {Outcome.REFUSED: "export_failed", Outcome.TOO_LARGE: "too_large"}
_get_ident = threading.get_ident
#: Identifiers of the threads that export, whichever set-up they are of.
_OWN_THREADS: set[int] = set()


class Export:
    """Take lines from any thread and export them in batches from one of its own.

    Args:
        make: Makes the destination; called in the thread that exports.
        reader: Makes what takes lines apart; called there, too.
        level: The lowest level that is exported.
        queue_size: How many lines may wait.
        batch_size: How many lines go at once.
        delay_s: How many seconds a line waits for others.
        exit_timeout_s: How many seconds `stop` may take.
    """

    def __init__(
        self,
        make: Callable[[], Destination],
        *,
        reader: Callable[[], LineReader],
        level: int,
        queue_size: int,
        batch_size: int,
        delay_s: float,
        exit_timeout_s: float,
    ) -> None:
        self._make = make
        self._make_reader = reader
        self._level = level
        self._queue_size = queue_size
        self._batch_size = min(batch_size, queue_size)
        self._delay_s = delay_s
        self._exit_timeout_s = exit_timeout_s
        # Less once a collector has said that it takes less.
        self._request_bytes = _REQUEST_BYTES
        self.queue: deque[Entry] = deque()
        # How many lines have been exported or dropped since the process began.
        self._settled = 0
        self._mark = make_mark()
        self._begin()

    def _begin(self) -> None:
        """Start from nothing, as in a child after a fork."""
        self.queue.clear()
        # Held for a moment by the thread and by `stop`; a log call tries, and never waits.
        self._lock = threading.Lock()
        self._waker = threading.Lock()
        self._bell = Bell()
        self._idle = Bell()
        self._thread: threading.Thread | None = None
        self._in_flight: list[Entry] | None = None
        self._stopping = False
        # How many `flush` are waiting: then no line waits for others.
        self._flushes = 0
        #: Whether somebody has to wake the thread, or start it.
        self._asleep = True

    def __call__(
        self,
        level: int,
        seconds: float,
        logger_name: str,
        event: str,
        fields: Mapping[str, Any],
        members: bytes,
        details: Mapping[str, Any] | None,
    ) -> None:
        """Put one line on the queue, or drop and count it; it takes half a microsecond."""
        # What the exporter itself logs would be exported, and logged about, for ever.
        if level < self._level or _get_ident() in _OWN_THREADS:
            return
        if not self._mark[0]:  # a forked child that nobody has told of it
            notice_fork()
        queue = self.queue
        if len(queue) >= self._queue_size:
            COUNTERS.counts(OTLP_OUTPUT).drop("queue_full")
            return
        if details is not None:  # a traceback would keep the frames' variables alive
            details = {key: value for key, value in details.items() if key != "exc_info"}
        queue.append((level, seconds, logger_name, event, fields, members, details))
        if self._asleep:
            self._wake()

    def export_line(self, level: int, line: bytes) -> None:
        """Put one line in JSON on the queue, or drop and count it: half the price of the fields."""
        if level < self._level or _get_ident() in _OWN_THREADS:
            return
        if not self._mark[0]:
            notice_fork()
        queue = self.queue
        if len(queue) < self._queue_size:
            queue.append(line)
            if self._asleep:
                self._wake()
        else:
            COUNTERS.counts(OTLP_OUTPUT).drop("queue_full")

    def flush(self, timeout_s: float) -> bool:
        """Export what waits by now; False: it could not all be exported or dropped in time.

        Args:
            timeout_s: How many seconds it may take.
        """
        notice_fork()
        deadline = monotonic() + timeout_s
        if _get_ident() in _OWN_THREADS:
            return False
        # A signal handler may have interrupted whoever holds the lock: it does not wait for long.
        if not self._lock.acquire(timeout=max(timeout_s, 0.0)):
            return False
        target = self._settled + len(self.queue) + len(self._in_flight or ())
        self._lock.release()
        self._flushes += 1
        try:
            while self._settled < target:
                if monotonic() >= deadline:
                    return False
                self._wake()
                self._bell.ring()
                sleep(_GLANCE_S)
        finally:
            self._flushes -= 1
        return True

    def stop(self) -> None:
        """Export what waits, for as long as `exit_timeout_s`; then drop and count the rest.

        Lines that come later are exported again: the thread starts anew.
        """
        notice_fork()
        deadline = monotonic() + self._exit_timeout_s
        while self._has_lines():
            self._idle.wait(0)
            self._wake()
            self._stopping = True
            self._bell.ring()
            # It looks again, because the thread may have been idle at the wrong moment.
            self._idle.wait(min(max(deadline - monotonic(), 0.0), 0.1))
            if monotonic() >= deadline:
                break
        self._stopping = True
        self._bell.ring()
        self._abandon()
        thread = self._thread
        if thread is not None:
            thread.join(max(deadline - monotonic(), 0.05))

    def _has_lines(self) -> bool:
        # Under the lock: else a batch may be seen in neither place.
        return call_holding(self._lock, lambda: bool(self.queue) or self._in_flight is not None)

    def _take_in_flight(self) -> list[Entry]:
        left, self._in_flight = self._in_flight or [], None
        return left

    def _abandon(self) -> None:
        left = call_holding(self._lock, self._take_in_flight)
        while self.queue:
            left.append(self.queue.popleft())
        if left:
            _drop(len(left), "exit", None)
            self._settled += len(left)

    def _wake(self) -> None:
        # Another call that is here already, perhaps one that a signal handler has interrupted,
        # does the same.
        if not self._waker.acquire(blocking=False):
            return
        try:
            if self._thread is None:
                if is_finalizing():  # before CPython 3.12 its start would wait for ever
                    raise RuntimeError
                self._stopping = self._asleep = False
                self._bell.wait(0)
                self._thread = threading.Thread(
                    target=self._run, name="foundation-otlp", daemon=True
                )
                self._thread.start()
                self._end_with_process()
            else:
                self._bell.ring()
        except RuntimeError:  # the interpreter is ending and takes no new thread
            self._thread, self._asleep = None, True
            self._abandon()
        finally:
            self._waker.release()

    def _end_with_process(self) -> None:
        # A process of multiprocessing ends without atexit.
        util: Any = sys.modules.get("multiprocessing.util")
        if util is not None:
            util.Finalize(None, self.stop, exitpriority=0)

    def _run(self) -> None:
        _OWN_THREADS.add(_get_ident())
        destination: Destination | None = None
        reader = self._make_reader()
        while True:
            batch = self._next_batch()
            if batch is None:
                break
            try:
                parts = self._cut([reader.read(entry) for entry in batch])
            except Exception as failure:  # the export never stops for one batch: the thread goes on
                self._count_lost(batch, len(batch), "export_failed", failure)
                continue
            while parts:
                part = parts.pop()
                outcome, error = Outcome.REFUSED, None
                try:
                    if destination is None:
                        destination = self._make()
                    outcome = destination.export(part)
                except Exception as failure:  # the export outlives whatever an exporter raises
                    error = failure
                if outcome is Outcome.TOO_LARGE and len(part) > 1:
                    # Kept: the batches after this one are not sent in vain first.
                    self._request_bytes = sum(each.weight for each in part) // 2
                    later = [each for waiting in reversed(parts) for each in waiting]
                    parts = self._cut(part + later)
                elif outcome is Outcome.TAKEN:
                    if not self._count_taken(batch, part):
                        break
                elif not self._count_lost(batch, len(part), _REASONS[outcome], error):
                    break
        if destination is not None:
            try:
                destination.shutdown()
            except Exception:  # shut-down never raises: nobody is there to catch it
                COUNTERS.fault("otlp")
        _OWN_THREADS.discard(_get_ident())

    def _cut(self, records: list[Record]) -> list[list[Record]]:
        """Return a batch in parts that a request should hold, the last one first."""
        parts: list[list[Record]] = [[]]
        size = 0
        for record in records:
            if parts[-1] and size + record.weight > self._request_bytes:
                parts.append([])
                size = 0
            parts[-1].append(record)
            size += record.weight
        return parts[::-1]

    def _next_batch(self) -> list[Entry] | None:
        """Wait for a batch and return it, or None if the thread is to end."""
        queue = self.queue
        first = monotonic()
        while True:
            waiting = len(queue)
            if waiting >= self._batch_size or (
                waiting
                and (self._stopping or self._flushes or monotonic() - first >= self._delay_s)
            ):
                with self._lock:
                    batch = [queue.popleft() for _ in range(min(waiting, self._batch_size))]
                    self._in_flight = batch
                return batch
            if waiting:
                self._bell.wait(min(_LOOK_S, self._delay_s))
                continue
            self._idle.ring()
            if self._stopping:
                self._thread, self._asleep = None, True
                if not queue:
                    return None
                # A line came in between, and nobody may have been woken.
                self._thread, self._asleep = threading.current_thread(), False
                continue
            self._asleep = True
            if not queue:  # else a line came before it could be seen that this thread sleeps
                self._bell.wait()
            self._asleep = False
            self._bell.wait(0)
            first = monotonic()

    def _count_taken(self, batch: list[Entry], part: list[Record]) -> bool:
        """Count the first lines of a batch as exported; False: `stop` has given the batch up."""
        with self._lock:
            if self._in_flight is not batch:
                return False
            written = COUNTERS.counts(OTLP_OUTPUT).written
            for level, count in Counter(record.level for record in part).items():
                written[LEVEL_INDEX[level]].count += count
            self._remove(batch, len(part))
        self._say_losses(None)  # of lines that found no place meanwhile
        return True

    def _count_lost(
        self, batch: list[Entry], lines: int, reason: str, error: Exception | None
    ) -> bool:
        """Count the first lines of a batch as dropped; False: `stop` has done it."""
        with self._lock:
            if self._in_flight is not batch:
                return False
            _drop(lines, reason, error)
            self._remove(batch, lines)
        self._say_losses(error)
        return True

    def _remove(self, batch: list[Entry], lines: int) -> None:
        del batch[:lines]
        self._settled += lines
        if not batch:
            self._in_flight = None

    def _say_losses(self, error: Exception | None) -> None:
        dropped = COUNTERS.counts(OTLP_OUTPUT).dropped
        for reason, count in dropped.items():
            DIAGNOSTICS.report_once(
                f"otlp:{reason}",
                "OTLP export drops lines",
                {"reason": reason, "dropped": count, "error": str(error or "")},
            )


def start_export(
    constants: Mapping[str, Any], otlp: OtlpConfig, caller: Iterable[str] = ()
) -> Export:
    """Return the export that a configuration asks for; its thread starts with the first line.

    Args:
        constants: What all lines have alike, as `gather_constants` returns it.
        otlp: The rest.
        caller: The names of what lines say of their thread and task.

    Raises:
        ConfigurationError: The exporter is not installed, or something that it needs is wrong.
    """
    delay_s = otlp.delay_s or milliseconds("OTEL_BLRP_SCHEDULE_DELAY") or _DELAY_S
    export = Export(
        make_destination(constants, otlp),
        reader=partial(LineReader, tuple(constants), tuple(caller)),
        level=TRACE if otlp.level is None else parse_level(otlp.level, "otlp.level"),
        queue_size=otlp.queue_size or number("OTEL_BLRP_MAX_QUEUE_SIZE", 1) or _QUEUE_SIZE,
        batch_size=otlp.batch_size or number("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", 1) or _BATCH_SIZE,
        delay_s=delay_s,
        exit_timeout_s=otlp.exit_timeout_s,
    )
    _EXPORTS.add(export)
    return export


def _drop(lines: int, reason: str, error: Exception | None) -> None:
    counts = COUNTERS.counts(OTLP_OUTPUT)
    for _ in range(lines):
        counts.drop(reason, error)


def _begin_in_child() -> None:
    _OWN_THREADS.clear()
    for export in list(_EXPORTS):
        export._begin()


# What waits in a parent is the parent's; a thread does not survive a fork.
_EXPORTS: weakref.WeakSet[Export] = weakref.WeakSet()
renew_after_fork(_begin_in_child)
