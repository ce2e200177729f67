"""What makes rows of the flat lines of a terminal: it knows the width, the day and the context.

A lane writes one row, of which most fit as they are. Here the clock gets a rule where the date
changes, fields that do not fit go on below the event, context that has been shown becomes a tag,
and colours say what a level, a status and a duration mean. Nothing here reads a record, so that
lanes need not know of it, and nothing here is loaded by a program without such an output.
"""

from __future__ import annotations

from collections.abc import Callable
from time import time
from typing import Any

from provide.foundation._process.interrupts import let_through
from provide.foundation._render.terminal.codes import (
    CODES,
    GUTTER_WIDTH,
    LEVEL_WIDTH,
    NAME_WIDTH,
    PLAIN_SIGNS,
    QUIET,
    RESET,
    SCREEN,
    use_ansi,
)
from provide.foundation._render.terminal.columns import Columns
from provide.foundation._render.terminal.meanings import ENDS_WITH_S, color_meanings
from provide.foundation._render.terminal.moments import day_of, elapsed, rule_of
from provide.foundation._render.terminal.rows import emoji_column, fold, wrap_rows
from provide.foundation._render.terminal.tags import ContextTags
from provide.foundation.context import CURRENT
from provide.foundation.levels import CRITICAL, DEBUG, ERROR, INFO, TRACE, WARNING

#: From so many columns on the logger's name has a column of its own.
WIDE = 110
_NARROWEST = 40
NEVER = -1
ENDLESS = 1 << 62
current_context = CURRENT.get
_STAMP = len(f"{QUIET}14:32:54.923{RESET} ")
_TIME = slice(len(QUIET), len(QUIET) + len("14:32:54.923"))
_HEAD_COLUMNS = LEVEL_WIDTH + 1
_STAMP_COLUMNS = len("14:32:54.923 ")
_QUIET, _RESET, _EVENT = QUIET.encode(), RESET.encode(), SCREEN.event.encode()
#: The longest level, with its codes.
_FARTHEST = _STAMP + 64
#: Bytes that hold all that stands before an event.
_HEAD = 110
#: What emoji beyond the first plane begin with, in UTF-8: most of them do.
_EMOJI = b"\xf0\x9f"
_GUTTER = b" " * (GUTTER_WIDTH + 1)
#: The colour of an event, where it is not that of most.
EVENT_CODES = {
    TRACE: _QUIET,
    DEBUG: _QUIET,
    WARNING: SCREEN.levels[WARNING].encode(),
    ERROR: SCREEN.levels[ERROR].encode(),
    CRITICAL: SCREEN.levels[ERROR].encode(),
}


