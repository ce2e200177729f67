"""A flat line that does not fit, in rows: fields go on below the event, and blocks behind them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from provide.foundation._render.terminal.blocks import MOST_ROWS, block_of, room_of, show_block
from provide.foundation._render.terminal.codes import (
    EVENT,
    GUTTER_WIDTH,
    KEY,
    NUMBER,
    QUIET,
    RESET,
    TEXT,
    WORD,
)
from provide.foundation._render.terminal.columns import Columns
from provide.foundation._render.terminal.meanings import SOME, color_meanings, underline_addresses
from provide.foundation._render.terminal.wrap import Wrapper, columns_of, wrap_plain

_GUTTER = b" " * (GUTTER_WIDTH + 1)
_MOST_ROWS_OF_VALUE = 3
_MOST_ROWS_OF_TEXT = 20
_QUIET, _RESET, _EVENT = QUIET.encode(), RESET.encode(), EVENT.encode()
#: So far behind the time a logger's name begins at most: behind the longest level, with its codes.
_FARTHEST = 64
#: What may take a block.
BLOCK = re.compile(rb"m[\[{]|\\n")
#: The fields of a call: their bytes, line end included; each in its colours behind a blank; what is
#: put in the place of what if one of them is an address; the key and the lines of each block.
Blocks = Sequence[tuple[str, Sequence[str]]]
Handed = tuple[bytes, Sequence[str], tuple[str, str] | None, Blocks]
#: For keys, hangs and widths of blocks, what `_keep_lead` has found.
_LEADS: dict[tuple[str, int, int], tuple[bytes, bytes, int]] = {}
_MOST_LEADS = 1024
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


def wrap_field(
    part: str, hang: int, width: int, address: tuple[str, str] | None
) -> tuple[str, int, tuple[str, str] | None]:
    """Return a field that is wider than a row, the column in which it ends, and the address.

    Args:
        part: The field in its colours and in ASCII, behind a blank.
        hang: The columns in front of the event.
        width: The terminal's width.
        address: What `Handed` says of addresses.
    """
    place = part.index(f"{QUIET}=") + len(f"{QUIET}=")
    code, behind = part[place : place + len(NUMBER)], place + len(NUMBER)
    start = hang + place - len(f" {KEY}{QUIET}")
    if code == TEXT and start < width:
        text = part[behind : -len(RESET)]
        lines, hidden, column = wrap_plain(text, start, hang, width, _MOST_ROWS_OF_VALUE)
        field = part[:behind] + f"{RESET}\n{' ' * hang}{KEY}{QUIET}{TEXT}".join(lines) + RESET
        if hidden:
            field += f"{RESET}{QUIET}+{hidden}{RESET}"
            column += len(f"+{hidden}")
        return field, column, SOME if address else None
    is_number = code not in (TEXT, WORD, QUIET)
    if is_number:  # its meaning goes where it is broken
        part = f"{part[:place]}{NUMBER}{part[behind:]}"
    field = Wrapper(width, hang, hang, _MOST_ROWS_OF_VALUE).wrap(part[1:])
    column = columns_of(field.rpartition("\n")[2]) + (0 if "\n" in field else hang)
    if is_number:
        field = color_meanings(field.encode()).decode()
    return f" {field}", column, SOME if address else None


def rows_of_blocks(blocks: Blocks, hang: int, width: int) -> bytes:
    """Return the rows of blocks, each behind a line end.

    Args:
        blocks: The key and the lines of each, in ASCII.
        hang: The columns in front of the event.
        width: The terminal's width; 0: it is not known.
    """
    made = b""
    for key, lines in blocks:
        lead, glue, room = _LEADS.get((key, hang, width)) or _keep_lead(key, hang, width)
        if len(lines) <= MOST_ROWS and max(map(len, lines)) <= room:
            # No line has a line end of its own: what joins them is put in for all at once.
            text = "\n".join(lines)
            rows = lead + text.encode().replace(b"\n", glue)
            made += underline_addresses(rows) if "://" in text else rows
        else:
            made += underline_addresses(f"\n{show_block(key, lines, hang, width)}".encode())
    return made


def _keep_lead(key: str, hang: int, width: int) -> tuple[bytes, bytes, int]:
    """Keep what stands in front of the first row of a block and of the others, and their room."""
    front, glue, _ = show_block(key, ["\0", "\0", ""], hang, width).encode().split(b"\0")
    if len(_LEADS) >= _MOST_LEADS:
        _LEADS.clear()
    _LEADS[key, hang, width] = found = b"\n" + front, glue, room_of(key, hang, width)
    return found


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
