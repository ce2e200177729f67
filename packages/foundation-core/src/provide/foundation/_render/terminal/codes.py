"""The colours and columns of a line at a terminal.

A lane writes a line flat, in one row that does not know the terminal; a `Screen` makes rows of it.
So that it finds its way in the bytes, codes of one kind have one size: a parameter of three digits
is the same colour as one of two. The colours are those of `_render/console.py`, which have a
contrast of 3.8 or more against black and against white.

Source: ECMA-48, section 8.3.117 (select graphic rendition), whose parameters are decimal numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from provide.foundation._render.console import Style, display_width
from provide.foundation.levels import CRITICAL, DEBUG, ERROR, INFO, TRACE, WARNING

#: The width of a level, and its words.
LEVEL_WIDTH = 5
LEVEL_WORDS: Mapping[int, str] = {
    TRACE: "TRACE",
    DEBUG: "DEBUG",
    INFO: "INFO",
    WARNING: "WARN",
    ERROR: "ERROR",
    CRITICAL: "FATAL",
}
#: The columns of a logger's name; a longer one is shortened from the left.
NAME_WIDTH = 18
#: Columns of the emoji in front of an event, where an output shows some.
GUTTER_WIDTH = 6

RESET = "\x1b[0m"
QUIET = "\x1b[38;5;243m"
KEY = "\x1b[38;5;030m"
#: What a value begins with: a text, a number, a word of JSON, a secret.
TEXT = "\x1b[39;39;39m"
NUMBER = "\x1b[38;5;031m"
WORD = "\x1b[38;5;133m"
EVENT = "\x1b[1m"
FAILURE = "\x1b[38;5;196m"

SCREEN = Style(
    levels={
        TRACE: "\x1b[0;38;5;243m",  # grey, in bytes unlike those of a name
        DEBUG: NUMBER,  # blue
        INFO: "\x1b[38;5;028m",  # green
        WARNING: "\x1b[1;38;5;166m",  # orange
        ERROR: "\x1b[1;38;5;196m",  # red
        CRITICAL: "\x1b[1;38;5;231;48;5;160m",  # white on red
    },
    event=EVENT,
    key=KEY,
    value=TEXT,
    quiet=QUIET,
    failure=FAILURE,
    reset=RESET,
)
#: The same in the 16 colours that a terminal's own theme sets. Quiet parts are faint, because
#: bright black is the background of some themes; a colour does not end that, so the codes of those
#: that may follow do (22). Yellow stands for orange.
ANSI_CODES: Mapping[bytes, bytes] = {
    QUIET.encode(): b"\x1b[2m",
    KEY.encode(): b"\x1b[36m",
    TEXT.encode(): b"\x1b[22;39m",
    NUMBER.encode(): b"\x1b[22;94m",
    WORD.encode(): b"\x1b[22;35m",
    FAILURE.encode(): b"\x1b[22;31m",
    b"\x1b[0;38;5;243m": b"\x1b[0;2m",
    b"\x1b[38;5;028m": b"\x1b[22;32m",
    b"\x1b[38;5;166m": b"\x1b[22;33m",
    b"\x1b[1;38;5;166m": b"\x1b[1;33m",
    b"\x1b[1;38;5;196m": b"\x1b[1;31m",
    b"\x1b[1;38;5;231;48;5;160m": b"\x1b[1;37;41m",
}
#: The colour of an event, where it is not that of most.
EVENT_CODES = {
    TRACE: QUIET.encode(),
    DEBUG: QUIET.encode(),
    WARNING: SCREEN.levels[WARNING].encode(),
    ERROR: SCREEN.levels[ERROR].encode(),
    CRITICAL: SCREEN.levels[ERROR].encode(),
}
#: What stands for our own signs where a terminal's encoding lacks them; each has one column, too.
PLAIN_SIGNS = str.maketrans("─│⟨⟩…⋮✖❯↳·", "-|<>~:x>+-")  # noqa: RUF001
#: All that a line has of its own between the characters that are seen: colours and links.
CODES = re.compile(rb"\x1b\[[0-9;]*m|\x1b\]8;;[^\x1b]*\x1b\\")
_COLORS = re.compile(rb"\x1b\[[0-9;]*m")
_NUMERIC = "+-.0123456789Ee"
WORDS = frozenset({"true", "false", "null"})


def use_ansi(rows: bytes) -> bytes:
    """Return rows with the 16 colours of the terminal's theme in place of ours."""
    return _COLORS.sub(lambda found: ANSI_CODES.get(found[0], found[0]), rows)


def adapt(rows: bytes, *, plain_signs: bool, colors: bool, ansi: bool) -> bytes:
    """Return rows with the signs and colours that a terminal has.

    Args:
        rows: The rows.
        plain_signs: Whether signs that ASCII lacks have others in their place.
        colors: Whether there are colours.
        ansi: Whether these are the 16 of the terminal's theme.
    """
    if plain_signs:
        rows = rows.decode("utf-8", "replace").translate(PLAIN_SIGNS).encode()
    if not colors:
        return CODES.sub(b"", rows)
    return use_ansi(rows) if ansi else rows


def value_code(text: str) -> str:
    """Return the colour of a value, by its text: the compiled lane has nothing else, either."""
    if text[0] in "-0123456789":
        return TEXT if text.strip(_NUMERIC) else NUMBER
    if text in WORDS:
        return WORD
    return QUIET if text == "***" else TEXT


def shorten_name(name: str) -> str:
    """Return an escaped logger's name in at most `NAME_WIDTH` columns.

    ``shop.payments.gateway.adapters`` is ``s.p.g.adapters``; what is longer still loses its begin.
    """
    if display_width(name) <= NAME_WIDTH:
        return name
    *parents, last = name.split(".")
    short = ".".join([*[each[:1] for each in parents], last])
    if display_width(short) <= NAME_WIDTH:
        return short
    while display_width(last) > NAME_WIDTH - 1:
        last = last[1:]
    return f"…{last}"


def name_column(name: str) -> str:
    """Return a logger's name as a column, and the blank behind it."""
    short = shorten_name(name)
    return f"{QUIET}{short}{RESET}{' ' * (NAME_WIDTH - display_width(short))} "


def level_column(level: int) -> str:
    """Return a level as a column, and the blank behind it."""
    word = LEVEL_WORDS.get(level, "ERROR")
    padding = " " * (LEVEL_WIDTH - len(word))
    return f"{SCREEN.levels.get(level, '')}{word}{RESET}{padding} "
