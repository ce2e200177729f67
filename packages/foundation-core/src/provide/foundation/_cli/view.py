"""JSON lines back into the view for people.

`View` turns bytes into bytes and knows no file; `run` joins it with a source of `follow.py`. Input
is not trusted: a log file may hold anything, so a foreign line is shown with its
control characters escaped.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from provide.foundation._cli.follow import (
    POLL_S,
    follow,
    open_source,
    wait_for_reader,
    write_all,
)
from provide.foundation._cli.schemas import restore
from provide.foundation._encoder import JSONDecodeError, JSONEncodeError, dumps, loads
from provide.foundation._output.encoding import is_terminal, shows_colors
from provide.foundation._record.escaping import escape_text
from provide.foundation._record.record import Record
from provide.foundation._record.schema import CONSTANTS, DETAILS, TRACE, Member
from provide.foundation._render.console import render_terminal
from provide.foundation.levels import LEVEL_NUMBERS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Without those whose names are anybody's in lines of another configuration.
_CONSTANTS = [each for each in CONSTANTS if not each.optional]
#: How many of its units a second has, in the forms of the time that are numbers.
_SCALES = (1, 1_000, 1_000_000_000)
#: 1973 and 2286: three times a thousand apart from each other, so that no number is in doubt.
_FIRST_DAY_S, _LAST_DAY_S = 100_000_000, 9_999_999_999


class View:
    """Turn finished lines into what a person sees of them; b"" for those that filters reject.

    Args:
        colors: Whether to write colour codes.
        level: The lowest level shown; None shows all.
        wanted: Pairs of dotted key and text that a line must have, all of them.
    """

    def __init__(
        self,
        *,
        colors: bool,
        level: int | None = None,
        wanted: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.colors = colors
        self.level = level
        self.wanted = wanted

    def show(self, raw: bytes) -> bytes:
        """Return the view of one line, given without its line end."""
        record = parse_record(raw)
        line = None
        if record is not None:
            line = read_line(record)
            if not all(matches(record, key, text) for key, text in self.wanted):
                return b""
        elif self.wanted:
            return b""
        if self.level is not None and (line is None or line.level < self.level):
            return b""
        if line is not None:
            if line.stack_trace is not None:  # as Python prints it: it has more than the object
                line.exception = line.stack_trace
            return render_terminal(line, colors=self.colors)
        return show_foreign(raw)


def parse_record(raw: bytes) -> dict[str, Any] | None:
    """Return the JSON object that a line holds, or None where it holds none."""
    if not raw.lstrip().startswith(b"{"):
        return None
    try:
        record = loads(raw)
    except JSONDecodeError:
        return None
    return record if isinstance(record, dict) else None


def read_line(record: Mapping[str, Any]) -> Record | None:
    """Return a record as a line of any schema, or None where event or level are not as in one.

    Any other part of an unexpected type is shown as a field.
    """
    fields = restore(record)
    event = fields.pop("event", None)
    name = fields.pop("level", None)
    level = LEVEL_NUMBERS.get(name.upper()) if isinstance(name, str) else None
    if level is None or not isinstance(event, str):
        return None
    seconds = read_timestamp(fields.get("timestamp"))
    if seconds is not None:
        del fields["timestamp"]
    return Record(
        level,
        _take(fields, "logger", str) or "",
        event,
        fields,
        seconds=seconds,
        constants=_take_all(fields, _CONSTANTS),
        emoji=_take(fields, "emoji", str) or "",
        trace=_take_all(fields, TRACE),
        **{
            each.part: _take(fields, each.key, each.kind)
            for each in DETAILS
            if not each.optional or "exception" in record  # else it is anybody's field
        },
    )


def read_timestamp(value: object) -> float | None:
    """Return the seconds since the epoch of an RFC 3339 text with a zone or a number, or None.

    A number is of seconds, milliseconds or nanoseconds: the one that is a time of our days.
    """
    if type(value) is int or type(value) is float:
        for scale in _SCALES:
            if _FIRST_DAY_S * scale <= value < _LAST_DAY_S * scale:
                return (round(value * 1_000_000 // scale) + 0.5) / 1_000_000
        return None
    if not isinstance(value, str) or len(value) < 20:
        return None
    try:
        since = datetime.fromisoformat(value) - _EPOCH
    except (ValueError, TypeError, OverflowError):
        return None
    micros = since // timedelta(microseconds=1)
    # The renderers truncate, and a float is as likely below a microsecond as above it: aim at
    # the middle.
    return (micros + 0.5) / 1_000_000


def matches(record: Mapping[str, Any], key: str, text: str) -> bool:
    """Tell whether a record has, under a dotted key, a value with this text.

    A key with a dot in its own name wins over a nested one; a number reaches into a list.
    """
    found: Any = record
    if key in record:
        found = record[key]
    else:
        for part in key.split("."):
            if isinstance(found, dict) and part in found:
                found = found[part]
            elif isinstance(found, list) and part.isdecimal() and int(part[:9]) < len(found):
                found = found[int(part[:9])]
            else:
                return False
    if isinstance(found, str):
        return found == text
    if isinstance(found, float):
        try:
            return float(text) == found
        except ValueError:
            return False
    try:
        return dumps(found) == text.encode("utf-8", "replace")
    except JSONEncodeError:
        return False  # deeper than orjson writes, though not than it reads


def show_foreign(raw: bytes) -> bytes:
    """Return a line that is not ours as it is, but with its control characters escaped."""
    text = raw.removesuffix(b"\r").decode("utf-8", "backslashreplace")
    return escape_text(text).encode("utf-8", "backslashreplace") + b"\n"


def run(path: str, view: View, *, following: bool) -> None:
    """Show a file, or standard input for `-`, on standard output until it ends.

    Raises:
        OSError: The file cannot be read, or nobody reads the output any more (BrokenPipeError).
        KeyboardInterrupt: Ctrl-C, the way to end following.
    """
    source = open_source(path)
    # What a pipe has given is gone, and it has no name to come back under.
    regular = stat.S_ISREG(os.fstat(source.descriptor).st_mode)
    endless = following and regular and path != "-"
    for lines in follow(path, source) if endless else source.read():
        if lines is not None:
            write_all(1, b"".join(map(view.show, lines)))
        elif not wait_for_reader(1, POLL_S):
            return
    write_all(1, b"".join(map(view.show, source.close())))


def wants_color(choice: str, environment: Mapping[str, str]) -> bool:
    """Tell whether to write colours: as chosen, else NO_COLOR over FORCE_COLOR over a terminal.

    Source: https://no-color.org and https://force-color.org: only a value that is not empty counts.
    """
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    if not is_terminal(sys.stdout) or environment.get("TERM") == "dumb":
        return False
    return shows_colors(sys.stdout)


def _take_all(fields: dict[str, Any], members: Iterable[Member]) -> dict[str, Any]:
    """Remove and return those of some members that have the expected type."""
    taken = {each.key: _take(fields, each.key, each.kind) for each in members}
    return {key: value for key, value in taken.items() if value is not None}


def _take(fields: dict[str, Any], key: str, kind: Any) -> Any:
    """Remove and return a field of the expected type; leave any other, and return None."""
    return fields.pop(key) if isinstance(fields.get(key), kind) else None
