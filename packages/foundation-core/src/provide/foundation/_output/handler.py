"""Lines to a `logging.Handler` of the user's: whatever it does, each line is counted once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from provide.foundation._diagnostics.losses import drop_or_raise, drop_reason, report_dropped
from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._output.output import Sink
from provide.foundation._output.reentrancy import ReentryGate
from provide.foundation._process.interrupts import let_through
from provide.foundation._record.escaping import escape_text
from provide.foundation._record.record import Record
from provide.foundation._record.values import DEFAULT_LIMITS, Limits, plain_fields
from provide.foundation.levels import LEVEL_NAMES


class HandlerSink(Sink):
    """Pass lines to a `logging.Handler`, so that syslog, sockets and HTTP come for free.

    A handler without a formatter of its own sends the line as the output's format renders it.
    One that has a formatter gets a record as stdlib would make it: the event as its message,
    the fields as attributes, the exception as `exc_info`. A field that has the name of one of the
    record's own attributes gets an underscore behind it.

    A handler tells nobody that it failed, but for a call of its `handleError`, so that method
    is ours while the sink is in use.

    Args:
        handler: The `logging.Handler`.
        limits: Where the values that its formatter sees are cut.
        is_secret: Tells which keys inside of them are masked.
    """

    def __init__(
        self,
        handler: Any,
        limits: Limits = DEFAULT_LIMITS,
        is_secret: Callable[[str], bool] | None = None,
    ) -> None:
        self.handler = handler
        self._limits = limits
        self._is_secret = is_secret
        name = getattr(handler, "name", None) or type(handler).__name__
        self.counts = COUNTERS.counts(str(name), handler)
        self._gate = ReentryGate(self._hand_over, self._refuse)
        trap = handler.__dict__.get("handleError")
        if not isinstance(trap, _FailureTrap):
            trap = handler.handleError = _FailureTrap(handler)
        self._trap = trap
        trap.users += 1

    def deliver(self, index: int, data: bytes) -> None:
        """Refuse bytes: the pipeline calls `deliver_line`."""
        raise TypeError("a logging.Handler takes lines, not bytes")

    def deliver_line(self, index: int, line: Record, data: bytes) -> None:
        """Hand one line over, and count it as written unless the handler failed."""
        if line.level >= self.handler.level:
            self._gate.run(index, line, data)

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

    def close(self) -> None:
        """Flush the handler and give it back as it was; closing it is its owner's business."""
        self.flush()
        self._trap.release()

    def _hand_over(self, index: int, line: Record, data: bytes) -> None:
        try:
            record = self._record(line, data)
            with self._trap.watch() as failures:
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

    def _record(self, line: Record, data: bytes) -> Any:
        import logging  # the user has: the handler is one of its objects

        bare = self.handler.formatter is None
        callsite = line.callsite or {}
        record = logging.LogRecord(
            line.logger,
            line.level,
            str(callsite.get("file", "")),
            int(callsite.get("line", 0)),
            data.decode("utf-8", "replace").rstrip("\n") if bare else escape_text(line.event),
            None,
            None if bare else line.exc_info,
            callsite.get("function"),
            None if bare else line.stack,
        )
        record.levelname = LEVEL_NAMES[line.level].upper()
        if line.seconds is not None:
            record.created = line.seconds
            record.msecs = line.seconds % 1 * 1000
        if not bare:
            taken = record.__dict__
            for key, value in plain_fields(line.fields, self._limits, self._is_secret).items():
                while key in taken or key in ("message", "asctime"):  # set by every formatter
                    key += "_"
                taken[key] = escape_text(value) if type(value) is str else value
        return record


class _FailureTrap:
    """Stand in for a handler's `handleError`, for every sink that the handler has."""

    def __init__(self, handler: Any) -> None:
        self.users = 0
        self._handler = handler
        self._original = handler.handleError
        self._was_set = "handleError" in handler.__dict__
        self._local = threading.local()

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


def _is_disconnected(handler: Any) -> bool:
    """Say whether a socket handler has just thrown a record away, of which it tells nobody."""
    handlers = sys.modules.get("logging.handlers")
    return handlers is not None and isinstance(handler, handlers.SocketHandler) and not handler.sock