class Screen:
    """Make rows of the flat lines of one output.

    Args:
        columns: Returns the width of the terminal; 0: it is not known, and nothing is folded.
        level_of: The level of each index of a counter.
        colors: Whether codes of colours stay.
        dated: Whether lines have a time.
        clock: ``local``, ``utc``, or ``delta``, the time since the line before.
        tags: Makes a tag of the context that has been shown; `None`: it stays whole.
        plain_signs: Whether signs that ASCII lacks have others in their place.
        order: Arranges the columns, where that is not the usual order.
        ansi: Whether the colours are the 16 of the terminal's theme.
        finish: Takes the index of a counter, the flat line and its rows, and returns those anew.
    """

    __slots__ = (
        "ansi", "clock", "codes", "colors", "columns", "day", "finish", "fits", "gutter", "info",
        "last", "margin", "order", "plain_signs", "rule", "since", "stamp", "tags", "tell", "until",
        "usual", "wide", "width",
    )  # fmt: skip

    def __init__(
        self,
        columns: Callable[[], int],
        level_of: dict[int, int],
        *,
        colors: bool = True,
        dated: bool = True,
        clock: str = "local",
        tags: ContextTags | None = None,
        plain_signs: bool = False,
        order: Columns | None = None,
        ansi: bool = False,
        finish: Callable[[int, bytes, bytes], bytes] | None = None,
    ) -> None:
        self.order, self.ansi, self.finish = order, ansi, finish
        self.columns, self.colors, self.clock = columns, colors, clock
        #: The index of lines that most are of.
        self.info = next(index for index, level in level_of.items() if level == INFO)
        self.usual, self.fits = NEVER, 0
        self.codes = {index: EVENT_CODES.get(level) for index, level in level_of.items()}
        self.stamp = _STAMP if dated else 0
        self.margin = (_STAMP_COLUMNS if dated else 0) + _HEAD_COLUMNS
        self.tags, self.plain_signs, self.gutter = tags, plain_signs, 0
        self.tell: Callable[[int, int, bool], None] | None = None
        # Of the second in which the terminal was looked at last.
        self.since = self.until = 0.0
        self.day: Any = None
        self.rule = b""
        self.width, self.wide = 0, True
        self.last: float | None = None

    def lay_out(self, index: int, data: bytes) -> bytes:
        """Return the rows of a flat line; a line of another form stays as it is.

        No `Exception` leaves this function. Any thread may call it.

        Args:
            index: Of the level's counter.
            data: The line.
        """
        # Small, because the handler of a large function needs memory itself, and waits for it.
        try:
            return self._find_rows(index, data)
        except MemoryError:  # the flat line is there, and is readable
            return data
        except Exception as failure:  # a log call never raises, and the flat line is readable
            if type(failure) is not RecursionError:
                let_through()
            return data

    def lay_out_at(self, index: int, data: bytes, now: float) -> bytes:
        """Return the rows of a line of any moment, of which `lay_out` takes the present one.

        Args:
            index: Of the level's counter.
            data: The line.
            now: The moment, in seconds since the epoch.
        """
        try:
            if not self.since <= now < self.until:
                self.look(now)
            return self._lay_out(index, data, now)
        except Exception as failure:  # never raises: the line may be of any program
            if type(failure) is not RecursionError:
                let_through()
            return data

    def _find_rows(self, index: int, data: bytes) -> bytes:
        now = time()
        if not self.since <= now < self.until:
            self.look(now)
        # Most lines stay as they are, and are told by their bytes.
        if (
            index == self.usual
            and len(data) - 11 * data.count(b"\x1b[3") - 4 * data.count(_RESET) <= self.fits
            and current_context() is None
            and b"\\n" not in data
            and b"m{" not in data
            and b"m[" not in data
            and b"status" not in data
            and ENDS_WITH_S not in data
            and b"://" not in data
            and data.find(b"\n") == len(data) - 1
            and (not self.gutter or data.find(_EMOJI, self.stamp, _HEAD) > 0)
        ):
            return data
        rows = self._lay_out(index, data, now)
        return rows if self.finish is None else self.finish(index, data, rows)

    def _lay_out(self, index: int, data: bytes, now: float) -> bytes:
        start = data.find(_QUIET, self.stamp, _FARTHEST)
        if start < 0:
            return data
        name_end = data.find(_RESET, start) + len(_RESET)
        event_at = data.find(_EVENT, name_end)
        if event_at < 0:
            return data
        end = data.find(b"\n", event_at)
        first, rest = data[:end], data[end:]
        emoji = data[name_end:event_at].strip() if self.gutter else b""
        if self.tags is not None and (context := current_context()) is not None:
            first = self.tags.fold(context, first)
        if self.clock == "delta" and self.stamp:
            first = first[: _TIME.start] + elapsed(self.last, now) + first[_TIME.stop :]
            self.last = now
        if self.order is not None:
            lead, rest_of_row, hang = self.order.arrange(
                first[: self.stamp], first[self.stamp : start], first[start:name_end],
                first[event_at:], self.stamp > 0,
            )  # fmt: skip
            lead += emoji_column(emoji) if self.gutter else b""
            first, event_at, hang = lead + rest_of_row, len(lead), hang + self.gutter
        elif not self.wide:
            name = first[start:name_end]
            lead = emoji_column(emoji) if self.gutter else b""
            first = b"%b%b%b %b" % (first[:start], lead, first[event_at:], name)
            event_at = start + len(lead)
            hang = self.margin + self.gutter
        else:
            hang = self.margin + NAME_WIDTH + 1 + self.gutter
            if self.gutter and not emoji:
                first = first[:event_at] + _GUTTER + first[event_at:]
                event_at += len(_GUTTER)
        # Each code of a colour has 11 bytes, but for a level's, and so this is too much at most.
        size = len(first) - 11 * first.count(b"\x1b[3") - 4 * first.count(_RESET) - 4
        is_nested = b"m{" in first or b"m[" in first
        if (self.width and size > self.width) or is_nested or b"\\n" in first:
            first = fold(first, event_at, hang, self.width)
        code = self.codes.get(index)
        if code is not None:
            first = first.replace(_EVENT, code)
        first = color_meanings(first)
        if len(rest) > 1 and self.width:
            rest = wrap_rows(rest, self.width)
        rule, self.rule = self.rule, b""
        if rule:
            self._find_usual()
        made = rule + first + rest
        if self.plain_signs:
            made = made.decode("utf-8", "replace").translate(PLAIN_SIGNS).encode()
        if not self.colors:
            return CODES.sub(b"", made)
        return use_ansi(made) if self.ansi else made

    def _find_usual(self) -> None:
        """Find which lines may stay as they are: of one level, within so many bytes."""
        # Codes of a level that is not `INFO` are longer, and its events have another colour.
        changed = self.order is not None or self.ansi or self.plain_signs or self.clock == "delta"
        plain = self.wide and self.colors and self.finish is None and not changed
        self.usual = self.info if plain and not self.rule else NEVER
        # Its bytes are those of the columns, the code of the event and the line's end.
        self.fits = self.width + len(_EVENT) + 1 if self.width else ENDLESS
        if self.tell is not None:
            self.tell(self.usual, self.width or ENDLESS, self.gutter > 0)

    def tell_usual(self, tell: Callable[[int, int, bool], None]) -> None:
        """Have a function told which lines stay as they are, now and whenever that changes.

        Args:
            tell: Takes the index of a counter, or `NEVER`; the most columns; and whether lines
                without emoji do not.
        """
        self.tell = tell
        self._find_usual()

    def use_gutter(self) -> None:
        """Have a gutter in each line: there are extensions that give emoji."""
        self.gutter = len(_GUTTER)
        self._find_usual()

    def look(self, now: float) -> None:
        """Look once a second how wide the terminal is, and whether the day is another one."""
        self.since = now // 1
        self.until = self.since + 1
        width = self.columns()
        self.width = max(width, _NARROWEST) if width else 0
        self.wide = not 0 < self.width < WIDE
        if self.stamp and (self.order is None or self.order.has_time):
            local = self.clock != "utc"
            day = day_of(now, local=local)
            if day != self.day:
                self.day = day
                self.rule = rule_of(day, now, self.width, local=local)
        self._find_usual()
