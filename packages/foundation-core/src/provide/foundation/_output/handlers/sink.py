"""Lines to a `logging.Handler` of the user's: whatever it does, each line is counted once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.losses import drop_or_raise, drop_reason, report_dropped
from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._output.output import Sink
from provide.foundation._output.reentrancy import ReentryGate
from provide.foundation._process.interrupts import let_through
from provide.foundation._record.record import Record
from provide.foundation._record.values import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from logging import LogRecord

#: About what a record of `logging` takes in memory, besides its values.
_RECORD_BYTES = 2000


class HandlerSink(Sink):
    """Pass lines to a `logging.Handler`, so that syslog, sockets and HTTP come for free.

    It gets records as stdlib would make them, see `_output/handlers/records.py`. While the sink is
    in use, a handler without a formatter has ours, which gives the line as the output's format
    renders it.

    A handler tells nobody that it failed, but for a call of its `handleError`, so that method
    is ours, too.

    Args:
        handler: The `logging.Handler`.
        limits: Where the values of its records are cut.
        is_secret: Tells which keys inside of them are masked.
    """

    takes_records = True
    KIND = "a logging.Handler"

    def __init__(
        self,
        handler: Any,
        limits: Limits = DEFAULT_LIMITS,
        is_secret: Callable[[str], bool] | None = None,
    ) -> None:
        self.handler = handler
        # Here: a program has loaded logging once it has a handler.
        from provide.foundation._output.handlers.records import make_record

        self._make_record = partial(make_record, limits=limits, is_secret=is_secret)
        name = getattr(handler, "name", None) or type(handler).__name__
        self.counts = COUNTERS.counts(str(name), handler)
        self._gate = ReentryGate(self._hand_over, self._refuse)
        self._trap: _FailureTrap | None = self._take_handler()

    def deliver(self, index: int, data: bytes) -> None:
        """Refuse bytes: the pipeline calls `deliver_line`."""
        raise TypeError("a logging.Handler takes lines, not bytes")

    def deliver_line(self, index: int, line: Record, data: bytes) -> None:
        """Hand one line over, and count it as written unless the handler failed."""
        if line.level >= self.handler.level:
            self._gate.run(index, line, data)

    def takes_level(self, level: int) -> bool:
        """Say whether the handler takes lines of a level."""
        return bool(level >= self.handler.level)

    def keep(self, line: Record, data: bytes) -> tuple[Any, int]:
        """Return the handler's record, made now, but without an exception that holds frames."""
        record = self._make_record(line, data)
        record.exc_info = None
        return record, _RECORD_BYTES + 4 * len(data)

    def deliver_kept(self, index: int, data: bytes, kept: Any) -> None:
        """Hand over a record that was made earlier."""
        self._gate.run(index, kept, data)

    def drain(self, deadline: float) -> bool:
        """Let the handler pass on what it keeps back, which takes the time that it takes."""
        return self._flush_handler() and self._gate.is_idle()

    def flush(self) -> None:
        """Let the handler pass on what it keeps back."""
        self._flush_handler()

    def _flush_handler(self) -> bool:
        try:
            self.handler.flush()
            return True
        except Exception as error:  # a log call never raises: the handler is the user's
            let_through()
            COUNTERS.fault("flush")
            name = self.counts.name
            DIAGNOSTICS.report(
                f"flush:{name}",
                "output could not be flushed",
                {"output": name, "error": drop_reason(error)},
            )
            return False

    def stop(self) -> None:
        """Flush the handler and give it back as it was; each later line takes it for itself."""
        self.flush()
        self._give_back()

    def close(self) -> None:
        """Flush the handler and give it back as it was; closing it is its owner's business."""
        self.stop()

    def _give_back(self) -> None:
        trap, self._trap = self._trap, None
        if trap is not None:
            trap.release()

    def _take_handler(self) -> _FailureTrap:
        from provide.foundation._output.handlers.records import LINE_FORMATTER

        trap = self.handler.__dict__.get("handleError")
        if not isinstance(trap, _FailureTrap):
            trap = self.handler.handleError = _FailureTrap(self.handler, LINE_FORMATTER)
        trap.users += 1
        return trap

    def _hand_over(self, index: int, line: Record | LogRecord, data: bytes) -> None:
        trap = self._trap
        if trap is not None:
            self._hand_to(trap, index, line, data)
            return
        trap = self._take_handler()  # behind a shutdown
        try:
            self._hand_to(trap, index, line, data)
        finally:
            trap.release()

    def _hand_to(
        self, trap: _FailureTrap, index: int, line: Record | LogRecord, data: bytes
    ) -> None:
        try:
            record = self._make_record(line, data) if isinstance(line, Record) else line
            with trap.watch() as failures:
                passed = self.handler.handle(record)
            if failures:
                raise failures[0]
            elif not passed:
                self.counts.drop("filtered", None, index)
                return
            elif _is_disconnected(self.handler):
                self.counts.drop("disconnected", None, index)
            else:
                counter, size = self.counts.written[index], len(data)
                counter.count += 1
                counter.bytes += size
                return
        except Exception as error:  # a log call never raises: the handler is the user's
            drop_or_raise(self.counts, error, index)
        report_dropped(self.counts)

    def _refuse(self, reason: str, index: int) -> None:
        self.counts.drop(reason, None, index)


class _FailureTrap:
    """Stand in for a handler's `handleError`, for every sink that the handler has.

    Args:
        handler: The handler.
        formatter: What it has meanwhile if it has no formatter, and so the handlers behind it, as
            `MemoryHandler` has one.
    """

    def __init__(self, handler: Any, formatter: Any) -> None:
        self.users = 0
        self._handler = handler
        self._original = handler.handleError
        self._was_set = "handleError" in handler.__dict__
        self._local = threading.local()
        self._formatter = formatter
        self._bare = [each for each in _chain(handler) if each.formatter is None]
        for each in self._bare:
            each.formatter = formatter

    def __call__(self, record: Any) -> None:
        failures = getattr(self._local, "failures", None)
        if failures is None:  # a record that came by another way
            self._original(record)
        else:
            failures.append(sys.exc_info()[1] or RuntimeError("the handler reports an error"))

    @contextmanager
    def watch(self) -> Iterator[list[BaseException]]:
        """Collect what fails within the block, in this thread."""
        failures: list[BaseException] = []
        try:
            self._local.failures = failures
            yield failures
        finally:
            self._local.failures = None

    def release(self) -> None:
        """Give the handler its own method back, once no sink is left."""
        self.users -= 1
        if self.users == 0 and self._handler.__dict__.get("handleError") is self:
            if self._was_set:
                self._handler.handleError = self._original
            else:
                del self._handler.handleError
            for each in self._bare:
                if each.formatter is self._formatter:
                    each.formatter = None


def _chain(handler: Any) -> Iterator[Any]:
    """Yield a handler and those that it passes records on to, one after the other."""
    seen: list[Any] = []
    while hasattr(handler, "formatter") and handler not in seen:
        seen.append(handler)
        yield handler
        handler = getattr(handler, "target", None)


def _is_disconnected(handler: Any) -> bool:
    """Say whether a socket handler has just thrown a record away, of which it tells nobody."""
    handlers = sys.modules.get("logging.handlers")
    return handlers is not None and isinstance(handler, handlers.SocketHandler) and not handler.sock
