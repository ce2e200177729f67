"""What makes rows of the flat lines of a terminal: it knows the width, the day and the context.

A lane writes one row, of which most fit as they are. Here the clock gets a rule where the date
changes, fields that do not fit go on below the event, context that has been shown becomes a tag,
and colours say what a level, a status and a duration mean. Nothing here reads a record. A lane that
knows the fields of a line anyway hands them over, and the compiled one makes most rows by itself.
Nothing here is loaded by a program without such an output.
"""

from __future__ import annotations

from collections.abc import Callable
from time import time
from typing import Any

from provide.foundation._process.interrupts import let_through
from provide.foundation._render.terminal.codes import (
    CODES,
    EVENT_CODES,
    GUTTER_WIDTH,
    KEY,
    LEVEL_WIDTH,
    NAME_WIDTH,
    QUIET,
    RESET,
    TEXT,
    adapt,
)
from provide.foundation._render.terminal.columns import Columns
from provide.foundation._render.terminal.meanings import SOME, color_meanings, underline_addresses
from provide.foundation._render.terminal.moments import day_of, elapsed, rule_of
from provide.foundation._render.terminal.rows import (
    BLOCK,
    ENDLESS,
    Handed,
    add_name,
    break_row,
    column_behind,
    place_event,
    place_in_order,
    rows_of_blocks,
    wrap_field,
    wrap_rows,
)
from provide.foundation._render.terminal.tags import ContextTags
from provide.foundation._render.terminal.wrap import columns_of
from provide.foundation.context import CURRENT

#: From so many columns on the logger's name has a column of its own.
WIDE = 110
_NARROWEST = 40
current_context = CURRENT.get
_STAMP = len(f"{QUIET}14:32:54.923{RESET} ")
_TIME = slice(len(QUIET), len(QUIET) + len("14:32:54.923"))
_STAMP_COLUMNS = len("14:32:54.923 ")
#: Bytes of a field, behind its blank, that take no columns.
FIELD_CODES = len(KEY) + len(QUIET) + len(TEXT) + len(RESET)
_BEHIND_BLANK = slice(1, None)
_MOST_FRONTS, _LONGEST_FRONT = 1024, 2000

