"""A text line within the bytes that it may take: with less of the record until it fits."""

from __future__ import annotations

from collections.abc import Callable

from provide.foundation._encoder import dumps
from provide.foundation._process.interrupts import let_through
from provide.foundation._process.memory import FEW_CHARS, ask_for
from provide.foundation._record.record import Record
from provide.foundation._record.values import Limits
from provide.foundation.levels import ERROR, LEVEL_NAMES

#: Of an event, where there is no room on the stack to look at it.
_MOST_OF_EVENT = 1000
# Escapes make up to six bytes of a character: a line that came out too long is tried with less.
_SMALLER = (1, 2, 4, 8, 64)
_LAST_RESORT = b'level=error logger=foundation event="<unprintable line>"\n'


def fit_line(record: Record, render: Callable[[Limits], bytes], limits: Limits) -> bytes:
    """Return what a text renderer makes of a line, with less of it until it fits.

    No `Exception` leaves this function but the one below.

    Args:
        record: The record.
        render: Renders it within the limits that it is given.
        limits: The limits, of which `line` is the most bytes of the result.

    Raises:
        MemoryError: There is too little for the line, whose loss the caller counts.
    """
    try:
        if record.level >= ERROR:
            ask_for(4 * FEW_CHARS)
        for divisor in _SMALLER:
            size = limits.line // divisor
            smaller = Limits(
                limits.depth,
                limits.items // divisor,
                min(limits.string, size),
                limits.nodes // divisor,
                size,
            )
            encoded = render(smaller)
            if len(encoded) <= limits.line:
                return encoded
    except MemoryError:  # memory may run out: a count says it
        raise
    except Exception as failure:  # never raises: even where the caller's stack is used up
        if type(failure) is not RecursionError:
            let_through()
    try:
        # No call of a function in Python, for which the stack may have no room.
        name = dumps(record.logger.encode("ascii", "backslashreplace").decode())
        event = record.event[:_MOST_OF_EVENT].encode("ascii", "backslashreplace").decode()
        return b'level=%b logger=%b event=%b fields="<unprintable>"\n' % (
            LEVEL_NAMES[record.level].encode(),
            name.replace(b"\x7f", b"\\u007f"),
            dumps(event).replace(b"\x7f", b"\\u007f"),
        )
    except Exception as failure:  # a log call never raises: the same
        if type(failure) is not RecursionError:
            let_through()
        return _LAST_RESORT
