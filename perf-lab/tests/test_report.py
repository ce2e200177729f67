"""The published pages: they are what the report makes of the committed figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from perf_lab.places import DOCS
from perf_lab.publish.guide import TABLES, fill
from perf_lab.publish.performance import (
    GUIDES,
    command,
    newcomers_table,
    outputs_table,
    read,
    verdict,
    write_page,
)
from perf_lab.publish.published import cell, claim, reduce
from perf_lab.publish.table import number, table, with_unit
from perf_lab.records.record import Record

DATA = read()


def run_results() -> dict[str, Any]:
    """Return the results of a run of one workload: one library is sound, two are not."""
    ok = {"state": "ok", "ns": 1867.77123, "rounds": [1.0]}
    percentiles = {"p50": 1.0, "p90": 1.0, "p95": 1.0, "p99": 1.0, "p99.9": 1.0}
    invalid = {"state": "invalid", "reason": "wrote 9 of 10 lines"}
    waiting = {"state": "needs foundation-emoji", "reason": "it is not installed, or empty"}
    rows = {"foundation": ok, "logbook": invalid, "hand-rolled": waiting}
    row = {"library": "logbook", "features": "Basic", **invalid}
    return {
        "machine": DATA["machine"],
        "mode": "quick",
        "rivals": {"foundation": {"version": "0.1.0"}},
        "comparison": [row],
        "workloads": {"three_fields": {"rows": rows}},
        "matrix": [
            {
                "workload": "three_fields",
                "title": "three fields",
                "cells": {"foundation": "0.98x", "logbook": "invalid", "hand-rolled": "needs"},
            }
        ],
        "latency": {"three_fields": {"foundation": {**ok, **percentiles}}},
        "allocation": {},
        "probes": {},
        "targets": [
            {"title": "t", "sign": ">=", "limit": 2.0, "aim": None, "unit": "x", "measured": 1.5,
             "result": "NOT REACHED"},
        ],
        "claims": [
            {"section": "s", "claim": "c", "documented": 10, "measured": 12.5, "unit": "us",
             "result": "FAIL", "measure": "m", "ratio": 0.8},
        ],
    }  # fmt: skip


def test_page_is_made_from_the_committed_figures() -> None:
    """The performance page is what the report makes of docs/data/performance.json."""
    assert write_page(DATA) == (DOCS / "performance.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", GUIDES, ids=str)
def test_guide_is_filled_from_the_committed_figures(name: Path) -> None:
    """The tables of a guide page are what the report makes of the same file."""
    text = (DOCS / name).read_text(encoding="utf-8")

    assert "<!-- figures: " in text
    assert fill(text, DATA) == text


def test_every_table_is_used() -> None:
    """No table is made that no page shows."""
    text = "".join((DOCS / name).read_text(encoding="utf-8") for name in GUIDES)

    assert set() == {name for name in TABLES if f"<!-- figures: {name} -->" not in text}


def test_unknown_table_is_refused() -> None:
    """A page that asks for a table that there is not cannot be made."""
    with pytest.raises(KeyError):
        fill("<!-- figures: none -->\n\n1\n\n<!-- end of figures -->", DATA)


def test_no_claim_is_left_out() -> None:
    """Every claim of the run stands on the page, under its section."""
    page = write_page(DATA)

    assert [] == [row["claim"] for row in DATA["claims"] if f"| {row['claim']} |" not in page]


def test_what_is_not_reached_is_said() -> None:
    """A missed target, a failed claim, a slower workload and an invalid library are named."""
    page = write_page(reduce(run_results(), []))
    section = page.partition("## What is not reached\n")[2].partition("\n## ")[0]

    expected = [
        "t: 1.5x, target >= 2x.",
        "c: 12.5 us, documented 10 us. Open.",
        "three fields: 0.98x. Open.",
        "logbook, text, three fields: invalid, wrote 9 of 10 lines",
    ]
    assert expected == [text for text in expected if f"- {text}" in section]


def test_publish_writes_data_and_page(tmp_path: Path) -> None:
    """The command reduces the results, and makes the pages from what it has written."""
    (tmp_path / "guide").mkdir()
    for guide in GUIDES:
        (tmp_path / guide).write_text("no tables\n", encoding="utf-8")
    for name, content in (("bench", run_results()), ("optimisations", {"rows": DATA["steps"]})):
        Record(name, {}, content).write(tmp_path / f"{name}.json")

    words = ["--docs", str(tmp_path), "--results", str(tmp_path / "bench.json")]
    command.main([*words, "--steps", str(tmp_path / "optimisations.json")], standalone_mode=False)

    data = read(tmp_path / "data" / "performance.json")
    assert {"state": "ok", "ns": 1867.8, "vs_structlog": 0.98} == cell(data, "three_fields")
    assert write_page(data) == (tmp_path / "performance.md").read_text(encoding="utf-8")


def test_claim_that_is_not_there_is_refused() -> None:
    """A table that asks for a claim of another text cannot be made."""
    with pytest.raises(KeyError):
        claim(DATA, "no such claim")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        pytest.param(None, "us", "", id="nothing"),
        pytest.param(0, "calls", "0 calls", id="zero"),
        pytest.param(0.0109, "us", "0.0109 us", id="small"),
        pytest.param(535397.8, "messages/s", "535,400 /s", id="large"),
        pytest.param(95.0, "%", "95%", id="percent"),
        pytest.param(0.98, "ratio", "0.98x", id="ratio"),
        pytest.param(1, "yes = 1", "yes", id="yes"),
    ],
)
def test_figures_are_readable(value: float | None, unit: str, text: str) -> None:
    """A figure has the digits that count, and its unit."""
    assert text == with_unit(value, unit)


def test_number_drops_digits_that_do_not_count() -> None:
    """From a hundred on, a figure is whole."""
    assert ["99.9", "123"] == [number(99.94), number(123.4)]


def test_bar_in_a_cell_does_not_end_it() -> None:
    """A bar is escaped; columns of figures stand right."""
    expected = "| a | b |\n| --- | ---: |\n| x\\|y | 1 |"

    assert expected == table(["a", "b"], [["x|y", "1"]], right=[1])


def test_missed_results_stand_out() -> None:
    """What is missed is bold; what waits keeps its reason."""
    found = [verdict(result) for result in ("pass", "FAIL", "NOT REACHED", "needs foundation-otel")]

    assert ["pass", "**fail**", "**not reached**", "needs foundation-otel"] == found


def test_who_is_ahead_is_said() -> None:
    """A library that writes a line in less time than both lanes is named where the line is."""
    times = {
        "structlog-colors": 9_000.0, "foundation-native-compact": 3_000.0,
        "foundation-compact": 6_000.0, "logust": 2_000.0,
    }  # fmt: skip
    cells = {name: {"state": "ok", "ns": ns} for name, ns in times.items()}
    data = {"workloads": [{"workload": "terminal", "title": "a terminal", "cells": cells}]}

    shown = fill("<!-- figures: others -->\n<!-- end of figures -->", data)

    expected = "| a terminal | structlog, ConsoleRenderer | 3.00x | 1.50x | logust 4.50x |"
    assert expected in shown
    assert "| a terminal | logust | 2.00 | 4.50x |" in outputs_table(data)
    assert "| a terminal |  |  | 2.00 |  |  |" in newcomers_table(data)
