"""Records of `logging` made anew, with fields in place of what a framework has put into them."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any, NamedTuple

#: The attributes that every record has; whatever else it has came through `extra`.
#: Source: logging.LogRecord (3.11 to 3.13); `message` and `asctime` are added by formatters.
RECORD_ATTRIBUTES = frozenset(
    logging.LogRecord("", 0, "", 0, "", None, None).__dict__.keys() | {"message", "asctime"}
)
#: Under these names of `extra` stand objects of frameworks.
OBJECT_NAMES = frozenset({"request", "response", "websocket"})
#: Values that are none, whatever their names.
PLAIN_TYPES = frozenset({str, int, float, bool, bytes, list, tuple, type(None)})
#: What a formatter has left: it says what the record was before.
_OF_FORMATTERS = frozenset({"message", "asctime"})


class Reading(NamedTuple):
    """Hold what was read in a record.

    Args:
        fields: The fields.
        replaced: The names in `extra` that they stand for.
        event: What stands for message and arguments; `None`: these stay.
    """

    fields: dict[str, Any]
    replaced: Collection[str] = ()
    event: str | None = None


def extra_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what came through `extra`, or from a filter."""
    attributes = record.__dict__
    if attributes.keys() <= RECORD_ATTRIBUTES:  # as nearly all records
        return {}
    return {k: v for k, v in attributes.items() if k not in RECORD_ATTRIBUTES}


def make_anew(
    record: logging.LogRecord, reading: Reading, extra: dict[str, Any]
) -> logging.LogRecord:
    """Return a record with what was read; the one that was given stays as it is.

    Args:
        record: The record.
        reading: What was read.
        extra: What `extra_of` has returned.
    """
    # A class of the user's may make the message in its own way.
    kind = type(record) if reading.event is None else logging.LogRecord
    made: logging.LogRecord = object.__new__(kind)
    attributes = made.__dict__
    attributes.update(record.__dict__)
    for name in (*_OF_FORMATTERS, *extra):
        attributes.pop(name, None)
    if reading.event is not None:
        attributes["msg"], attributes["args"] = reading.event, ()
    attributes.update(reading.fields)
    for name, value in extra.items():
        if name not in reading.replaced:
            # What somebody else has put there under the name of a field stays.
            attributes[name] = value
    return made
