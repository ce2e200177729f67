"""How long a line takes, by kind of line and by library, as one picture: `draw`.

Imports published. There is one for light pages and one for dark ones, made of text alone, so that
the same figures give the same bytes. The axis is logarithmic: the libraries lie a hundredfold
apart. The kinds of lines are the same whether Foundation is ahead in them or behind, and its pure
Python lane is behind in some.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from perf_lab.publish.published import cell

Data = Mapping[str, Any]
#: Who is drawn: the library, its name in the legend, its colour.
DRAWN = (
    ("foundation-native", "Foundation, native lane", "#2f6fdb"),
    ("foundation", "Foundation, Python lanes", "#c2571a"),
    ("structlog-tuned", "structlog tuned", "#6b7280"),
    ("stdlib-json", "logging + python-json-logger", "#0f8a5f"),
    ("loguru-serialize", "loguru, serialize", "#a341c9"),
)
#: The kinds of lines, each with its name for readers.
_LINES = (
    ("three_fields", "three fields"),
    ("two_context", "and two of the context"),
    ("bind_emit_1", "bind three fields, then one line"),
    ("access_line", "an access line with a UUID"),
    ("order", "an order: Decimal, Enum, time, dicts"),
    ("records", "a dataclass, a model, an attrs object"),
    ("numpy_values", "numpy's scalars and an array"),
    ("ten_fields", "zap's ten fields, lists and objects"),
    ("deep_exception", "a traceback of 12 frames"),
    ("threads_32", "three fields, 32 threads"),
)
_WIDTH, _LEFT, _TOP, _ROW = 760, 262, 74, 30
_INNER = _WIDTH - _LEFT - 24
#: The colour of text: no grey is easy to read on both.
LIGHT, DARK = "#4b5563", "#b6bec9"


def lines_of(data: Data) -> list[tuple[str, list[float | None]]]:
    """Return the kinds of lines that were measured, each with its microseconds by library."""
    found = [
        (title, [cell(data, workload, library).get("ns") for library, *_ in DRAWN])
        for workload, title in _LINES
    ]
    return [
        (title, [None if ns is None else float(ns) / 1000 for ns in times])
        for title, times in found
        if any(times)
    ]


def draw(data: Data, ink: str = LIGHT) -> str:
    """Return the picture as SVG: a row for each kind of line, a dot for each library.

    It is empty where nothing of it was measured.

    Args:
        data: The published figures.
        ink: The colour of text, `LIGHT` for light pages or `DARK` for dark ones.
    """
    rows = lines_of(data)
    if not rows:
        return ""
    known = [us for _, times in rows for us in times if us]
    low = 10 ** math.floor(math.log10(min(known)))
    high = max(10 ** math.ceil(math.log10(max(known))), 10 * low)
    bottom = _TOP + _ROW * len(rows)
    parts = [_legend(), _axis(low, high, bottom)]
    for place, (title, times) in enumerate(rows):
        parts.append(_row(title, times, _TOP + _ROW * place + _ROW / 2, low, high))
    text = "Microseconds a line, by kind of line and library: less is better"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom + 44}" '
        f'font-family="sans-serif" font-size="13" fill="{ink}">\n'
        + "\n".join([f"<title>{text}</title>", *parts, "</svg>\n"])
    )


def _x(us: float, low: float, high: float) -> float:
    return _LEFT + _INNER * math.log(us / low) / math.log(high / low)


def _axis(low: float, high: float, bottom: float) -> str:
    parts, us = [], low
    while us <= high * 1.001:
        x = _x(us, low, high)
        parts.append(
            f'<path d="M{x:.1f} {_TOP}V{bottom}" stroke="#7f8793" stroke-opacity="0.3"/>'
            f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{us:g}</text>'
        )
        us *= 10
    middle = _LEFT + _INNER / 2
    return "\n".join(parts) + (
        f'\n<text x="{middle:.1f}" y="{bottom + 38}" text-anchor="middle">'
        "microseconds a line, of processor time; further left is faster</text>"
    )


def _row(title: str, times: Sequence[float | None], y: float, low: float, high: float) -> str:
    known = [_x(us, low, high) for us in times if us]
    parts = [
        f'<text x="{_LEFT - 14}" y="{y + 4:.1f}" text-anchor="end">'
        f"{escape(title)}</text>"
        f'<path d="M{min(known):.1f} {y:.1f}H{max(known):.1f}" stroke="#7f8793" '
        f'stroke-opacity="0.5"/>'
    ]
    for us, (_, name, colour) in zip(times, DRAWN, strict=True):
        if us:
            parts.append(
                f'<circle cx="{_x(us, low, high):.1f}" cy="{y:.1f}" r="6" fill="{colour}">'
                f"<title>{escape(name)}: {us:.3g} us</title></circle>"
            )
    return "\n".join(parts)


def _legend() -> str:
    parts = []
    for place, (_, name, colour) in enumerate(DRAWN):
        x, y = 20 + place % 3 * 240, 18 + place // 3 * 24
        parts.append(
            f'<circle cx="{x}" cy="{y}" r="6" fill="{colour}"/>'
            f'<text x="{x + 14}" y="{y + 4}">{escape(name)}</text>'
        )
    return "\n".join(parts)
