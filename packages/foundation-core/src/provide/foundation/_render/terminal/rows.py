"""A flat line that does not fit, in rows: fields go on below the event, and blocks behind them."""

from __future__ import annotations

import re

from provide.foundation._render.terminal.blocks import block_of
from provide.foundation._render.terminal.codes import EVENT, GUTTER_WIDTH, QUIET, RESET
from provide.foundation._render.terminal.columns import Columns
from provide.foundation._render.terminal.meanings import color_meanings
from provide.foundation._render.terminal.wrap import Wrapper, columns_of

_GUTTER = b" " * (GUTTER_WIDTH + 1)
_MOST_ROWS_OF_VALUE = 3
_MOST_ROWS_OF_TEXT = 20
_QUIET, _RESET, _EVENT = QUIET.encode(), RESET.encode(), EVENT.encode()
#: So far behind the time a logger's name begins at most: behind the longest level, with its codes.
_FARTHEST = 64
#: What may take a block.
BLOCK = re.compile(rb"m[\[{]|\\n")
#: A width that no row has.
ENDLESS = 1 << 60
_BETWEEN = re.compile(r" (?=\x1b\[38;5;\d+m)")


def _find_parts(first: bytes, stamp: int) -> tuple[int, int, int]:
    """Return where the logger's name begins and ends, and where the event begins; -1: nowhere."""
    start = first.find(_QUIET, stamp, stamp + _FARTHEST)
    name_end = first.find(_RESET, start) + len(_RESET)
    return start, name_end, first.find(_EVENT, name_end)


def place_event(
    first: bytes, stamp: int, *, wide: bool, gutter: bool
) -> tuple[bytes, int, bytes] | None:
    """Return a line with its event in its column, where that is, and what is to stand at its end.

    Args:
        first: The line. One of another form has `None` as the result.
        stamp: The bytes of its time.
        wide: Whether the logger's name has a column; else it stands at the end.
        gutter: Whether emoji have a column.
    """
    start, name_end, event_at = _find_parts(first, stamp)
    if start < 0 or event_at < 0:
        return None
    emoji = first[name_end:event_at].strip() if gutter else b""
    if not wide:
        lead = first[:start] + (emoji_column(emoji) if gutter else b"")
        return lead + first[event_at:], len(lead), b" " + first[start:name_end]
    if gutter and not emoji:
        return first[:event_at] + _GUTTER + first[event_at:], event_at + len(_GUTTER), b""
    return first, event_at, b""


def place_in_order(order: Columns, first: bytes, stamp: int, gutter: int) -> tuple[bytes, int, int]:
    """Return a line with its columns in their order, where its event is, and the columns before it.

    Args:
        order: The order.
        first: The line.
        stamp: The bytes of its time.
        gutter: The columns of emoji, if they have some.
    """
    start, name_end, event_at = _find_parts(first, stamp)
    lead, rest, hang = order.arrange(
        first[:stamp], first[stamp:start], first[start:name_end], first[event_at:], stamp > 0
    )
    lead += emoji_column(first[name_end:event_at].strip()) if gutter else b""
    return lead + rest, len(lead), hang + gutter


def column_behind(made: bytes, event_at: int, hang: int) -> int:
    """Return the column in which the rows of an event end, which begins in a known one."""
    *more, last = made[event_at:].split(b"\n")
    return columns_of(last.decode("utf-8", "replace")) + (0 if more else hang)


