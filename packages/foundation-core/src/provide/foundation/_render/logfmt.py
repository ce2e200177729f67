"""Lines as logfmt, and logfmt's keys and values.

A logfmt parser that undoes JSON's escapes in quoted values, as Go's does, reads back the text of
every value: https://pkg.go.dev/github.com/go-logfmt/logfmt. Texts are quoted by
`str.isprintable`, which is False for controls, for every space but U+0020, for bidirectional and
other format characters and for surrogates; only such texts pay for the encoder.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from provide.foundation._encoder import dumps
from provide.foundation._process.memory import FEW_CHARS, ask_for, ask_for_text
from provide.foundation._record.escaping import escape_json
from provide.foundation._record.record import NO_CONSTANTS, Record
from provide.foundation._record.redaction import MASK, free_name
from provide.foundation._record.schema import RESERVED
from provide.foundation._record.timestamps import format_timestamp
from provide.foundation._record.tracebacks import format_exception
from provide.foundation._record.values import DEFAULT_LIMITS, Limits, plain, plain_fields
from provide.foundation._render.fit import fit_line
from provide.foundation.levels import LEVEL_NAMES

# Beyond 64 bits an int's digits take quadratic time and, past 4300 of them, an exception: `plain`
# has the rule for those.
_SMALLEST_INT = -(1 << 63)
_LARGEST_INT = (1 << 64) - 1
# Texts and fields that need no budget: so long, so many.
_SHORT = 4096
_FEW = 64
#: Of one field: `Limits.nodes`.
_MOST_VALUES = 10_000


def is_bare(text: str) -> bool:
    r"""Tell whether a text stands in logfmt without quotes.

    It does when it is not empty, all of it is printable, and it has no space, ``"``, ``=`` or
    backslash.
    """
    # Identifiers are the usual case, and this is the cheapest test there is.
    return text.isidentifier() or (
        text.isprintable()
        and bool(text)
        and " " not in text
        and "=" not in text
        and '"' not in text
        and "\\" not in text
    )


def logfmt_text(text: str) -> str:
    """Return an exact str as a logfmt value: bare where it can be, else quoted and escaped."""
    if text.isidentifier():
        return text
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"' if " " in text or "=" in text or not text else text
    return _quote(text)


def logfmt_value(
    value: object,
    limits: Limits = DEFAULT_LIMITS,
    is_secret: Callable[[str], bool] | None = None,
) -> str:
    """Return any object as a logfmt value.

    None is ``null``, booleans are ``true`` and ``false``. Numbers are written as in JSON, but
    ``NaN`` and ``Infinity`` stay visible. A text is bare or quoted. If `plain` makes a mapping or a
    list of the object, it is compact JSON in quotes.

    Args:
        value: The object. Its methods may fail: `plain` bounds and survives them.
        limits: Where depth, items and strings are cut.
        is_secret: Tells which keys inside the value are masked; None masks none.
    """
    return show_plain(plain(value, limits, is_secret))


def display_value(value: Any) -> str:
    """Return what `plain` gave for people: as logfmt, but with mappings and lists as bare JSON."""
    if type(value) is dict or type(value) is list:
        return escape_json(_encode(value)).decode("utf-8")
    return _show_scalar(value)


def logfmt_key(key: str) -> str:
    """Return a key that logfmt can hold: what it cannot hold becomes ``_``.

    That is spaces, ``=``, ``"`` and whatever is not printable, and U+FFFD, which parsers take
    for broken UTF-8. An empty key is ``_``.
    """
    if key.isidentifier():
        return key
    if not key:
        return "_"
    return "".join("_" if char in ' ="\ufffd' or not char.isprintable() else char for char in key)


def name_fields(
    fields: Mapping[str, Any], constants: Mapping[str, Any] = NO_CONSTANTS
) -> Iterator[tuple[str, Any]]:
    """Yield each field under a key that logfmt can hold, no two alike and none reserved.

    A key that had to be changed, and is now that of another field or of the line itself, takes
    trailing underscores, as a reserved key does.

    Args:
        fields: The fields, under exact strings.
        constants: What the line has beside them, whose names are reserved as well.
    """
    taken = set(constants)
    for key, value in fields.items():
        name = logfmt_key(key)
        if name != key or name in RESERVED or name in constants:
            name = free_name(name, taken | fields.keys())
            taken.add(name)
        yield name, value


def exception_text(exception: Mapping[str, Any] | str, limits: Limits) -> str:
    """Return the text of a line's exception, which another renderer may have made already."""
    return str(
        plain(exception if isinstance(exception, str) else format_exception(exception), limits)
    )


def callsite_text(callsite: Mapping[str, Any]) -> str:
    """Return a call site as ``file:line:function``."""
    return ":".join(str(plain(callsite.get(key, ""))) for key in ("file", "line", "function"))


