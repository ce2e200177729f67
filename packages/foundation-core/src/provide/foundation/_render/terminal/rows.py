"""A flat line that does not fit, in rows: fields go on below the event, and blocks behind them."""

from __future__ import annotations

import re

from provide.foundation._render.terminal.blocks import block_of
from provide.foundation._render.terminal.codes import GUTTER_WIDTH, RESET
from provide.foundation._render.terminal.wrap import Wrapper, columns_of

_GUTTER = b" " * (GUTTER_WIDTH + 1)
_MOST_ROWS_OF_VALUE = 3
_MOST_ROWS_OF_TEXT = 20
_BETWEEN = re.compile(r" (?=\x1b\[38;5;\d+m)")


def fold(first: bytes, event_at: int, hang: int, width: int) -> bytes:
    """Return a line whose fields go on below its event where they do not fit.

    Args:
        first: The line.
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
    return lead + "\n".join([*rows, row, *blocks]).encode("utf-8", "backslashreplace")


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
