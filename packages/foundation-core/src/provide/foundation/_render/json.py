"""One strict JSON object a line.

orjson is fast and particular. It writes NaN as null, and raises for integers beyond 64 bits, lone
surrogates and keys that are no strings. It crashes the process for a datetime whose time zone
raises, for an enum whose value does, and where memory is short. So it is handed exact strings,
numbers, booleans, None, dicts and lists only, all bounded, and everything else goes through
`plain` first; and `_process/memory.py` asks for what it will need.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Mapping
from typing import Any

from provide.foundation._encoder import (
    OPT_PASSTHROUGH_DATACLASS,
    OPT_PASSTHROUGH_DATETIME,
    OPT_PASSTHROUGH_SUBCLASS,
    dumps,
)
from provide.foundation._process.interrupts import let_through
from provide.foundation._process.memory import FEW_CHARS, FEW_VALUES, ask_for, ask_for_texts
from provide.foundation._record.escaping import escape_json
from provide.foundation._record.record import Record
from provide.foundation._record.redaction import MASK, free_name
from provide.foundation._record.schema import RESERVED, TRACE_KEYS
from provide.foundation._record.timestamps import format_timestamp
from provide.foundation._record.tracebacks import exception_members
from provide.foundation._record.values import DEFAULT_LIMITS, Limits, measured_fields, plain
from provide.foundation.levels import ERROR, LEVEL_NAMES

# Refuse what is not plain: a TypeError, and the line goes the long way.
_OPTIONS = OPT_PASSTHROUGH_DATETIME | OPT_PASSTHROUGH_DATACLASS | OPT_PASSTHROUGH_SUBCLASS
_LARGEST_FLOAT = 1.7976931348623157e308
# An exception's description is bounded where it is made, and must not be cut again.
EXCEPTION_DEPTH = 64
_MOST_VALUES_OF_EXCEPTION = 1000
# Escapes make six bytes of a character: a line that came out too long is tried with less.
_SMALLER = (1, 2, 4, 8, 64)
_STRINGS = frozenset({str})
#: Makes a line of its members, which are used up, for a record within limits.
Encode = Callable[[dict[str, Any], Record, Limits], bytes]
#: Of an event, where there is no room on the stack to look at it.
_MOST_OF_EVENT = 1000
_LAST_RESORT = b'{"level":"error","logger":"foundation","event":"<unprintable line>"}\n'


def render_json(
    record: Record,
    limits: Limits = DEFAULT_LIMITS,
    is_secret: Callable[[str], bool] | None = None,
    exceptions: str = "object",
    encode: Encode | None = None,
) -> bytes:
    """Return a line of schema 1 as one JSON object in UTF-8, newline included.

    No `Exception` leaves this function but the one below. Any thread may call this.

    Args:
        record: The record.
        limits: Where values are cut; a line over `limits.line` bytes has its strings shortened.
        is_secret: Tells which keys' values are masked, at any depth; None masks none.
        exceptions: How the line has an exception: ``object``, ``text`` or ``both``.
        encode: Makes the line of its members, `encode_members` if it is None.

    Raises:
        MemoryError: There is too little for the line, whose loss the caller counts.
    """
    try:
        cheap = _gather_scalars(record, limits, is_secret, exceptions)
        if cheap is not None:
            encoded = (encode or encode_members)(cheap, record, limits)
            if len(encoded) <= limits.line:
                return encoded
    except MemoryError:  # memory may run out: the long way takes more
        raise
    except Exception as failure:  # every value renders: orjson refuses some
        if type(failure) is not RecursionError:
            let_through()
    try:
        return _render_anything(record, limits, is_secret, exceptions, encode or encode_members)
    except MemoryError:
        raise
    except (
        Exception
    ) as failure:  # never raises: a stack that is used up gets here, and no more is known
        if type(failure) is not RecursionError:
            let_through()
    try:
        # No call of a function in Python, for which the stack may have no room.
        shown = {
            "level": LEVEL_NAMES[record.level],
            "logger": record.logger.encode("ascii", "backslashreplace").decode(),
            "event": record.event[:_MOST_OF_EVENT].encode("ascii", "backslashreplace").decode(),
            "fields": "<unprintable>",
        }
        return dumps(shown, None, _OPTIONS).replace(b"\x7f", b"\\u007f") + b"\n"
    except Exception as failure:  # a log call never raises: the same
        if type(failure) is not RecursionError:
            let_through()
        return _LAST_RESORT


def _gather_scalars(
    record: Record, limits: Limits, is_secret: Callable[[str], bool] | None, exceptions: str
) -> dict[str, Any] | None:
    """Return the line's members if orjson may have them as they are, or None."""
    fields = record.fields
    longest = limits.string
    if record.exception is not None or record.stack is not None or len(fields) > limits.items:
        return _gather_details(record, limits, is_secret, exceptions)
    event, logger = record.event, record.logger
    size = len(event)
    if size > longest or len(logger) > longest:
        return None
    members: dict[str, Any] = {}
    if record.seconds is not None:
        members["timestamp"] = format_timestamp(record.seconds)
    members["level"] = LEVEL_NAMES[record.level]
    members["logger"] = logger
    members["event"] = event
    if record.constants:
        members.update(record.constants)
    room = FEW_CHARS - size
    if record.settled:
        is_secret = None  # the pipeline has masked what there was, and has made texts of the rest
    elif not _STRINGS.issuperset(map(type, members.values())) or not (
        members.keys().isdisjoint(fields)
    ):
        return None  # orjson has rules of its own for some of what that may be; or a name is taken
    for key, value in fields.items():
        if type(key) is not str or key in RESERVED:
            return None
        kind = type(value)
        room -= len(key)
        if kind is str:
            size = len(value)
            room -= size
            if size > longest:
                return None
        elif kind is float:
            if not -_LARGEST_FLOAT <= value <= _LARGEST_FLOAT:
                return None
        elif kind is not int and kind is not bool and value is not None:
            return None
        members[key] = value if is_secret is None or not is_secret(key) else MASK
    if record.emoji:
        if type(record.emoji) is not str:  # an extension's may be anything
            return None
        members["emoji"] = record.emoji
    if record.trace:
        _add_trace(record.trace, members, limits)
    if record.callsite:
        members["callsite"] = plain(record.callsite, limits)
    if room < 0:
        if FEW_CHARS - room > limits.line:
            return None
        ask_for_texts(members)
    elif record.level >= ERROR:
        ask_for(4 * FEW_CHARS, len(members))
    return members


