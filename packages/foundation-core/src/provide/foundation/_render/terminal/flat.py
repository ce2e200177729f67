"""A record as the flat line of a terminal, which a `Screen` makes rows of.

``14:32:54.923 INFO  shop.web           request_finished status=200`` in one row, whatever the
terminal's width, and behind it the rows of a stack and an exception. All lanes write these bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from provide.foundation._record.record import Record
from provide.foundation._record.schema import SHOWN_CONSTANTS
from provide.foundation._record.timestamps import format_time
from provide.foundation._record.values import DEFAULT_LIMITS, Limits, plain, plain_fields
from provide.foundation._render.console import clean_text, paint_block
from provide.foundation._render.fit import fit_line
from provide.foundation._render.logfmt import (
    callsite_text,
    display_value,
    logfmt_key,
    logfmt_value,
    name_fields,
)
from provide.foundation._render.terminal.codes import (
    EVENT,
    KEY,
    QUIET,
    RESET,
    SCREEN,
    level_column,
    name_column,
    value_code,
)
from provide.foundation._render.terminal.emoji import gutter
from provide.foundation._render.terminal.failures import Failures


def render_flat(
    record: Record,
    failures: Failures,
    *,
    local: bool = True,
    limits: Limits = DEFAULT_LIMITS,
    is_secret: Callable[[str], bool] | None = None,
) -> bytes:
    """Return a line for a `Screen` in UTF-8, newline included.

    No `Exception` but `MemoryError` leaves this function, whatever the values. Any thread may call
    this.

    Args:
        record: The record.
        failures: How exceptions are shown.
        local: Whether the time is local, and not UTC.
        limits: Where values are cut; a line over `limits.line` bytes is shortened.
        is_secret: Tells which keys' values are masked, at any depth; None masks none.
    """
    return fit_line(
        record, lambda smaller: _render(record, failures, local, smaller, is_secret), limits
    )


def _render(
    record: Record,
    failures: Failures,
    local: bool,
    limits: Limits,
    is_secret: Callable[[str], bool] | None,
) -> bytes:
    stamp = ""
    if record.seconds is not None:
        stamp = f"{QUIET}{format_time(record.seconds, local=local)}{RESET} "
    name = clean_text(record.logger, limits)
    event = clean_text(record.event, limits)
    shown = logfmt_value(record.event, limits) if "=" in event else event
    parts = [
        f"{stamp}{level_column(record.level)}{name_column(name)}"
        f"{gutter(clean_text(record.emoji, limits)) if record.emoji else ''}{EVENT}{shown}{RESET}"
    ]
    parts.extend(_paint_fields(record, limits, is_secret))
    rows = [" ".join(parts)]
    if record.stack:
        rows.extend(paint_block(str(plain(record.stack, limits)), SCREEN))
    if record.exception:
        rows.extend(failures.show(record.exception, record.exc_info, limits))
    rows.append("")
    # No surrogate gets this far but through a name that breaks its promise: keep the line then.
    return "\n".join(rows).encode("utf-8", "backslashreplace")


def _paint_fields(
    record: Record, limits: Limits, is_secret: Callable[[str], bool] | None
) -> Iterator[str]:
    """Yield constants, fields, trace and call site as ``key=value``, coloured."""
    for key, value in record.constants.items():
        if key in SHOWN_CONSTANTS:
            yield f"{QUIET}{key}={display_value(plain(value, limits))}{RESET}"
    # All fields in one go, so that they share one budget.
    for key, value in name_fields(plain_fields(record.fields, limits, is_secret), record.constants):
        yield paint_field(key, display_value(value))
    for key, value in (record.trace or {}).items():
        yield f"{QUIET}{logfmt_key(key)}={display_value(plain(value, limits))}{RESET}"
    if record.callsite:
        yield f"{QUIET}callsite={display_value(callsite_text(record.callsite))}{RESET}"


def paint_field(key: str, text: str) -> str:
    """Return a field that is not masked, of which the value is shown already."""
    return f"{KEY}{key}{QUIET}={value_code(text)}{text}{RESET}"