def fold(first: bytes, name: bytes, event_at: int, hang: int, width: int) -> bytes:
    """Return a line whose fields go on below its event where they do not fit.

    Args:
        first: The line.
        name: The logger's name, behind a blank, where it has no column of its own.
        event_at: Where its event begins.
        hang: The columns in front of the event.
        width: The terminal's width; 0: it is not known.
    """
    lead = first[:event_at]
    text = first[event_at:].decode("utf-8", "replace")
    event, *fields = _BETWEEN.split(text)
    rows: list[str] = []
    blocks: list[str] = []
    column = hang + columns_of(event)
    if width and column > width:
        event = Wrapper(width, hang, hang, _MOST_ROWS_OF_TEXT).wrap(event)
        column = columns_of(event.rpartition("\n")[2])
    row = event
    for field in fields:
        if "\\n" in field or "m{" in field or "m[" in field:
            block = block_of(field, hang, width)
            if block is not None:
                blocks.append(block)  # behind all that stands in a row
                continue
        size = _field_columns(field)
        if not width or column + 1 + size <= width:
            row, column = f"{row} {field}", column + 1 + size
            continue
        rows.append(row)
        if width and hang + size > width:
            field = Wrapper(width, hang, hang, _MOST_ROWS_OF_VALUE).wrap(field)
            size = columns_of(field.rpartition("\n")[2]) - (hang if "\n" in field else 0)
        row, column = f"{' ' * hang}{field}", hang + size
    made = "\n".join([*rows, row]).encode("utf-8", "backslashreplace")
    if name:
        size = columns_of(name.decode("utf-8", "replace"))
        made = add_name(made, name, size, column, hang, width or ENDLESS)
    if blocks:
        made += "\n".join(["", *blocks]).encode("utf-8", "backslashreplace")
    return lead + made


def add_name(made: bytes, name: bytes, size: int, column: int, hang: int, width: int) -> bytes:
    """Return the rows of a line with the logger's name at their end.

    Where it has no room there it stands in front of the second row, and else in one of its own.

    Args:
        made: The rows.
        name: The name, behind a blank.
        size: The columns that both take.
        column: The columns of the last row.
        hang: The columns in front of the event.
        width: The terminal's width.
    """
    if column + size <= width:
        return made + name
    glue = b"\n" + b" " * hang
    if size < hang and glue in made:
        return made.replace(glue, b"\n" + b" " * (hang - size) + name[1:] + b" ", 1)
    return made + b"\n" + b" " * min(hang, max(width - size + 1, 0)) + name[1:]


def break_row(
    first: bytes, name: bytes, event_at: int, hang: int, width: int, code: bytes | None
) -> bytes:
    """Return a line in rows, and in the colours of its level and of what its values mean.

    Args:
        first: The line.
        name: The logger's name, behind a blank, where it has no column of its own.
        event_at: Where its event begins.
        hang: The columns in front of the event.
        width: The terminal's width; 0: it is not known.
        code: The colour of the event; `None`: that of most.
    """
    # Each code of a colour has 11 bytes, but for a level's, and so this is too much at most.
    whole = first + name
    size = len(whole) - 11 * whole.count(b"\x1b[3") - 4 * whole.count(_RESET) - 4
    if (width and size > width) or BLOCK.search(first):
        first = fold(first, name, event_at, hang, width)
    else:
        first = whole
    return color_meanings(first if code is None else first.replace(_EVENT, code))


def wrap_rows(rest: bytes, width: int) -> bytes:
    """Return the rows of an exception, each within the terminal's width."""
    rows = rest.decode("utf-8", "replace").split("\n")
    for number, row in enumerate(rows):
        if len(row) > width and columns_of(row) > width:
            inner = len(row) - len(row.lstrip(" ")) + 2
            hang = min(inner, width // 2)
            rows[number] = Wrapper(width, hang, 0, _MOST_ROWS_OF_TEXT).wrap(row)
    return "\n".join(rows).encode("utf-8", "backslashreplace")


def _field_columns(field: str) -> int:
    """Return how many columns a field takes, whose codes have one size."""
    if field.isascii():
        return len(field) - 11 * field.count("\x1b[3") - 4 * field.count(RESET)
    return columns_of(field)


def emoji_column(emoji: bytes) -> bytes:
    """Return emoji as a column, and the blank behind it."""
    if not emoji:
        return _GUTTER
    return emoji + b" " * (GUTTER_WIDTH - columns_of(emoji.decode("utf-8", "replace")) + 1)
