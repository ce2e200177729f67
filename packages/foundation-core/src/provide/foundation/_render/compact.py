"""The shortest line that people can read.

``14:10:00.123 I app user_login user_id=7``. It is for reading, in a file too, not for parsing:
that is what JSON and key_value are for.
"""

from __future__ import annotations

from collections.abc import Callable

from provide.foundation._record.record import Line
from provide.foundation._record.timestamps import format_time
from provide.foundation._record.values import DEFAULT_LIMITS, Limits, plain
from provide.foundation._render.console import (
    COLOURED,
    MARKERS,
    PLAIN,
    Style,
    clean_text,
    encode_marker,
    paint_block,
    paint_fields,
)
from provide.foundation._render.logfmt import exception_text, fit_line, logfmt_text, logfmt_value
from provide.foundation.levels import LEVEL_NAMES


def render_compact(
    line: Line,
    *,
    colors: bool,
    terminal: bool | None = None,
    limits: Limits = DEFAULT_LIMITS,
    is_secret: Callable[[str], bool] | None = None,
) -> bytes:
    """Return a line of schema 1 in its shortest readable form, in UTF-8, newline included.

    No `Exception` but `MemoryError` leaves this function, whatever the values. Any thread may call
    this.

    Args:
        line: The line.
        colors: Whether to write colour codes.
        terminal: Whether a traceback takes lines of its own, as it does at a terminal, or is
            one escaped value; None stands for what `colors` says.
        limits: Where values are cut; a line over `limits.line` bytes is shortened.
        is_secret: Tells which keys' values are masked, at any depth; None masks none.
    """
    style = COLOURED if colors else PLAIN
    blocks = colors if terminal is None else terminal
    return fit_line(line, lambda smaller: _render(line, style, blocks, smaller, is_secret), limits)


def _render(
    line: Line,
    style: Style,
    with_blocks: bool,
    limits: Limits,
    is_secret: Callable[[str], bool] | None,
) -> bytes:
    quiet, reset = style.quiet, style.reset
    level = LEVEL_NAMES.get(line.level, "error")[0].upper()
    parts = [f"{style.levels.get(line.level, '')}{level}{reset}"]
    if line.seconds is not None:
        parts.insert(0, f"{quiet}{format_time(line.seconds)}{reset}")
    if line.logger:
        parts.append(f"{quiet}{logfmt_value(line.logger, limits)}{reset}")
    lead, parts = parts, []
    # An event with "=" in it could pass itself off as fields.
    event = clean_text(line.event, limits)
    parts.append(
        f"{style.event}{logfmt_value(line.event, limits) if '=' in event else event}{reset}"
    )
    parts.extend(paint_fields(line, style, limits, is_secret))
    exception = exception_text(line.exception, limits) if line.exception else ""
    stack = str(plain(line.stack, limits)) if line.stack else ""
    blocks: list[str] = []
    if with_blocks:
        blocks.extend(paint_block(stack, style) if stack else ())
        blocks.extend(paint_block(exception, style) if exception else ())
    else:
        parts.extend([f"exception={logfmt_text(exception)}"] if exception else ())
        parts.extend([f"stack={logfmt_text(stack)}"] if stack else ())
    # No surrogate gets this far but through a name that breaks its promise: keep the line then.
    text = "\n".join([" ".join(parts), *blocks, ""]).encode("utf-8", "backslashreplace")
    front = " ".join(lead).encode("utf-8", "backslashreplace")
    gap = b" "
    if marker := line.marker:
        # Joined as bytes: one emoji in a text makes all of it four times as wide.
        try:
            gap = MARKERS[marker]
        except KeyError:
            gap = encode_marker(marker, limits)
    return front + gap + text
