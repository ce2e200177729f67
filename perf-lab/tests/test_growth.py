"""Lines that get longer: a cliff is seen, and the page shows each length."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from perf_lab.publish.growth_chart import draw, growth_text
from perf_lab.workloads.table import LENGTHS, POINTS, greatest_leap, name_of


def linear() -> dict[str, float]:
    """Return times that grow as the line does, from a microsecond on."""
    return {name: 1000.0 + 10 * length for name, (_, length) in POINTS.items()}


def published(**times: float) -> dict[str, Any]:
    """Return published figures in which one library has these times, and others the linear ones."""
    libraries = {
        "foundation-native": {**linear(), **times}, "foundation": linear(),
        "structlog-tuned": linear(),
    }  # fmt: skip
    return {
        "workloads": [
            {"workload": name, "cells": {library: {"state": "ok", "ns": found[name]}
                                         for library, found in libraries.items()}}
            for name in POINTS
        ]
    }  # fmt: skip


def test_no_leap_where_time_grows_as_the_line() -> None:
    """A line that is ten times as long takes at most ten times as long."""
    assert 1.0 >= greatest_leap(linear())[0]


def test_cliff_is_found() -> None:
    """Where a length makes a line dearer by more than it is longer, that length is named."""
    leap, where = greatest_leap({**linear(), "list_1000": 100_000.0})

    assert "list_1000" == where
    assert 7.5 == leap


def test_lengths_that_were_not_measured_are_left_out() -> None:
    """A run of some lengths says what it can."""
    assert (0.0, "") == greatest_leap({"list_10": 1.0})


def test_page_shows_every_length() -> None:
    """Each length has a row in the table of its kind, and the greatest leap is named."""
    text = growth_text(published(list_1000=100_000.0))

    assert [] == [
        length
        for lengths in LENGTHS.values()
        for length in lengths
        if f"| {length:,} |" not in text
    ]
    assert "native lane 7.50x at `list_1000`" in text
    assert "Not measured in this run." == growth_text({"workloads": []})


def test_picture_is_drawn_from_the_figures() -> None:
    """It is sound XML with a curve for each library in each chart, and a point for each length."""
    drawn = draw(published())
    root = ElementTree.fromstring(drawn)
    circles = root.iter("{http://www.w3.org/2000/svg}circle")

    assert 3 * len(LENGTHS) == drawn.count("<polyline")
    assert 3 * len(POINTS) == len(list(circles))
    assert name_of("text", 1_000_000) in POINTS