def _gather_details(
    record: Record, limits: Limits, is_secret: Callable[[str], bool] | None, exceptions: str
) -> dict[str, Any] | None:
    """Return the members of a line with an exception or a stack, likewise."""
    stack, measured = record.stack, record.measured
    if len(record.fields) > limits.items:
        return None
    shown = exception_members(record.__dict__, exceptions)
    text_bytes, values = 0, 0
    for value in (*shown.values(), stack):
        if type(value) is str:
            if len(value) > limits.string:
                return None
            text_bytes += 4 * len(value)
        elif value is not None:
            if measured is None or value is not record.exception:
                return None
            text_bytes, values = text_bytes + measured[0], measured[1]
    bare = Record(record.level, record.logger, record.event, record.fields)
    bare.__dict__.update(record.__dict__)
    bare.exception = bare.stack = bare.callsite = None
    members = _gather_scalars(bare, limits, is_secret, exceptions)
    if members is None:
        return None
    members.update(shown)
    if stack is not None:
        members["stack"] = stack
    if record.callsite:
        members["callsite"] = plain(record.callsite, limits)
    ask_for(text_bytes + 4 * FEW_CHARS, values + len(members))
    return members


def _render_anything(
    record: Record,
    limits: Limits,
    is_secret: Callable[[str], bool] | None,
    exceptions: str,
    encode: Encode,
) -> bytes:
    for divisor in _SMALLER:
        size = limits.line // divisor
        smaller = Limits(limits.depth, limits.items, min(limits.string, size), limits.nodes, size)
        members = _gather_anything(record, smaller, is_secret, exceptions)
        encoded = encode(members, record, smaller)
        if len(encoded) <= limits.line:
            return encoded
    bare = Record(
        record.level,
        _text(record.logger, smaller),
        _text(record.event, smaller),
        {"truncated": f"<line of {len(encoded)} bytes>"},
        seconds=record.seconds,
    )
    members = _gather_anything(bare, DEFAULT_LIMITS, None, exceptions)
    return encode(members, bare, DEFAULT_LIMITS)


