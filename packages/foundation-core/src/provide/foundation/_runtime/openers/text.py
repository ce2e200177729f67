"""The renderers of text in one row, each loaded by who uses it."""

from __future__ import annotations

from provide.foundation._output.output import Render
from provide.foundation._record.record import Record
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._record.values import Limits


def text_renderer(
    formatter: str,
    limits: Limits,
    policy: KeyPolicy,
    *,
    terminal: bool,
    colors: bool,
    local: bool,
) -> tuple[Render, object]:
    """Return what renders lines as text in one row, and a key that is equal where that is."""
    is_secret = policy.is_secret
    if formatter == "compact":
        from provide.foundation._render.compact import render_compact

        def show_compact(record: Record) -> bytes:
            return render_compact(
                record,
                colors=colors,
                terminal=terminal,
                local=local,
                limits=limits,
                is_secret=is_secret,
            )

        return show_compact, (formatter, terminal, colors)
    from provide.foundation._render.logfmt import render_key_value

    return lambda record: render_key_value(record, limits, is_secret), formatter
