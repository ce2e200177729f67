"""Records as a `logging.Handler` gets them, and the formatter that gives their lines out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from provide.foundation._record.escaping import escape_text
from provide.foundation._record.record import Record
from provide.foundation._record.values import Limits, plain_fields
from provide.foundation.levels import LEVEL_NAMES


class LineRecord(logging.LogRecord):
    """Be a record as `logging` would make it, with the finished line beside it.

    The line is no attribute in ``__dict__``, which is what formatters take for `extra`. A copy, a
    pickled one too, is a plain `logging.LogRecord` without it.
    """

    __slots__ = ("line",)

    line: str

    def __reduce__(self) -> Any:
        return logging.makeLogRecord, (self.__dict__,)


class LineFormatter(logging.Formatter):
    """Format a record of ours as its line, and any other one as `logging` does by default."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record; the exception is in the line already."""
        if not isinstance(record, LineRecord):
            return super().format(record)
        if record.exc_info and not record.exc_text:
            # As every formatter does: `SocketHandler` sends this in place of the exception.
            record.exc_text = self.formatException(record.exc_info)
        return record.line


#: It stands in handlers that have no formatter of their own.
LINE_FORMATTER = LineFormatter()


def make_record(
    line: Record, data: bytes, limits: Limits, is_secret: Callable[[str], bool] | None
) -> LineRecord:
    """Return a record: the event as its message, fields as attributes, exception and stack.

    A field that has the name of one of the record's own attributes gets an underscore behind it.

    Args:
        line: The line.
        data: The same rendered.
        limits: Where values are cut.
        is_secret: Tells which keys inside of them are masked.
    """
    callsite = line.callsite or {}
    record = LineRecord(
        line.logger,
        line.level,
        str(callsite.get("file", "")),
        int(callsite.get("line", 0)),
        escape_text(line.event),
        None,
        line.exc_info,
        callsite.get("function"),
        line.stack,
    )
    record.line = data.decode("utf-8", "replace").rstrip("\n")
    record.levelname = LEVEL_NAMES[line.level].upper()
    if line.seconds is not None:
        record.created = line.seconds
        record.msecs = line.seconds % 1 * 1000
    taken = record.__dict__
    for key, value in plain_fields(line.fields, limits, is_secret).items():
        while key in taken or key in ("message", "asctime"):  # set by every formatter
            key += "_"
        taken[key] = escape_text(value) if type(value) is str else value
    return record