def _gather_anything(
    record: Record, limits: Limits, is_secret: Callable[[str], bool] | None, exceptions: str
) -> dict[str, Any]:
    """Return the line's members as plain data, whatever they were."""
    members: dict[str, Any] = {}
    if record.seconds is not None:
        members["timestamp"] = format_timestamp(record.seconds)
    members["level"] = LEVEL_NAMES.get(record.level, "error")
    members["logger"] = _text(record.logger, limits)
    members["event"] = _text(record.event, limits)
    for key, value in record.constants.items():
        members[key] = plain(value, limits)
    fields, text_bytes, values = measured_fields(record.fields, limits, is_secret)
    for key, value in fields.items():
        if key in RESERVED or key in record.constants:
            key = free_name(key, fields.keys() | members.keys())
        members[key] = value
    if record.emoji:
        members["emoji"] = _text(record.emoji, limits)
    if record.trace:
        _add_trace(record.trace, members, limits)
    for key, value in exception_members(record.__dict__, exceptions).items():
        if isinstance(value, str):
            members[key] = _text(value, limits)
        elif record.measured is not None and record.measured[0] <= limits.string:
            members[key] = value
        else:
            deep = Limits(EXCEPTION_DEPTH, string=limits.string, line=limits.line)
            members[key] = plain(value, deep, is_secret)
    if record.stack is not None:
        members["stack"] = _text(record.stack, limits)
    if record.callsite:
        members["callsite"] = plain(record.callsite, limits)
    shown = [members.get("exception"), members.get("stack_trace"), members.get("stack")]
    if record.measured is not None and shown[0] is record.exception:
        text_bytes, values = text_bytes + record.measured[0], values + record.measured[1]
        shown[0] = None
    if any(each is not None for each in shown) or len(members["event"]) > FEW_CHARS:
        # Without looking at all of it: most of it is text of the size that marshal gives it.
        shown.append(members["event"])
        text_bytes += len(marshal.dumps(shown, 2))
        values += _MOST_VALUES_OF_EXCEPTION
    if text_bytes > FEW_CHARS or values > FEW_VALUES or record.level >= ERROR:
        ask_for(text_bytes + 4 * FEW_CHARS, values + len(members))
    return members


def _add_trace(trace: Mapping[str, Any], members: dict[str, Any], limits: Limits) -> None:
    """Add the ids of a trace in the order of the schema, then what else an extension gives."""
    for key in TRACE_KEYS:
        if key in trace:
            members[key] = plain(trace[key], limits)
    for key, value in trace.items():
        if key not in TRACE_KEYS:
            members[free_name(_text(key, limits), members)] = plain(value, limits)


def _text(value: object, limits: Limits) -> str:
    if type(value) is str and len(value) <= limits.string and value.isascii():
        # The usual case; and no call that the caller's stack might be too full for.
        return value
    text = plain(value, limits)
    return text if type(text) is str else str(text)


def encode_members(members: dict[str, Any], _record: Record, _limits: Limits) -> bytes:
    """Return members that are plain data as a line."""
    encoded = dumps(members, None, _OPTIONS)
    if not encoded.isascii() or b"\x7f" in encoded:
        encoded = escape_json(encoded)
    return encoded + b"\n"
