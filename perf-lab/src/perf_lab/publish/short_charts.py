"""Latency, memory and threads at a glance: three pictures of a row for each library.

Each is made of text alone, so that the same figures give the same bytes, and is drawn for light
pages and for dark ones. A picture without figures is empty.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from perf_lab.publish.published import name_of
from perf_lab.publish.speed_chart import DRAWN

Data = Mapping[str, Any]
_WIDTH, _LEFT, _TOP, _ROW = 760, 262, 44, 30
_INNER = _WIDTH - _LEFT - 84
_GREY = "#7f8793"
#: The libraries have the colours of the picture of the speed, whatever they are made to write;
#: those that it does not show are grey.
_COLOURS = {library: colour for library, _, colour in DRAWN}
_FAMILIES = {library.partition("-")[0]: colour for library, _, colour in DRAWN[2:]}
#: Who is drawn, where there are figures.
_SHOWN = (
    *_COLOURS, "stdlib-text", "loguru-text", "rich", "hand-rolled", "none",
)  # fmt: skip
#: What a call's time is told by: half of the calls are faster, 99 and 99.9 of 100.
_SHARES = (("p50", 1.0), ("p99", 0.55), ("p99.9", 0.25))


class Row(NamedTuple):
    """Hold what a picture shows of a library.

    Args:
        library: Its name in the figures.
        values: One, which a bar shows, or several, which dots show.
        shown: The figure at the end of the row.
    """

    library: str
    values: Sequence[float]
    shown: str


def draw_latency(data: Data, ink: str) -> str:
    """Return the picture of how long a call takes: usually, and in the worst of 100 and of 1,000.

    Args:
        data: The published figures of the benchmark.
        ink: The colour of text.
    """
    rows = [
        Row(library, values, f"{values[-1]:.3g}")
        for library, cell in data.get("latency", {}).items()
        if library in _SHOWN and cell.get("state") == "ok"
        for values in [[cell[share] / 1000 for share, _ in _SHARES]]
    ]
    return _draw(
        sorted(rows, key=lambda row: row.values[0]),
        "Microseconds of one call: half of all calls, 99 of 100 and 999 of 1,000 are faster",
        "microseconds a call: dots at 50, 99 and 99.9 %; the figure is that of 99.9 %",
        ink,
    )


def draw_memory(data: Data, ink: str) -> str:
    """Return the picture of the bytes that a call with three fields holds while it runs."""
    cells = data.get("allocation", {}).get("three_fields", {})
    rows = [
        Row(library, [cell["peak_bytes"]], f"{cell['peak_bytes']:,.0f}")
        for library, cell in cells.items()
        if library in _SHOWN
    ]
    return _draw(
        sorted(rows, key=lambda row: row.values[0]),
        "Bytes that a call with three fields holds while it runs",
        "bytes, all of them given back when the call ends",
        ink,
    )


def draw_threads(contention: Data, ink: str) -> str:
    """Return the picture of what 32 threads write beside one.

    Args:
        contention: The published figures of the contention laboratory.
        ink: The colour of text.
    """
    rows = [
        Row(cell["rival"], [cell["ratio"]], f"{cell['ratio']:.2f}")
        for cell in contention.get("data", {}).get("scaling", ())
        if cell["rival"] in _SHOWN and cell.get("state") == "ok"
    ]
    return _draw(
        sorted(rows, key=lambda row: -row.values[0]),
        "What 32 threads write to one file, where one thread writes 1",
        "lines a second of 32 threads, beside those of one thread",
        ink,
    )


def _draw(rows: Sequence[Row], title: str, axis: str, ink: str) -> str:
    """Return a picture, whose axis is logarithmic where a row has several values."""
    if not rows:
        return ""
    values = [value for row in rows for value in row.values]
    if len(rows[0].values) > 1:
        low, high = 10 ** math.floor(math.log10(min(values))), max(values) * 1.1
        ticks = [10.0**power for power in range(round(math.log10(low)), 9) if 10**power <= high]
        places = {
            value: math.log(value / low) / math.log(high / low) for value in (*values, *ticks)
        }
    else:
        ten = 10 ** math.floor(math.log10(max(values)))
        steps = [ten * part for part in (0.1, 0.2, 0.5, 1, 2)]
        step = next(each for each in steps if max(values) / each < 6)
        ticks = [round(step * count, 9) for count in range(math.floor(max(values) / step) + 1)]
        places = {value: value / max(values) for value in (*values, *ticks)}
    bottom = _TOP + _ROW * len(rows)
    parts = [f'<text x="20" y="22" font-weight="600">{escape(title)}</text>']
    for tick in ticks:
        x = _LEFT + _INNER * places[tick]
        parts.append(
            f'<path d="M{x:.1f} {_TOP}V{bottom}" stroke="{_GREY}" stroke-opacity="0.3"/>'
            f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{tick:,g}</text>'
        )
    for number, row in enumerate(rows):
        parts += _row(row, _TOP + _ROW * (number + 0.5), [places[each] for each in row.values])
    parts.append(f'<text x="{_LEFT}" y="{bottom + 40}">{escape(axis)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom + 50}" '
        f'font-family="sans-serif" font-size="13" fill="{ink}">\n'
        + "\n".join([f"<title>{escape(title)}</title>", *parts, "</svg>\n"])
    )


def _row(row: Row, y: float, places: Sequence[float]) -> list[str]:
    colour = _COLOURS.get(row.library) or _FAMILIES.get(row.library.partition("-")[0], _GREY)
    xs = [_LEFT + _INNER * place for place in places]
    parts = [
        f'<text x="{_LEFT - 14}" y="{y + 4:.1f}" text-anchor="end">'
        f"{escape(name_of(row.library))}</text>"
    ]
    if len(xs) == 1:
        parts.append(
            f'<path d="M{_LEFT} {y:.1f}H{xs[0]:.1f}" stroke="{colour}" stroke-width="14"/>'
        )
    else:
        parts.append(f'<path d="M{xs[0]:.1f} {y:.1f}H{xs[-1]:.1f}" stroke="{colour}"/>')
        for x, (share, strength) in zip(xs, _SHARES, strict=True):
            parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{colour}" '
                f'fill-opacity="{strength}" stroke="{colour}"><title>{share}</title></circle>'
            )
    parts.append(f'<text x="{xs[-1] + 12:.1f}" y="{y + 4:.1f}">{row.shown}</text>')
    return parts
