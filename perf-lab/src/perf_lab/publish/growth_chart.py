"""What a line costs as it grows: a table of the performance page, and the picture beside it.

Imports growth, published and table. The picture is made of text alone, so that the same figures
give the same bytes; both axes are logarithmic, so that what grows with its length is a straight
line of 45 degrees at most.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from perf_lab.publish.published import cell
from perf_lab.publish.table import factor, microseconds, number, table
from perf_lab.workloads.table import LENGTHS, TITLES, greatest_leap, name_of

Data = Mapping[str, Any]
#: Who is drawn: the library, its name in the legend, its colour and its dashes.
_DRAWN = (
    ("foundation-native", "native lane", "#2f6fdb", ""),
    ("foundation", "pure Python", "#c2571a", "7 3"),
    ("structlog-tuned", "structlog tuned", "#6b7280", "2 3"),
)
_WIDTH, _HEIGHT = 380, 250
_LEFT, _TOP, _INNER_WIDTH, _INNER_HEIGHT = 56, 40, 300, 160
_GREY = "#7f8793"


def times_of(data: Data, kind: str, library: str) -> list[tuple[int, float]]:
    """Return the lengths that were measured, each with its nanoseconds."""
    found = [(length, cell(data, name_of(kind, length), library).get("ns")) for length in
             LENGTHS[kind]]  # fmt: skip
    return [(length, float(ns)) for length, ns in found if ns]


def is_measured(data: Data) -> bool:
    """Say whether the run has any of it."""
    return any(times_of(data, kind, library) for kind in LENGTHS for library, *_ in _DRAWN)


def growth_text(data: Data) -> str:
    """Return the section: where it leaps, and the figures; the page begins with the picture."""
    if not is_measured(data):
        return "Not measured in this run."
    parts = [leaps(data)]
    for kind in LENGTHS:
        columns = [dict(times_of(data, kind, library)) for library, *_ in _DRAWN]
        rows = [
            [f"{length:,}", *(microseconds(column.get(length)) for column in columns)]
            for length in LENGTHS[kind]
        ]
        head = [TITLES[kind], *(f"{name}, us" for _, name, *_ in _DRAWN)]
        parts.append(table(head, rows, right=(0, 1, 2, 3)))
    return "\n\n".join(parts)


def leaps(data: Data) -> str:
    """Return, for each library, the greatest leap and where it is."""
    found = []
    for library, name, *_ in _DRAWN:
        times = {
            name_of(kind, length): ns
            for kind in LENGTHS
            for length, ns in times_of(data, kind, library)
        }
        leap, where = greatest_leap(times)
        found.append(f"{name} {factor(leap)} at `{where}`")
    return (
        "From one length to the next, the time of a line may grow as much as the line: that is "
        f"1.00x, and more is a cliff. The greatest of all steps: {', '.join(found)}."
    )


def draw(data: Data) -> str:
    """Return the picture as SVG, one chart for each way to grow; empty: nothing was measured."""
    if not is_measured(data):
        return ""
    panels = "".join(
        f'<g transform="translate({number % 2 * _WIDTH} {number // 2 * _HEIGHT})">'
        f"{_panel(data, kind)}</g>\n"
        for number, kind in enumerate(LENGTHS)
    )
    size = f'viewBox="0 0 {2 * _WIDTH} {2 * _HEIGHT + 30}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">\n'
        f"<title>Time of a line against its length</title>\n{panels}{_legend()}</svg>\n"
    )


def _panel(data: Data, kind: str) -> str:
    series = [times_of(data, kind, library) for library, *_ in _DRAWN]
    points = [point for each in series for point in each]
    if not points:
        return ""
    low, high = (f(ns for _, ns in points) for f in (min, max))
    bottom, top = 10 ** math.floor(math.log10(low)), 10 ** math.ceil(math.log10(high))
    first, last = LENGTHS[kind][0], LENGTHS[kind][-1]

    def x(length: float) -> float:
        return _LEFT + _INNER_WIDTH * math.log(length / first) / math.log(last / first)

    def y(ns: float) -> float:
        return _TOP + _INNER_HEIGHT * (1 - math.log(ns / bottom) / math.log(top / bottom))

    parts = [f'<text x="{_LEFT}" y="22" fill="{_GREY}">us, {escape(TITLES[kind])}</text>']
    ns = bottom
    while ns <= top:
        parts.append(_rule(y(ns), number(ns / 1000)))
        ns *= 10
    for length in LENGTHS[kind]:
        at = f'x="{x(length):.1f}" y="{_TOP + _INNER_HEIGHT + 18}"'
        parts.append(f'<text {at} fill="{_GREY}" text-anchor="middle">{_short(length)}</text>')
    for each, (_, _, colour, dashes) in zip(series, _DRAWN, strict=True):
        parts.append(_line([(x(length), y(ns)) for length, ns in each], colour, dashes))
    return "\n".join(parts)


def _rule(y: float, text: str) -> str:
    return (
        f'<path d="M{_LEFT} {y:.1f}h{_INNER_WIDTH}" stroke="{_GREY}" stroke-opacity="0.35"/>'
        f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" fill="{_GREY}" text-anchor="end">{text}</text>'
    )


def _line(points: Sequence[tuple[float, float]], colour: str, dashes: str) -> str:
    text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in points)
    return (
        f'<polyline points="{text}" fill="none" stroke="{colour}" stroke-width="2" '
        f'stroke-dasharray="{dashes}"/><g fill="{colour}">{dots}</g>'
    )


def _legend() -> str:
    parts = []
    for place, (_, name, colour, dashes) in enumerate(_DRAWN):
        at, y = _LEFT + place * 190, 2 * _HEIGHT + 12
        parts.append(
            f'<path d="M{at} {y}h30" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dashes}"/>'
            f'<text x="{at + 38}" y="{y + 4}" fill="{_GREY}">{escape(name)}</text>\n'
        )
    return "".join(parts)


def _short(length: int) -> str:
    """Return a length as 1, 300, 10k or 1M."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if length >= size:
            return f"{length // size}{unit}"
    return str(length)
