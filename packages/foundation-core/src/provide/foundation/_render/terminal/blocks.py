"""Values that take rows of their own: text of several lines, and what is nested."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from provide.foundation._encoder import dumps
from provide.foundation._record.escaping import escape_json, escape_text
from provide.foundation._render.terminal.codes import KEY, QUIET, RESET
from provide.foundation._render.terminal.wrap import cut

#: The most rows of a block, and the most columns of a nested value that stands in its line.
MOST_ROWS = 12
MOST_INLINE = 60
#: A longer value is cut as a text, and not taken apart: that would take too long.
_LONGEST = 100_000
#: Columns of a row where the terminal's width is not known.
_USUAL_WIDTH = 200
_BAR = f"{QUIET} │ {RESET}"
#: Begins with its letter, for which the search is several times as fast.
_EXPONENT = re.compile(r"e[-+\d](?<=\de.)")
#: A field: its key, and its value with the code in front of it.
_FIELD = re.compile(r"\x1b\[38;5;030m([^\x1b]*)\x1b\[38;5;243m=\x1b\[[0-9;]*m([^\x1b]*)\x1b\[0m\Z")


def block_of(field: str, hang: int, width: int) -> str | None:
    """Return the rows of a field that takes a block, or `None`: it stands in its line.

    Args:
        field: The field, painted.
        hang: Blanks in front of each row.
        width: The terminal's width; 0: it is not known.
    """
    found = _FIELD.match(field)
    if found is None:
        return None
    key, value = found.groups()
    is_text = value[0] == '"' and "\\n" in value
    if not is_text and not (value[0] in "{[" and len(value) > MOST_INLINE):
        return None
    if len(value) > _LONGEST:
        return None
    try:
        # Not by orjson, which ends the process where it gets no memory. Few lines need it.
        from json import loads

        lines = list(_lines_of(loads(value)))
    except ValueError:  # it only looks like it
        return None
    return show_block(key, lines, hang, width) if len(lines) > 1 else None


def show_block(key: str, lines: Sequence[str], hang: int, width: int) -> str:
    """Return the rows of a block.

    Args:
        key: What its first row begins with.
        lines: What it shows, more than one.
        hang: Blanks in front of each row.
        width: The terminal's width; 0: it is not known.
    """
    room = room_of(key, hang, width)
    lead = f"\n{' ' * (hang + len(key))}{_BAR}"
    shown = [cut(line, room) for line in lines[:MOST_ROWS]]
    rows = f"{' ' * hang}{KEY}{key}{RESET}{_BAR}{lead.join(shown)}"
    if len(lines) <= MOST_ROWS:
        return rows
    more = f"⋮ {len(lines) - MOST_ROWS} more lines"
    return f"{rows}\n{' ' * (hang + len(key) + 1)}{QUIET}{more}{RESET}"


def room_of(key: str, hang: int, width: int) -> int:
    """Return the columns that the lines of a block have."""
    return max((width or _USUAL_WIDTH) - hang - len(key) - 3, 10)


def lines_of_field(value: Any, text: str) -> list[str] | None:
    """Return the lines of the block that a field takes, or `None`: it stands in its line.

    They are those that `block_of` finds in the field, without a search for them.

    Args:
        value: A text, or a dict or a list of plain data.
        text: The same as it stands in a line, in ASCII.
    """
    if type(value) is str:
        body = value.rstrip("\n")
        if "\n" not in body or len(text) > _LONGEST:
            return None
        lines = body.split("\n")
        if not "".join(lines).isprintable():
            lines = [escape_text(line.replace("\t", "    ")) for line in lines]
        return lines
    if len(text) <= MOST_INLINE or len(text) > _LONGEST or len(value) < 2:
        return None
    # Floats differ in two encoders where one of them writes an exponent: from 0.0001 down, too.
    show = _show if "0.0000" in text or _EXPONENT.search(text) else _show_quickly
    if type(value) is list:
        return [str(each) if type(each) is int else show(each) for each in value]
    lines = []
    for key, each in value.items():
        name = key if key.isprintable() else escape_text(key)
        lines.append(f"{name}: {each if type(each) is int else show(each)}")
    return lines


def _show_quickly(value: Any) -> str:
    if type(value) is str:
        return value if value.isprintable() else _show(value)
    text: str = dumps(value).decode()
    return text if text.isprintable() else _show(value)


def _lines_of(value: Any) -> Iterator[str]:
    """Yield the lines of a text, the members of a mapping or the items of a list."""
    if type(value) is str:
        for line in value.rstrip("\n").split("\n"):
            yield escape_text(line.replace("\t", "    "))
    elif type(value) is dict:
        for key, each in value.items():
            yield f"{escape_text(key)}: {_show(each)}"
    elif type(value) is list:
        for each in value:
            yield _show(each)


def _show(value: Any) -> str:
    if type(value) is str and value.isprintable():
        return value
    from json import dumps

    encoded = dumps(value, ensure_ascii=False, separators=(",", ":"))
    return escape_json(encoded.encode("utf-8", "replace")).decode("utf-8")
