"""The charts: each has its rows, is drawn in the page's colours, and best comes first."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from perf_lab.pages.charts import CHARTS, draw, paint, schemes, specify
from perf_lab.pages.datasets import make_datasets
from perf_lab.pages.kept import read_kept
from perf_lab.places import PUBLISHED
from perf_lab.records.record import Record
from perf_lab.workloads.table import POINTS, greatest_leap

DATASETS = make_datasets(read_kept(PUBLISHED))
#: A published record has no series of memory, and no start-up.
LATER = {"rss", "heap", "startup"}


def contention(**ratios: float) -> dict[str, Record]:
    """Return a record of threads beside one, of so many libraries."""
    scaling = [{"rival": name, "state": "ok", "ratio": ratio} for name, ratio in ratios.items()]
    scaling.append({"rival": "rich", "state": "failed", "ratio": 0.9})
    data: dict[str, Any] = {"scaling": scaling, "threads": [], "processes": [], "tasks": []}
    return {"contention": Record("contention", {}, data, machine={})}


def linear() -> dict[str, float]:
    """Return times that grow as the line does, from a microsecond on."""
    return {name: 1000.0 + 10 * length for name, (_, length) in POINTS.items()}


def test_every_chart_has_rows() -> None:
    """Every chart but those of a run's series is made of what is published."""
    assert LATER == {name for name in CHARTS if specify(name, DATASETS) is None}
    assert "" == draw("threads", {}), "what was not measured has no picture"


@pytest.mark.parametrize("name", sorted(set(CHARTS) - LATER))
def test_fields_of_a_chart_are_in_its_rows(name: str) -> None:
    """What a chart draws, and what it lets a reader choose, is a field of each of its rows."""
    chart = CHARTS[name]
    wanted = {chart[key] for key in ("x", "y", "rows", "share", "panels") if key in chart}

    for row in DATASETS[chart["data"]]:
        assert wanted | set(chart.get("choose", {})) <= set(row)


def test_drawing_has_the_colours_of_the_page() -> None:
    """A drawing's colours are variables of the style sheet, and each scheme has all of them."""
    drawn = draw("threads", DATASETS)
    used = set(re.findall(r"var\((--[a-z0-9-]+)\)", drawn))

    assert [] == re.findall(r"#[0-9a-f]{3,6}\b", drawn)
    for scheme, colours in schemes().items():
        assert used <= set(colours)
        assert "var(" not in paint(drawn, scheme)
    assert paint(drawn, "light") != paint(drawn, "dark")


def test_best_stands_first() -> None:
    """Rows are sorted by their figures, which stand beside the names; bars are as long as they."""
    made = make_datasets(contention(foundation=0.5, **{"foundation-native": 0.75}))
    root = ElementTree.fromstring(draw("threads", made))
    heights = {
        each.text: float(each.get("transform", "").rpartition(",")[2].rstrip(")"))
        for each in root.iter()
        if each.tag.endswith("text")
    }
    paths = [each.get("d", "") for each in root.iter()]
    widths = [float(found[1]) for path in paths if (found := re.search(r"h([\d.]+)v11h", path))]

    assert heights["Foundation, JSON, native lane"] < heights["Foundation, JSON"]
    assert {"0.50", "0.75"} <= set(heights)
    assert "rich.logging" not in heights
    assert abs(max(widths) / min(widths) - 1.5) < 0.02


def test_cliff_is_found() -> None:
    """Where a length makes a line dearer by more than it is longer, that length is named."""
    assert 1.0 >= greatest_leap(linear())[0]
    assert (7.5, "list_1000") == greatest_leap({**linear(), "list_1000": 100_000.0})
    assert (0.0, "") == greatest_leap({"list_10": 1.0})
