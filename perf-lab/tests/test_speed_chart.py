"""The picture of what a line takes: each figure is a dot, in its place, and pages show it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from perf_lab.publish.attachments import show_picture
from perf_lab.publish.performance import PICTURES, read
from perf_lab.publish.speed_chart import DARK, LIGHT, draw, lines_of

DOCS = Path(__file__).parents[2] / "docs"
SVG = "{http://www.w3.org/2000/svg}"


def published(**times: float) -> dict[str, Any]:
    """Return figures of one kind of line, by library, in nanoseconds."""
    cells = {name: {"state": "ok", "ns": ns} for name, ns in times.items()}
    return {"workloads": [{"workload": "three_fields", "title": "", "cells": cells}]}


def dots(drawn: str) -> dict[str, float]:
    """Return where each dot of the rows stands, by what it says."""
    found = ElementTree.fromstring(drawn).iter(f"{SVG}circle")
    titled = [(each.findtext(f"{SVG}title"), each.get("cx")) for each in found]
    return {title: float(x or 0) for title, x in titled if title is not None}


def test_faster_is_further_left() -> None:
    """Ten times as long is as far to the right everywhere, whoever it is."""
    data = published(foundation=1_000, loguru_serialize=7) | published(
        **{"foundation-native": 100, "foundation": 1_000, "structlog-tuned": 10_000}
    )
    at = dots(draw(data))

    assert ["Foundation, native lane: 0.1 us", "Foundation, Python lanes: 1 us",
            "structlog tuned: 10 us"] == list(at)  # fmt: skip
    native, pure, tuned = at.values()
    assert abs((pure - native) - (tuned - pure)) < 0.2 < tuned - pure


def test_run_without_these_lines_has_no_picture() -> None:
    """A library that was not measured has no dot, and a run without any of them no row."""
    assert ([], "") == (lines_of({"workloads": []}), draw({"workloads": []}))
    assert ["structlog tuned: 5 us"] == list(dots(draw(published(**{"structlog-tuned": 5_000}))))


def test_pictures_are_those_of_the_published_figures() -> None:
    """What stands in docs is made from the figures beside it, for light pages and dark ones."""
    data = read()

    for name, make in PICTURES.items():
        assert make(data) == (DOCS / name).read_text(encoding="utf-8"), name
    assert f'fill="{LIGHT}"' in PICTURES["images/speed-light.svg"](data)
    assert f'fill="{DARK}"' in PICTURES["images/speed-dark.svg"](data)


def test_page_of_a_release_has_it_inside() -> None:
    """A file that stands alone holds the light picture itself, and no link to the dark one."""
    page = '<img alt="a" src="images/speed-light.svg#only-light"> <img src="x.svg#only-dark">'
    shown = show_picture(page, published(foundation=1_000))

    assert 1 == shown.count("<svg")
    assert "img" not in shown