def render_key_value(
    record: Record,
    limits: Limits = DEFAULT_LIMITS,
    is_secret: Callable[[str], bool] | None = None,
) -> bytes:
    """Return a line of schema 1 as one line of logfmt in UTF-8, newline included.

    No `Exception` but `MemoryError` leaves this function, whatever the values. Any thread may call
    this.

    Args:
        record: The record.
        limits: Where values are cut; a line over `limits.line` bytes is shortened.
        is_secret: Tells which keys' values are masked, at any depth; None masks none.
    """
    return fit_line(record, lambda smaller: _render(record, smaller, is_secret), limits)


def _render(record: Record, limits: Limits, is_secret: Callable[[str], bool] | None) -> bytes:
    stamp = "" if record.seconds is None else f"timestamp={format_timestamp(record.seconds)} "
    parts = [
        f"{stamp}level={LEVEL_NAMES.get(record.level, 'error')}"
        f" logger={_show_name(record.logger, limits)} event={_show_name(record.event, limits)}"
    ]
    if record.constants:
        for key, text in record.constants.items():
            parts.append(f"{key}={_show_name(text, limits)}")
    if record.fields:
        parts.extend(_show_fields(record, limits, is_secret))
    if record.emoji:
        parts.append(f"emoji={_show_name(record.emoji, limits)}")
    if record.trace:
        for key, value in record.trace.items():
            parts.append(f"{logfmt_key(key)}={_show_name(value, limits)}")
    if record.exception:
        parts.append(f"exception={logfmt_text(exception_text(record.exception, limits))}")
    if record.stack:
        parts.append(f"stack={logfmt_value(record.stack, limits)}")
    if record.callsite:
        parts.append(f"callsite={logfmt_text(callsite_text(record.callsite))}")
    # No surrogate gets this far but through a name that breaks its promise: keep the line then.
    return (" ".join(parts) + "\n").encode("utf-8", "backslashreplace")


def _show_fields(
    record: Record, limits: Limits, is_secret: Callable[[str], bool] | None
) -> list[str]:
    """Return the pairs of a line's fields; long and nested values are encoded first."""
    fields = record.fields
    try:
        # A few tests of all the keys together; an empty one leaves no trace in the sum.
        keys = "".join(fields)
        usual = (
            keys.isidentifier()
            and len(keys) <= _SHORT
            and len(fields) <= min(_FEW, limits.items)
            and "" not in fields
            and RESERVED.isdisjoint(fields)
            and (record.settled or record.constants.keys().isdisjoint(fields))
        )
    except TypeError:
        usual = False  # a key that is no str
    parts = []
    longest = min(_SHORT, limits.string)
    if usual:
        for key, value in fields.items():
            kind = type(value)
            if is_secret is not None and is_secret(key):
                parts.append(f"{key}={MASK}")
            elif kind is str and len(value) <= longest:
                parts.append(f"{key}={logfmt_text(value)}")
            elif kind is int and _SMALLEST_INT <= value <= _LARGEST_INT:
                parts.append(f"{key}={value}")
            elif kind is bool or value is None or (kind is float and value - value == 0.0):
                parts.append(f"{key}={_show_scalar(value)}")
            else:
                break
        else:
            return parts
    # All in one go, so that they share one budget.
    encoded = plain_fields(fields, limits, is_secret)
    return [f"{key}={show_plain(value)}" for key, value in name_fields(encoded, record.constants)]


def _show_name(text: Any, limits: Limits) -> str:
    if type(text) is str and len(text) <= _SHORT and len(text) <= limits.string:
        return logfmt_text(text)
    return logfmt_value(text, limits)


def show_plain(value: Any) -> str:
    """Return what `plain` gave as a logfmt value; any thread may call this."""
    if type(value) is dict or type(value) is list:
        return _quote(_encode(value).decode("utf-8"))
    return _show_scalar(value)


def _show_scalar(value: Any) -> str:
    """Return an exact str, int, float, bool or None that `plain` would leave as it is."""
    if type(value) is str:
        return logfmt_text(value)
    # orjson's float text is the shortest, and 6x faster than repr: DESIGN.md.
    return dumps(value).decode("ascii")


def _encode(value: Any) -> bytes:
    """Return a container that `plain` gave as JSON."""
    size = len(marshal.dumps(value, 2))  # about that of its texts, and it takes as much itself
    if size > FEW_CHARS:
        ask_for(size, min(size, _MOST_VALUES))
    return dumps(value)


def _quote(text: str) -> str:
    if len(text) > FEW_CHARS:
        ask_for_text(text)
    try:
        encoded = dumps(text)
    except TypeError:
        # A lone surrogate, which UTF-8 cannot hold: `plain` writes it out.
        encoded = dumps(plain(text))
    shown = encoded.decode("utf-8")
    return shown if shown.isprintable() else escape_json(encoded).decode("utf-8")
