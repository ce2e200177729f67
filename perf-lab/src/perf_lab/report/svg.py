"""Figures of matplotlib as inline SVG that follows the page's colours; imports matplotlib.

A figure is drawn in stand-in colours, and each is replaced by a variable of the style sheet, so
that one drawing serves light and dark. The same data give the same text, byte by byte.
"""

from __future__ import annotations

import io
import re
from contextlib import AbstractContextManager
from html import escape
from typing import Any

import matplotlib as mpl

mpl.use("svg")

from matplotlib.figure import Figure

#: Width of a figure in units of its view box; a phone shows them as pixels, nearly.
WIDTH = 390.0
#: Stand-in colours, and what the style sheet calls them.
COLOURS = {
    "#010101": "var(--ink)",
    "#020202": "var(--muted)",
    "#030303": "var(--rule)",
    "#0a0001": "var(--s1)",
    "#0a0002": "var(--s2)",
    "#0a0003": "var(--s3)",
    "#0a0004": "var(--s4)",
    "#0a0005": "var(--s5)",
    "#0a0006": "var(--s6)",
    "#0b0001": "var(--other)",
}
INK, MUTED, RULE, *SERIES, OTHER = COLOURS

_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "perf-lab",
    "figure.dpi": 72,
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.labelsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "grid.color": RULE,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
}


def new_figure(height: float) -> Figure:
    """Return an empty figure of the page's width.

    Args:
        height: In units of the view box.
    """
    with mpl.rc_context(_SETTINGS):
        return Figure(figsize=(WIDTH / 72, height / 72), layout="constrained")


def settings() -> AbstractContextManager[None]:
    """Return the context in which axes are made and drawn."""
    return mpl.rc_context(_SETTINGS)


def to_svg(figure: Figure, key: str, title: str, text: str) -> str:
    """Return a figure as inline SVG with a text alternative.

    Args:
        figure: What to draw.
        key: A word that is unique on the page: every id begins with it.
        title: The chart's title.
        text: What the chart shows, in words and figures.
    """
    file = io.StringIO()
    with mpl.rc_context(_SETTINGS):
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    drawn = file.getvalue()
    body = drawn[drawn.index(">", drawn.index("<svg")) + 1 : drawn.rindex("</svg>")]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.S)
    body = re.sub(r"<style.*?</style>", "", body, flags=re.S)  # it would rule the whole page
    # What tests and style sheets look for is a class; everything else is unique by the key.
    body = re.sub(r'id="([xy]-label)"', r'class="\1"', body)
    body = re.sub(r'id="([^"]+)"', rf'id="{key}-\1"', body)
    body = re.sub(r'(url\(#|href="#)', rf"\g<1>{key}-", body)
    body = re.sub(r"(font: [^;\"]*?px) [^;\"]*", r"\1 var(--font)", body)
    for stand_in, name in COLOURS.items():
        body = body.replace(stand_in, name)
    box = re.search(r'viewBox="([^"]+)"', drawn)
    assert box is not None
    return (
        f'<svg class="chart" role="img" viewBox="{box[1]}" '
        f'aria-labelledby="{key}-title {key}-text">\n'
        f'<title id="{key}-title">{escape(title)}</title>\n'
        f'<desc id="{key}-text">{escape(text)}</desc>{body}</svg>'
    )
