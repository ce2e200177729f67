"""Lines handed on to `logging`, for whoever listens there: Sentry, pytest's caplog, APM agents.

What has come from `logging` is not handed back, and what is handed on does not come in again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any

from provide.foundation._output.handlers.records import LineRecord
from provide.foundation._output.handlers.sink import HandlerSink
from provide.foundation._record.record import Record
from provide.foundation._record.values import Limits

Prepare = Callable[[Record], Record]

#: Threads that take in a record of `logging` at present: their lines are known there.
_TAKING_IN: set[int] = set()


class OutwardSink(HandlerSink):
    """Have each record handled by the logger of its name, as if it had been logged there.

    Filters of that logger see it, and its handlers and those above it; which levels are written is
    Foundation's business. Where nobody listens, `logging` does not fall back on printing it.

    Args:
        limits: Where the values of records are cut.
        is_secret: Tells which keys inside of them are masked.
        handler: What gets the records instead of their loggers, such as a test runner's.
        prepare: Makes each record fit to be seen.
    """

    KIND = "`logging`, by propagate,"

    def __init__(
        self,
        limits: Limits,
        is_secret: Callable[[str], bool],
        handler: logging.Handler | None = None,
        prepare: Prepare | None = None,
    ) -> None:
        self._last_resort: logging.Handler | None = None
        super().__init__(_Outward() if handler is None else handler, limits, is_secret)
        self._goes_to_loggers = handler is None
        self._prepare = prepare
        self._is_stopped = False
        self._silence()

    def stop(self) -> None:
        """Leave `logging` as it was found; a later line sees to it that it is not printed."""
        super().stop()
        self._is_stopped = True
        self._give_voice()

    def accepts(self, level: int) -> bool:
        """Say whether a line is handed on: not one that has come from `logging`."""
        return not is_taking_in()

    def deliver_line(self, index: int, line: Record, data: bytes) -> None:
        """Hand on one record."""
        super().deliver_line(index, line if self._prepare is None else self._prepare(line), data)

    def deliver_kept(self, index: int, data: bytes, kept: Any) -> None:
        """Hand on a record that was made earlier, also while this thread takes in another one."""
        thread = get_ident()
        is_inside = thread in _TAKING_IN
        _TAKING_IN.discard(thread)
        try:
            super().deliver_kept(index, data, kept)
        finally:
            if is_inside:
                _TAKING_IN.add(thread)

    def _hand_over(self, index: int, line: Record | logging.LogRecord, data: bytes) -> None:
        if not self._is_stopped:
            super()._hand_over(index, line, data)
            return
        self._silence()
        try:
            super()._hand_over(index, line, data)
        finally:
            self._give_voice()

    def _silence(self) -> None:
        if self._goes_to_loggers:  # while `logging` is routed here it is another one
            self._last_resort = logging.lastResort
        if self._last_resort is not None:
            self._last_resort.addFilter(self._is_foreign)

    def _give_voice(self) -> None:
        if self._last_resort is not None:
            self._last_resort.removeFilter(self._is_foreign)

    # Of each sink its own: a set-up anew adds a second one before the first one goes.
    def _is_foreign(self, record: logging.LogRecord) -> bool:
        return not isinstance(record, LineRecord)


class _Outward(logging.Handler):
    """Hand records on, without a lock: the handlers that get them have their own."""

    name = "logging"

    def handle(self, record: Any) -> bool:
        """Hand one record on."""
        if not is_taking_in():
            logging.getLogger(record.name).handle(record)
        return True


def is_taking_in() -> bool:
    """Say whether this thread takes in a record of `logging` at present."""
    return get_ident() in _TAKING_IN


@contextmanager
def taking_in() -> Iterator[None]:
    """Hand nothing on that this thread writes within the block."""
    thread = get_ident()
    is_first = thread not in _TAKING_IN
    _TAKING_IN.add(thread)
    try:
        yield
    finally:
        if is_first:
            _TAKING_IN.discard(thread)