Tell = Callable[[bool, bool, int, int, bool], None]
#: Rows, the column in which they end, and what stands last in the line, with its columns.
Front = tuple[bytes, int, bytes, int]


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
        "ansi", "clock", "codes", "colors", "columns", "day", "finish", "fronts", "glue", "gutter",
        "handed", "hang", "laid_out_for", "last", "margin", "order", "plain_signs", "rule", "since",
        "stamp", "tags", "tell", "until", "usual", "wide", "width",
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
        self.usual, self.hang, self.glue = False, 0, ""
        #: The last fields that a lane has made, for a line that ends so, whichever thread's it is.
        self.handed: Handed = (b"\0", (), None, ())
        #: What stands in front of the fields of calls, in rows, for one width and margin.
        self.fronts: dict[bytes, Front] = {}
        self.laid_out_for = (-1, -1)
        self.codes = {index: EVENT_CODES.get(level) for index, level in level_of.items()}
        self.stamp = _STAMP if dated else 0
        self.margin = (_STAMP_COLUMNS if dated else 0) + LEVEL_WIDTH + 1
        self.tags, self.plain_signs, self.gutter = tags, plain_signs, 0
        self.tell: Tell | None = None
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
        # Small: the handler of a large function needs memory itself, and waits for it.
        try:
            now = time()
            if not self.since <= now < self.until:
                self.look(now)
            made = self._go_on(index, data) if self.usual else None
            if made is None:
                made = self._lay_out(index, data, now)
            return made if self.finish is None else self.finish(index, data, made)
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

    def _go_on(self, index: int, data: bytes) -> bytes | None:
        """Return the rows of a line whose fields a lane has handed over; `None`: it is another.

        The rows of the part in front of them are kept. A search would take the most of the time.
        """
        fields, parts, address, blocks = self.handed
        if not data.endswith(fields):
            if data.find(b"\n") != len(data) - 1:
                return None
            fields, parts, address, blocks = b"\n", (), None, ()
        stamp = data[: self.stamp]
        front = data[self.stamp : -len(fields)]
        tag = b""
        if (context := current_context()) is not None and self.tags is not None:
            holder, members, tag, columns = self.tags.known
            size = len(front)
            front = front.replace(members, b"", 1)
            if holder is not context or columns <= 0 or len(front) == size:
                return None
        known = self.fronts.get(front) or self._keep_front(index, stamp, front)
        if known is None:
            return None
        front, column, name, name_columns = known
        rows: list[str] = []
        width = self.width or ENDLESS
        for part in parts:
            size = len(part) - FIELD_CODES
            column += size
            if column > width:
                column = self.hang + size - 1
                if column > width:
                    part, column, address = wrap_field(part, self.hang, width, address)
                rows.append(self.glue)
                part = part[_BEHIND_BLANK]
            rows.append(part)
        shown = "".join(rows)
        ending = (shown.replace(*address) if address else shown).encode()
        if address is SOME:
            ending = underline_addresses(ending)
        if tag:
            column += columns + 1
            if column > width:
                column = self.hang + columns
                if column > width:
                    return None
                tag = self.glue.encode() + tag[_BEHIND_BLANK]
        below = rows_of_blocks(blocks, self.hang, self.width) if blocks else b""
        if column + name_columns <= width:
            made = b"".join((stamp, front, ending, tag, name, below, b"\n"))
        else:
            made = add_name(front + ending + tag, name, name_columns, column, self.hang, width)
            made = b"".join((stamp, made, below, b"\n"))
        return made if self.colors else CODES.sub(b"", made)

    def _keep_front(self, index: int, stamp: bytes, front: bytes) -> Front | None:
        """Keep the rows of the part in front of fields; `None`: it has a block, say."""
        placed = place_event(stamp + front, self.stamp, wide=self.wide, gutter=self.gutter > 0)
        if placed is None or len(front) > _LONGEST_FRONT or BLOCK.search(front):
            return None
        first, event_at, name = placed
        if b"://" in first[:event_at]:
            return None  # what is underlined moves the event
        made = break_row(first, b"", event_at, self.hang, self.width, self.codes.get(index))
        column = column_behind(made, event_at, self.hang)
        columns = columns_of(name.decode("utf-8", "replace"))
        if len(self.fronts) >= _MOST_FRONTS:
            self.fronts.clear()
        self.fronts[front] = known = made[len(stamp) :], column, color_meanings(name), columns
        return known

    def _lay_out(self, index: int, data: bytes, now: float) -> bytes:
        end = data.find(b"\n")
        first, rest = data[:end], data[end:]
        placed = place_event(first, self.stamp, wide=self.wide, gutter=self.gutter > 0)
        if placed is None:
            return data
        hang, order = self.hang, self.order
        first, event_at, name = placed if order is None else (first, 0, b"")
        if self.tags is not None and (context := current_context()) is not None:
            first = self.tags.fold(context, first)
        if self.clock == "delta" and self.stamp:
            first = first[: _TIME.start] + elapsed(self.last, now) + first[_TIME.stop :]
            self.last = now
        if order is not None:
            first, event_at, hang = place_in_order(order, first, self.stamp, self.gutter)
        first = break_row(first, name, event_at, hang, self.width, self.codes.get(index))
        if len(rest) > 1 and self.width:
            rest = wrap_rows(rest, self.width)
        rule, self.rule = self.rule, b""
        if rule:
            self._find_usual()
        made = rule + first + rest
        return adapt(made, plain_signs=self.plain_signs, colors=self.colors, ansi=self.ansi)

    def _find_usual(self) -> None:
        """Find whether most lines can be laid out in the short way, and where their event is."""
        changed = self.order is not None or self.ansi or self.plain_signs or self.clock == "delta"
        self.usual = not (changed or self.rule)
        self.hang = self.margin + self.gutter + (NAME_WIDTH + 1 if self.wide else 0)
        if self.laid_out_for != (self.width, self.hang):
            self.laid_out_for = self.width, self.hang
            self.glue = f"\n{' ' * self.hang}"
            self.fronts = {}
        if self.tell is not None:
            usual = self.usual and self.colors and self.finish is None
            self.tell(usual, self.wide, self.width, self.hang, self.gutter > 0)

    def tell_layout(self, tell: Tell) -> None:
        """Have a function told what a layout depends on, now and whenever that changes.

        Args:
            tell: Takes whether most lines are laid out in the short way; whether the logger's name
                has a column of its own; the width, or 0; the columns in front of an event; and
                whether there are emoji.
        """
        self.tell = tell
        self._find_usual()

    def use_gutter(self) -> None:
        """Have a gutter in each line: there are extensions that give emoji."""
        self.gutter = GUTTER_WIDTH + 1
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
