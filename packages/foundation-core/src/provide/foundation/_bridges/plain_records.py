"""Records of `logging` that are one plain call of a logger, as nearly all of them are.

Such a record goes to the level method of its logger, and so into the lane that is installed. It
comes out as the line that `FoundationHandler.emit` makes of it by the long way, which takes every
other record.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import time_ns
from typing import Any

from provide.foundation._bridges.frameworks.records import (
    OBJECT_NAMES,
    PLAIN_TYPES,
    RECORD_ATTRIBUTES,
)
from provide.foundation._process.interrupts import let_through
from provide.foundation.levels import LEVEL_NAMES

#: Takes level, name, event, fields and the message without its arguments, and says whether that has
#: become a line.
Call = Callable[[int, str, str, dict[str, Any], str], bool]
#: Those that are there before anything comes through `extra`, in their order.
_NAMES = list(logging.LogRecord("", 0, "", 0, "", None, None).__dict__)
_COUNT = len(_NAMES)
#: Names with which a record takes the long way: what an earlier formatter has left, a parameter of
#: a call, and the field that `emit` takes away from uvicorn's records.
_RARE_NAMES = RECORD_ATTRIBUTES | {"stacklevel", "color_message"}
#: Types whose values `%` puts into a text as they are.
_AS_THEY_ARE = frozenset({str, int, float})
#: A lane reads the clock by itself. A record that is older (from a queue, or of a time that a
#: filter has set) keeps its own time. On a busy machine some wait for their thread, nearly all of
#: them for less than this. A float of seconds is exact to a quarter of a microsecond.
_YOUNG_NS, _EXACT_NS = 1_000_000, 1_000


def write_plain(record: logging.LogRecord, call: Call) -> bool:
    """Write a record if it is one plain call, and say whether that has been done."""
    if (
        type(record) is not logging.LogRecord
        or record.exc_info
        or record.exc_text
        or record.stack_info
        or type(record.levelno) is not int
        or record.levelno not in LEVEL_NAMES
        or type(record.name) is not str
        or type(record.created) is not float
        or not -_EXACT_NS < time_ns() - record.created * 1e9 < _YOUNG_NS
    ):
        return False
    message: Any = record.msg
    event: Any = message
    # Colours for a terminal and ends of lines go; by the long way.
    if type(event) is not str or not event.isprintable():
        return False
    args = record.args
    if args:
        if type(args) is not tuple or not _AS_THEY_ARE.issuperset(map(type, args)):
            return False
        for each in args:
            if type(each) is str and not each.isprintable():
                return False
        try:
            event = event % args
        except Exception:  # a log call never raises: they do not fit, which the long way says
            let_through()
            return False
    attributes = record.__dict__
    names = [*attributes]
    fields = {}
    if names != _NAMES:
        # Attributes stand in the order in which they were set; where a filter has deleted one, or
        # has set it anew, the record takes the long way.
        extra = names[_COUNT:]
        if names[:_COUNT] != _NAMES or not _RARE_NAMES.isdisjoint(extra):
            return False
        for name in extra:
            fields[name] = attributes[name]
        if not OBJECT_NAMES.isdisjoint(extra):
            objects = OBJECT_NAMES.intersection(extra)
            if any(type(fields[name]) not in PLAIN_TYPES for name in objects):
                return False  # `emit` describes them
    return call(record.levelno, record.name, event, fields, message)
