"""Lines for people at a terminal, and what the compact renderer shares.

Only our own colour codes and line ends are raw: every control character of the data is escaped.
The colours are fixed ones of the 256-colour palette, chosen to have a contrast of 3.8 or more
against black and against white; a theme's own yellow or bright green fails on one of the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from provide.foundation._record.escaping import escape_text
from provide.foundation._record.record import Record
from provide.foundation._record.schema import SHOWN_CONSTANTS
from provide.foundation._record.timestamps import format_moment
from provide.foundation._record.values import DEFAULT_LIMITS, Limits, plain, plain_fields
from provide.foundation._render.fit import fit_line
from provide.foundation._render.logfmt import (
    callsite_text,
    display_value,
    exception_text,
    logfmt_key,
    name_fields,
)
from provide.foundation.levels import CRITICAL, DEBUG, ERROR, INFO, LEVEL_NAMES, TRACE, WARNING

#: What extensions may use of this module.
__all__ = ["display_width"]

EVENT_WIDTH = 30
LEVEL_WIDTH = 8
INDENT = "    "

_HEADINGS = (
    "Traceback (",
    "Exception Group Traceback (",
    "Stack (",
    "During handling of the above",
    "The above exception was the direct",
    "+",  # where an exception group's rail begins, branches and ends
)


class Style:
    """Hold the codes that colour a line; without arguments, none at all."""

    __slots__ = ("event", "failure", "key", "levels", "quiet", "reset", "value")

    def __init__(
        self,
        *,
        levels: dict[int, str] | None = None,
        event: str = "",
        key: str = "",
        value: str = "",
        quiet: str = "",
        failure: str = "",
        reset: str = "",
    ) -> None:
        self.levels = {} if levels is None else levels
        self.event = event
        self.key = key
        self.value = value
        self.quiet = quiet
        self.failure = failure
        self.reset = reset


COLOURED = Style(
    levels={
        TRACE: "\x1b[38;5;243m",  # grey
        DEBUG: "\x1b[38;5;31m",  # blue
        INFO: "\x1b[38;5;28m",  # green
        WARNING: "\x1b[1;38;5;166m",  # orange
        ERROR: "\x1b[1;38;5;196m",  # red
        CRITICAL: "\x1b[1;38;5;231;48;5;160m",  # white on red
    },
    event="\x1b[1m",
    key="\x1b[38;5;30m",  # cyan
    value="\x1b[38;5;133m",  # magenta
    quiet="\x1b[38;5;243m",
    failure="\x1b[38;5;196m",
    reset="\x1b[0m",
)
PLAIN = Style()


def display_width(text: str) -> int:
    """Return how many columns of a terminal an already escaped text takes.

    Source: Unicode Standard Annex 11 (East Asian width) and Technical Standard 51 (emoji).
    """
    if text.isascii():
        return len(text)
    # Only such texts need the module, which takes 300 microseconds to import.
    from unicodedata import category, east_asian_width

    columns = 0
    last = 0
    joined = False
    for char in text:
        code = ord(char)
        if char == "\ufe0f":
            # An emoji presentation makes a narrow symbol as wide as an emoji.
            columns += last == 1
            last = 2
        elif char == "\u200d":
            joined = last == 2
        elif 0x1F3FB <= code <= 0x1F3FF and last == 2:
            continue  # a skin tone colours the emoji before it
        elif category(char) in ("Mn", "Me", "Cf") or 0x1160 <= code <= 0x11FF:
            continue
        elif joined:
            joined = False  # one glyph with the emoji before it
        else:
            last = 2 if east_asian_width(char) in "WF" else 1
            columns += last
    return columns


def clean_text(text: Any, limits: Limits) -> str:
    """Return a text with its control characters escaped, and cut where the limits say so."""
    if type(text) is not str or len(text) > limits.string:
        text = str(plain(text, limits))
    return escape_text(text)


#: Emoji as they stand in a line of compact, between blanks; `encode_emoji` fills it.
EMOJI: dict[str, bytes] = {}
_MOST_EMOJI = 1024
_LONGEST_EMOJI = 64


def encode_emoji(emoji: str, limits: Limits) -> bytes:
    """Return emoji as they are shown, between blanks, and remember them: there are few."""
    encoded = b" %b " % clean_text(emoji, limits).encode("utf-8", "backslashreplace")
    if len(emoji) <= min(_LONGEST_EMOJI, limits.string):
        if len(EMOJI) >= _MOST_EMOJI:
            EMOJI.clear()
        EMOJI[emoji] = encoded
    return encoded


def paint_fields(
    record: Record,
    style: Style,
    limits: Limits,
    is_secret: Callable[[str], bool] | None,
) -> Iterator[str]:
    """Yield constants, fields, trace and call site as ``key=value``, coloured.

    Args:
        record: The record.
        style: The colours.
        limits: Where values are cut.
        is_secret: Tells which keys inside the values are masked.
    """
    quiet, reset = style.quiet, style.reset
    for key, value in record.constants.items():
        if key in SHOWN_CONSTANTS:
            yield f"{quiet}{key}={display_value(plain(value, limits))}{reset}"
    # All fields in one go, so that they share one budget.
    for key, value in name_fields(plain_fields(record.fields, limits, is_secret), record.constants):
        yield f"{style.key}{key}{quiet}={style.value}{display_value(value)}{reset}"
    for key, value in (record.trace or {}).items():
        yield f"{quiet}{logfmt_key(key)}={display_value(plain(value, limits))}{reset}"
    if record.callsite:
        yield f"{quiet}callsite={display_value(callsite_text(record.callsite))}{reset}"


def paint_block(text: str, style: Style) -> Iterator[str]:
    """Yield the lines of a traceback or a stack, indented, escaped and coloured.

    What stands at the left edge of a traceback, or of a group's member, is the exception itself;
    frames are indented, and headings are known by their words.
    """
    # Only "\n": str.splitlines would also split at characters that a message may hold.
    for row in text.split("\n"):
        inner = row
        while inner.lstrip(" ").startswith("|"):
            inner = inner.lstrip(" ")[2:]  # the rail of an exception group
        rail = escape_text(row[: len(row) - len(inner)])
        if rail:
            rail = f"{style.quiet}{rail}{style.reset}"
        bare = inner.lstrip(" ")
        if bare.startswith(_HEADINGS):
            code, reset = style.quiet, style.reset
        elif inner.startswith("  ") or not bare:
            code, reset = "", ""
        else:
            code, reset = style.failure, style.reset
        yield f"{INDENT}{rail}{code}{escape_text(inner)}{reset}".rstrip(" ")


def render_terminal(
    record: Record,
    *,
    colors: bool,
    local: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    is_secret: Callable[[str], bool] | None = None,
) -> bytes:
    """Return a line of schema 1 for a terminal in UTF-8; a traceback takes lines of its own.

    No `Exception` but `MemoryError` leaves this function, whatever the values. Any thread may call
    this.

    Args:
        record: The record.
        colors: Whether to write colour codes.
        local: Whether the time is local, and not UTC.
        limits: Where values are cut; a line over `limits.line` bytes is shortened.
        is_secret: Tells which keys' values are masked, at any depth; None masks none.
    """
    style = COLOURED if colors else PLAIN
    return fit_line(
        record, lambda smaller: _render(record, style, local, smaller, is_secret), limits
    )


def _render(
    record: Record,
    style: Style,
    local: bool,
    limits: Limits,
    is_secret: Callable[[str], bool] | None,
) -> bytes:
    quiet, reset = style.quiet, style.reset
    level = LEVEL_NAMES.get(record.level, "error")
    # The padding stands outside of the colours, so that a badge is no wider than its word.
    head = f"{style.levels.get(record.level, '')}{level}{reset}{' ' * (LEVEL_WIDTH - len(level))}"
    if record.seconds is not None:
        head = f"{quiet}{format_moment(record.seconds, local=local)}{reset} {head}"
    event = clean_text(record.event, limits)
    if record.emoji:
        event = f"{clean_text(record.emoji, limits)} {event}"
    parts = [f"{head} {style.event}{event}{reset}"]
    if record.logger:
        parts.append(f"{quiet}[{clean_text(record.logger, limits)}]{reset}")
    parts.extend(paint_fields(record, style, limits, is_secret))
    if len(parts) > 1:
        parts[0] += " " * (EVENT_WIDTH - display_width(event))
    rows = [" ".join(parts)]
    if record.stack:
        rows.extend(paint_block(str(plain(record.stack, limits)), style))
    if record.exception:
        rows.extend(paint_block(exception_text(record.exception, limits), style))
    rows.append("")
    # No surrogate gets this far but through a name that breaks its promise: keep the line then.
    return "\n".join(rows).encode("utf-8", "backslashreplace")
