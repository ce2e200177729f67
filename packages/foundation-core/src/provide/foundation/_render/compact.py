"""The shortest line that people can read.

``14:10:00.123 I app user_login user_id=7``. It is for reading, in a file too, not for parsing:
that is what JSON and key_value are for.
"""

from __future__ import annotations

from collections.abc import Callable

from provide.foundation._record.record import Record
from provide.foundation._record.timestamps import format_time
from provide.foundation._record.values import DEFAULT_LIMITS, Limits, plain
from provide.foundation._render.console import (
    COLOURED,
    EMOJI,
    PLAIN,
    Style,
    clean_text,
    encode_emoji,
    paint_block,
    paint_fields,
)
from provide.foundation._render.fit import fit_line
from provide.foundation._render.logfmt import exception_text, logfmt_text, logfmt_value
from provide.foundation.levels import LEVEL_NAMES


def render_compact(
    record: Record,
    *,
    colors: bool,
    terminal: bool | None = None,
    local: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    is_secret: Callable[[str], bool] | None = None,
) -> bytes:
    """Return a line of schema 1 in its shortest readable form, in UTF-8, newline included.

    No `Exception` but `MemoryError` leaves this function, whatever the values. Any thread may call
    this.

    Args:
        record: The record.
        colors: Whether to write colour codes.
        terminal: Whether a traceback takes lines of its own, as it does at a terminal, or is
            one escaped value; None stands for what `colors` says.
        local: Whether the time is local, and not UTC.
        limits: Where values are cut; a line over `limits.line` bytes is shortened.
        is_secret: Tells which keys' values are masked, at any depth; None masks none.
    """
    style = COLOURED if colors else PLAIN
    blocks = colors if terminal is None else terminal
    return fit_line(
        record, lambda smaller: _render(record, style, blocks, local, smaller, is_secret), limits
    )


def _render(
    record: Record,
    style: Style,
    with_blocks: bool,
    local: bool,
    limits: Limits,
    is_secret: Callable[[str], bool] | None,
) -> bytes:
    quiet, reset = style.quiet, style.reset
    level = LEVEL_NAMES.get(record.level, "error")[0].upper()
    parts = [f"{style.levels.get(record.level, '')}{level}{reset}"]
    if record.seconds is not None:
        parts.insert(0, f"{quiet}{format_time(record.seconds, local=local)}{reset}")
    if record.logger:
        parts.append(f"{quiet}{logfmt_value(record.logger, limits)}{reset}")
    lead, parts = parts, []
    # An event with "=" in it could pass itself off as fields.
    event = clean_text(record.event, limits)
    parts.append(
        f"{style.event}{logfmt_value(record.event, limits) if '=' in event else event}{reset}"
    )
    parts.extend(paint_fields(record, style, limits, is_secret))
    exception = exception_text(record.exception, limits) if record.exception else ""
    stack = str(plain(record.stack, limits)) if record.stack else ""
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
    if emoji := record.emoji:
        # Joined as bytes: one emoji in a text makes all of it four times as wide.
        try:
            gap = EMOJI[emoji]
        except KeyError:
            gap = encode_emoji(emoji, limits)
    return front + gap + text
