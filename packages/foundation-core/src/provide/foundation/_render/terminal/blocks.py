"""Values that take rows of their own: text of several lines, and what is nested."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

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
    if len(lines) < 2:
        return None
    bar = f"{QUIET} │ {RESET}"
    room = max((width or _USUAL_WIDTH) - hang - len(key) - 3, 10)
    rows = []
    for number, line in enumerate(lines[:MOST_ROWS]):
        lead = f"{KEY}{key}{RESET}" if number == 0 else " " * len(key)
        rows.append(f"{' ' * hang}{lead}{bar}{cut(line, room)}")
    if len(lines) > MOST_ROWS:
        more = f"⋮ {len(lines) - MOST_ROWS} more lines"
        rows.append(f"{' ' * (hang + len(key) + 1)}{QUIET}{more}{RESET}")
    return "\n".join(rows)


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
