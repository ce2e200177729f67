"""The kinds of charts on the page: bars, curves over a quantity; imports svg, markup.

Each has a title, axes with units, a text alternative and, where it is asked for, its figures as a
table. Series differ in colour, marker and dash, so that colour is never the only sign.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from perf_lab.publish.table import number
from perf_lab.report.markup import details, table
from perf_lab.report.svg import INK, MUTED, OTHER, SERIES, new_figure, settings, to_svg

Scale = Literal["linear", "log"]
_MARKERS = ("o", "s", "^", "D", "v", "P")
_DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (2, 1.5)), (0, (6, 2, 1.5, 2)), (0, (1, 1)), "-")
#: Height of one bar with its name above it, and of what is not bars, in units of the view box.
_BAR, _AROUND = 30.0, 52.0
_CURVES = 265.0


@dataclass(frozen=True)
class Bar:
    """One bar.

    Args:
        name: What it stands for.
        value: How long it is.
        ours: Whether it is Foundation's.
    """

    name: str
    value: float
    ours: bool = False


@dataclass(frozen=True)
class Curve:
    """One series of points.

    Args:
        name: What it stands for.
        x, y: The points; those without a value are left out.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float | None]


def bars(
    key: str,
    title: str,
    rows: Sequence[Bar],
    *,
    x: str,
    y: str,
    scale: Scale = "linear",
    one: str = "",
    show: Callable[[float], str] = number,
    note: str = "",
) -> str:
    """Return horizontal bars, each with its name above and its figure at its end.

    Args:
        key: A word that is unique on the page.
        title: What the chart shows.
        rows: The bars, from above to below.
        x: The label of the figures' axis, with the unit.
        y: What the bars are.
        scale: Of the figures' axis.
        one: What the value 1 means: the bars then begin there.
        show: Writes a figure.
        note: A sentence that stands below the chart.
    """
    figure = new_figure(_AROUND + _BAR * len(rows))
    emphasise = not all(row.ours for row in rows)
    with settings():
        axes = figure.add_subplot()
        start = 1.0 if one else 0.0
        values = [row.value for row in rows]
        lowest, highest = min(*values, start), max(*values, start)
        if scale == "log":
            base = start or min(value for value in values if value > 0) / 2
            lowest = min(lowest or base, base)
            axes.set_xscale("log")
            span = highest / lowest
            axes.set_xlim(lowest / span**0.03, highest * span**0.2)
        else:
            base = start
            axes.set_xlim(lowest, (highest or 1) * 1.2)
            places = MaxNLocator(6).tick_values(lowest, highest or 1)
            axes.set_xticks([place for place in places if lowest <= place <= highest])
        for at, row in enumerate(rows):
            axes.barh(at, row.value - base, left=base, height=0.42,
                      color=SERIES[0] if row.ours else OTHER)  # fmt: skip
            axes.annotate(show(row.value), (max(row.value, base), at), (4, 0),
                          textcoords="offset points", va="center", fontsize=10.5)  # fmt: skip
            axes.annotate(row.name, (0, at - 0.27), (3, 1), xycoords=("axes fraction", "data"),
                          textcoords="offset points", va="bottom", fontsize=10.5,
                          fontweight="bold" if row.ours and emphasise else "normal")  # fmt: skip
            if one:  # not through the names
                axes.plot((1, 1), (at - 0.24, at + 0.3), color=INK, linewidth=1)
        axes.set_ylim(len(rows) - 0.6, -0.95)
        axes.set_yticks([])
        axes.grid(False)
        axes.spines["left"].set_visible(not one)
        _label(axes, x, y)
        _write_ticks(axes, "x", scale)
    text = f"{title}. Bars; {x}; {_scale_words(scale)}. " + "; ".join(
        f"{row.name}: {show(row.value)}" for row in rows
    )
    svg = to_svg(figure, key, title, f"{text}.")
    return frame(title, svg, note=" ".join(part for part in (one, note) if part))


