"""Usual lines of Foundation's own in one go, with the same bytes as `render_terminal`.

A line has a shape, its keys and the types of its values, for which a row is prepared once. Then
each line is parsed, its texts are looked at together, and the row is filled in. Whatever is not
usual, such as a traceback, a key that logfmt cannot hold or an event beyond ASCII, is refused,
and goes the way of all lines.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple

from provide.foundation._encoder import JSONDecodeError, dumps, loads
from provide.foundation._record.escaping import escape_json
from provide.foundation._record.schema import (
    CONSTANTS,
    DETAILS,
    RESERVED,
    TRACE_KEYS,
)
from provide.foundation._record.timestamps import format_moment
from provide.foundation._render.console import COLOURED, EVENT_WIDTH, LEVEL_WIDTH, PLAIN
from provide.foundation._render.logfmt import logfmt_text
from provide.foundation._view.dialects.moments import read_moment
from provide.foundation.levels import LEVEL_NAMES, LEVEL_NUMBERS

#: Below which a line can break none of the limits of values, if it is not deep.
LONGEST, _DEEPEST, _MOST_KEYS = 2000, 30, 60
#: Prepared rows and beginnings; they are made anew when there are so many.
_MOST_SHAPES, _MOST_HEADS = 1000, 10_000
_CONSTANTS = {each.key: each for each in CONSTANTS if not each.optional and each.shown}
_HEAD = ("timestamp", "level", "logger", "event")
_REFUSED = {each.key for each in DETAILS} | {"emoji"} | (RESERVED - _CONSTANTS.keys())

Convert = Callable[[Any], str]


def _show_nested(value: Any) -> str:
    text = dumps(value).decode()
    return text if text.isprintable() else escape_json(text.encode()).decode()


def _show_number(value: Any) -> str:
    return dumps(value).decode()


#: How values are shown that `%` does not show as it should.
_CONVERT: dict[type, Convert] = {
    float: _show_number,
    bool: _show_number,
    type(None): _show_number,
    dict: _show_nested,
    list: _show_nested,
}


#: A row to fill in, which values are texts, which are converted, whether any is nested.
_Row = tuple[str, tuple[int, ...], tuple[tuple[int, Convert], ...], bool]


class _Keys(NamedTuple):
    """Hold what is known of lines with certain keys.

    Args:
        names: Those behind the event, in the order in which they are shown.
        take: Takes their values out of a line.
        rows: What is prepared, by the types of the values.
    """

    names: tuple[str, ...]
    take: Callable[[dict[str, Any]], tuple[Any, ...]]
    rows: dict[tuple[type, ...], _Row]


class Latest(NamedTuple):
    """Hold what the row of a usual line was made of.

    Args:
        keys: Those of the line.
        names: Those behind the event, in the order in which they are shown.
        values: Their values.
        begin: What stands between the time and the fields.
        template: The fields, with a place for each value.
    """

    keys: tuple[str, ...]
    names: tuple[str, ...]
    values: tuple[Any, ...]
    begin: str
    template: str


class UsualRows:
    """Make rows of usual lines.

    Args:
        colors: Whether to write colour codes.
        local: Whether times are local, and not UTC.
    """

    def __init__(self, *, colors: bool, local: bool) -> None:
        self._style = COLOURED if colors else PLAIN
        self._local = local
        self._shapes: dict[tuple[str, ...], _Keys | None] = {}
        self._heads: dict[tuple[str, str, str], str] = {}
        self._second, self._moment = "", ""
        #: What the last row was made of.
        self.latest: Latest | None = None

    def show(self, raw: bytes) -> bytes | None:
        """Return the row of a line, given without its end; `None`: it is not a usual one."""
        if len(raw) > LONGEST:
            return None
        try:
            line = loads(raw)
        except JSONDecodeError:
            return None
        if type(line) is not dict:
            return None
        keys = tuple(line)
        shape = self._shapes.get(keys)
        if shape is None and (keys in self._shapes or (shape := self._learn(keys)) is None):
            return None
        time = line["timestamp"]
        if type(time) is not str or len(time) != 27 or not time[20:26].isdecimal():
            return None
        if (time[:20] != self._second or time[26] != "Z") and not self._learn_second(time):
            return None
        head = (line["level"], line["logger"], line["event"])
        try:
            begin = self._heads.get(head) or self._learn_head(*head)
        except TypeError:  # a list or an object, which has no hash
            return None
        if begin is None:
            return None
        values = shape.take(line)
        kinds = tuple(map(type, values))
        row = shape.rows.get(kinds) or self._learn_row(shape, kinds)
        if row is None:
            return None
        template, texts, others, nested = row
        self.latest = Latest(keys, shape.names, values, begin, template)
        if nested and raw.count(b"{") + raw.count(b"[") > _DEEPEST:
            return None
        if texts:
            together = "".join([values[at] for at in texts])
            usual = (
                together.isprintable()
                and " " not in together
                and "=" not in together
                and '"' not in together
                and "\\" not in together
                and "" not in values
            )
            if others or not usual:
                shown = list(values)
                if not usual:
                    for at in texts:
                        shown[at] = logfmt_text(shown[at])
                for at, convert in others:
                    shown[at] = convert(shown[at])
                values = tuple(shown)
        elif others:
            shown = list(values)
            for at, convert in others:
                shown[at] = convert(shown[at])
            values = tuple(shown)
        return f"{self._moment}{time[20:23]}{begin}{template % values}\n".encode()

    def show_second(self, second: str) -> str | None:
        """Return how a row begins, as far as the second; `None`: it is none."""
        return self._moment if self._learn_second(f"{second}.000000Z") else None

    def _learn(self, keys: tuple[str, ...]) -> _Keys | None:
        """Return what is known of lines with such keys, from now on; `None`: they are unusual."""
        names = [key for key in _CONSTANTS if key in keys]
        names += [key for key in keys if key not in (*_HEAD, *_CONSTANTS, *TRACE_KEYS)]
        names += [key for key in TRACE_KEYS if key in keys]
        usual = (
            len(self._shapes) < _MOST_SHAPES
            and len(keys) <= _MOST_KEYS
            and all(name in keys for name in _HEAD)
            and all(
                key.isidentifier() and (key in TRACE_KEYS or key not in _REFUSED) for key in names
            )
        )
        found = None
        if usual:
            take: Any = itemgetter(*names) if len(names) > 1 else None
            if take is None:
                only = names[0] if names else ""
                take = (lambda line: (line[only],)) if names else (lambda _: ())
            found = _Keys(tuple(names), take, {})
        if len(self._shapes) < 10 * _MOST_SHAPES:
            self._shapes[keys] = found
        return found

    def _learn_second(self, time: str) -> bool:
        """Keep the text of a second; tell whether the time is one."""
        seconds = read_moment(time) if time[19] == "." and time[26] == "Z" else None
        if seconds is None or time[10] != "T":
            return False
        quiet = self._style.quiet
        self._moment = quiet + format_moment(seconds, local=self._local)[:20]
        self._second = time[:20]
        return True

    def _learn_head(self, level: str, logger: str, event: str) -> str | None:
        """Keep level, event and logger as they begin a row; `None`: they are unusual."""
        if not type(level) is type(logger) is type(event) is str:
            return None
        number = LEVEL_NUMBERS.get(level.upper())
        if number is None or not logger or not (logger + event).isprintable():
            return None
        if not event.isascii():  # its width is another question
            return None
        style = self._style
        name = LEVEL_NAMES[number]
        pad = " " * (LEVEL_WIDTH - len(name))
        begin = (
            f"{style.reset} {style.levels.get(number, '')}{name}{style.reset}{pad} "
            f"{style.event}{event}{style.reset}{' ' * (EVENT_WIDTH - len(event))} "
            f"{style.quiet}[{logger}]{style.reset}"
        )
        if len(self._heads) >= _MOST_HEADS:
            self._heads.clear()
        self._heads[level, logger, event] = begin
        return begin

    def _learn_row(self, shape: _Keys, kinds: tuple[type, ...]) -> _Row | None:
        """Prepare the row of values of certain types; `None`: they are unusual."""
        style = self._style
        parts = []
        for name, kind in zip(shape.names, kinds, strict=True):
            if name in _CONSTANTS or name in TRACE_KEYS:
                if kind is not str:  # anybody's field, under another name
                    return None
                parts.append(f" {style.quiet}{name}=%s{style.reset}")
            else:
                parts.append(f" {style.key}{name}{style.quiet}={style.value}%s{style.reset}")
        texts = tuple(at for at, kind in enumerate(kinds) if kind is str)
        others = tuple((at, _CONVERT[kind]) for at, kind in enumerate(kinds) if kind in _CONVERT)
        row = ("".join(parts), texts, others, dict in kinds or list in kinds)
        if len(shape.rows) < _MOST_SHAPES:
            shape.rows[kinds] = row
        return row
