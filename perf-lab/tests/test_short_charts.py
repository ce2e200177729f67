"""The pictures that the performance page begins with: each figure in its place, fastest first."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from perf_lab.publish.performance import short_text
from perf_lab.publish.short_charts import draw_latency, draw_memory, draw_threads
from perf_lab.publish.speed_chart import LIGHT

SVG = "{http://www.w3.org/2000/svg}"
LATENCY = {
    library: {"state": "ok", "p50": ns, "p99": ns * 10, "p99.9": ns * 100}
    for library, ns in {"rich": 500_000.0, "foundation": 1_000.0, "another": 1.0}.items()
}
ALLOCATION = {
    "three_fields": {
        library: {"peak_bytes": held}
        for library, held in {"structlog-tuned": 5_300.0, "foundation": 4_100.0}.items()
    }
}
SCALING = [
    {"rival": "foundation", "state": "ok", "ratio": 0.5},
    {"rival": "foundation-native", "state": "ok", "ratio": 0.75},
    {"rival": "rich", "state": "failed", "ratio": 0.9},
]


def texts(drawn: str) -> list[str]:
    """Return the texts of a picture, in its order."""
    return [each.text or "" for each in ElementTree.fromstring(drawn).iter(f"{SVG}text")]


def test_latency_has_three_dots_a_library() -> None:
    """Ten times as long is as far to the right everywhere; an unknown library is left out."""
    root = ElementTree.fromstring(draw_latency({"latency": LATENCY}, LIGHT))
    xs = [float(each.get("cx") or 0) for each in root.iter(f"{SVG}circle")]

    assert 6 == len(xs)
    steps = [round(after - before, 1) for before, after in itertools.pairwise(xs)]
    del steps[2]  # from one library to the next
    assert max(steps) - min(steps) <= 0.2
    assert xs[0] < xs[3]


@pytest.mark.parametrize(
    ("draw", "data", "expected"),
    [
        pytest.param(
            draw_memory, {"allocation": ALLOCATION},
            ["Foundation, JSON", "4,100", "structlog tuned, JSON", "5,300"], id="memory",
        ),
        pytest.param(
            draw_threads, {"data": {"scaling": SCALING}},
            ["Foundation, JSON, native lane", "0.75", "Foundation, JSON", "0.50"], id="threads",
        ),
    ],
)  # fmt: skip
def test_best_stands_first(
    draw: Callable[[Any, str], str], data: dict[str, Any], expected: list[str]
) -> None:
    """Each row has the library and its figure; the bar is as long as the figure says."""
    drawn = draw(data, LIGHT)
    shown = texts(drawn)
    lengths = [
        float((each.get("d") or "").partition("H")[2])
        - float((each.get("d") or "M0 ")[1:].split()[0])
        for each in ElementTree.fromstring(drawn).iter(f"{SVG}path")
        if each.get("stroke-width")
    ]

    assert expected == [each for each in shown if each in expected]
    first, second = (float(each.replace(",", "")) for each in expected[1::2])
    assert abs(lengths[0] / lengths[1] - first / second) < 0.01


def test_what_was_not_measured_has_no_picture() -> None:
    """A run without these figures has empty pictures, and the page does not name them."""
    assert ["", "", ""] == [draw({}, LIGHT) for draw in (draw_latency, draw_memory, draw_threads)]
    assert not [part for part in short_text({"workloads": []}) if "latency" in part]