def curves(
    key: str,
    title: str,
    series: Sequence[Curve],
    *,
    x: str,
    y: str,
    x_scale: Scale = "linear",
    y_scale: Scale = "linear",
    x_ticks: Sequence[tuple[float, str]] = (),
    markers: bool = True,
    with_table: bool = True,
    note: str = "",
) -> str:
    """Return curves with a legend above them.

    Args:
        key: A word that is unique on the page.
        title: What the chart shows.
        series: At most six.
        x: The label of the axis, with the unit.
        y: The same of the other one.
        x_scale: The scale of the axis.
        y_scale: The same of the other one; a linear one begins at 0.
        x_ticks: Where ticks stand and what they say, if not at round figures.
        markers: Whether each point is marked.
        with_table: Whether the figures follow as a table.
        note: A sentence that stands below the chart.
    """
    legend = len(series) > 1
    figure = new_figure(_CURVES + legend * 16 * ((len(series) + 1) // 2))
    with settings():
        axes = figure.add_subplot()
        for at, curve in enumerate(series):
            points = [(a, b) for a, b in zip(curve.x, curve.y, strict=True) if b is not None]
            axes.plot(
                [a for a, _ in points], [b for _, b in points], label=curve.name,
                color=SERIES[at], linestyle=_DASHES[at] if markers else "-",
                marker=_MARKERS[at] if markers else "", markeredgewidth=0,
            )  # fmt: skip
        axes.set_xscale(x_scale)
        axes.set_yscale(y_scale)
        found = [value for curve in series for value in curve.y if value is not None]
        if y_scale == "linear":
            axes.set_ylim(0, max(found, default=1) * 1.1 or 1)
            axes.yaxis.set_major_locator(MaxNLocator(6))
        else:
            show_decades(axes, [value for value in found if value > 0])
        if x_ticks:
            axes.set_xticks([at for at, _ in x_ticks], [text for _, text in x_ticks])
            axes.xaxis.set_minor_formatter(NullFormatter())
            axes.tick_params(axis="x", which="minor", length=0)
        else:
            _write_ticks(axes, "x", x_scale)
            if x_scale == "linear":
                axes.xaxis.set_major_locator(MaxNLocator(6))
        _write_ticks(axes, "y", y_scale)
        _label(axes, x, y)
        if legend:
            figure.legend(loc="outside upper left", ncols=2, handlelength=2.2, columnspacing=1.0)
    text = f"{title}. Curves; {x}, {_scale_words(x_scale)}; {y}, {_scale_words(y_scale)}. " + (
        "; ".join(_describe(curve) for curve in series)
    )
    svg = to_svg(figure, key, title, f"{text}.")
    return frame(title, svg, note=note, below=_figures(title, series, x, x_ticks, with_table))


def frame(title: str, svg: str, *, note: str = "", below: str = "") -> str:
    """Return a chart with its title above, and its note and its figures below."""
    below = f'<p class="note">{escape(note)}</p>{below}' if note else below
    return f"<figure>\n<figcaption>{escape(title)}</figcaption>\n{svg}\n{below}</figure>"


def show_decades(axes: Axes, values: Sequence[float]) -> None:
    """Widen a logarithmic y axis to whole decades, so that it has two ticks at least."""
    lowest = math.floor(math.log10(min(values, default=1)))
    highest = math.ceil(math.log10(max(values, default=10)))
    axes.set_ylim(10.0**lowest, 10.0 ** max(highest, lowest + 1))


def _label(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x).set_gid("x-label")
    axes.set_ylabel(y).set_gid("y-label")


def _write_ticks(axes: Axes, which: Literal["x", "y"], scale: Scale) -> None:
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
    axis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis=which, which="minor", length=2, color=MUTED)


def tick(value: float) -> str:
    """Return what stands at a tick: a short figure."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:.3g}"


def _scale_words(scale: Scale) -> str:
    return "logarithmic scale" if scale == "log" else "linear scale"


def _describe(curve: Curve) -> str:
    found = [value for value in curve.y if value is not None]
    if not found:
        return f"{curve.name}: nothing measured"
    return (
        f"{curve.name}: from {number(found[0])} to {number(found[-1])}, lowest "
        f"{number(min(found))}, highest {number(max(found))}"
    )


def _figures(
    title: str, series: Sequence[Curve], x: str, ticks: Sequence[tuple[float, str]], wanted: bool
) -> str:
    if not wanted:
        return ""
    names = dict(ticks)
    places = sorted({value for curve in series for value in curve.x})
    points = [dict(zip(curve.x, curve.y, strict=True)) for curve in series]
    rows = [
        [names.get(place, number(place)), *(number(found.get(place)) for found in points)]
        for place in places
    ]
    head = [x, *(curve.name for curve in series)]
    figures = table(head, rows, caption=title, right=tuple(range(1, len(head))))
    return details("The figures as a table", figures)
