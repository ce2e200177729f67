"""The published pages: they are what templates make of the committed figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from perf_lab.pages import figures
from perf_lab.pages.engine import ENGINE, fill, render
from perf_lab.pages.kept import read_kept, reduce, refresh_scoreboard
from perf_lab.pages.publish import GUIDES, command, make_pages
from perf_lab.places import DOCS, PUBLISHED
from perf_lab.records.record import Check, Record, read_record

RECORDS = read_kept(PUBLISHED)
BENCH = RECORDS["bench"]
DATA = BENCH.figures
NAMES = ("performance.md", "memory.md", "endurance.md", "guarantees.md", *GUIDES)
PICTURES = [
    f"images/{name}-{scheme}.svg"
    for name in ("speed", "growth", "latency", "memory", "threads")
    for scheme in ("light", "dark")
]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """Return every page and picture, made anew."""
    return make_pages(RECORDS)


def run_results() -> dict[str, Any]:
    """Return the results of a run of one workload: one library is sound, two are not."""
    ok = {"state": "ok", "ns": 1867.77123, "rounds": [1.0]}
    invalid = {"state": "invalid", "reason": "wrote 9 of 10 lines"}
    waiting = {"state": "needs foundation-emoji", "reason": "it is not installed, or empty"}
    rows = {"foundation": ok, "logbook": invalid, "hand-rolled": waiting}
    cells = {"foundation": "0.98x", "logbook": "invalid", "hand-rolled": "needs"}
    percentiles = dict.fromkeys(("p50", "p90", "p95", "p99", "p99.9"), 1.0)
    return {
        "mode": "quick", "rivals": {"foundation": {"version": "0.1.0"}},
        "comparison": [{"library": "logbook", "features": "Basic", **invalid}],
        "workloads": {"three_fields": {"rows": rows}},
        "matrix": [{"workload": "three_fields", "title": "three fields", "cells": cells}],
        "latency": {"three_fields": {"foundation": {**ok, **percentiles}}},
        "allocation": {}, "probes": {},
        "targets": [{"title": "t", "sign": ">=", "limit": 2.0, "aim": None, "unit": "x",
                     "measured": 1.5, "result": "NOT REACHED"}],
        "claims": [{"section": "s", "claim": "c", "documented": 10, "measured": 12.5, "unit": "us",
                    "result": "FAIL", "measure": "m", "ratio": 0.8}],
    }  # fmt: skip


@pytest.mark.parametrize("page", [*NAMES, *PICTURES])
def test_page_is_made_from_the_committed_figures(page: str, pages: dict[str, str]) -> None:
    """Every page, table and picture is what its template makes of docs/data."""
    assert pages[page] == (DOCS / page).read_text(encoding="utf-8")


def test_every_table_is_used(pages: dict[str, str]) -> None:
    """No table is made that no page shows, and one that there is not cannot be asked for."""
    text = "".join(pages[page] for page in GUIDES)
    tables = [name for name in vars(ENGINE.get_template("guide.md.j2").module) if name[0] != "_"]

    assert tables
    assert [] == [name for name in tables if f"<!-- figures: {name} -->" not in text]
    with pytest.raises(KeyError):
        fill("<!-- figures: none -->\n\n1\n\n<!-- end of figures -->", DATA)


def test_no_claim_is_left_out(pages: dict[str, str]) -> None:
    """Every claim of the run stands on the page, under its section."""
    page = pages["performance.md"]

    assert [] == [row["claim"] for row in DATA["claims"] if f"| {row['claim']} |" not in page]


def test_scoreboard_has_the_rows_of_the_kept_records() -> None:
    """The rows that other records measure are in the committed figures as those have them."""
    assert BENCH == refresh_scoreboard(BENCH, PUBLISHED)


def test_publish_writes_data_and_pages(tmp_path: Path) -> None:
    """The command keeps what pages show, and the page names all that is not reached."""
    for guide in GUIDES:
        (tmp_path / guide).parent.mkdir(exist_ok=True)
        (tmp_path / guide).write_text("no tables\n", encoding="utf-8")
    Record("bench", {}, run_results(), machine=BENCH.machine).write(tmp_path / "latest.json")
    Record("optimisations", {}, {"rows": DATA["steps"]}).write(tmp_path / "optimisations.json")

    words = ["performance", "--docs", str(tmp_path), "--results", str(tmp_path)]
    command.main(words, standalone_mode=False)

    kept = read_record(tmp_path / "data" / "performance.json", "bench").figures
    assert {"state": "ok", "ns": 1867.8, "vs_structlog": 0.98} == figures.cell(kept, "three_fields")
    page = (tmp_path / "performance.md").read_text(encoding="utf-8")
    section = page.partition("## What is not reached\n")[2].partition("\n## ")[0]
    expected = [
        "t: 1.5x, target >= 2x.", "c: 12.5 us, documented 10 us. Open.",
        "three fields: 0.98x. Open.", "logbook, text, three fields: invalid, wrote 9 of 10 lines",
    ]  # fmt: skip
    assert expected == [text for text in expected if f"- {text}" in section]
    assert "A quick run has fewer rounds" in page
    assert "](images/memory" not in page, "a picture without figures is not shown"


@pytest.mark.parametrize("name", ["performance", "memory", "guarantees"])
def test_record_that_is_not_there_is_usage(name: str, tmp_path: Path) -> None:
    """A page whose record is missing ends with 2, before a page is touched."""
    with pytest.raises(SystemExit, match="2"):
        command.main([name, "--results", str(tmp_path), "--docs", str(tmp_path)])
    assert [] == list(tmp_path.iterdir())


def test_records_are_kept_by_what_they_are(records: Path) -> None:
    """A soak at a rate has a name of its own, breaks stand with the torture, series stay behind."""
    found = {lab: read_record(records / f"{lab}.json") for lab in ("memory", "soak", "torture")}
    paced = Record("soak", {"rate": 14000}, found["soak"].data)
    breaks = Record("breaks", {}, {"rows": [{"name": "b"}]})

    kept = reduce({**found, "soak": paced, "breaks": breaks})

    assert {"memory", "soak-paced", "torture"} == set(kept)
    assert {"series", "tracked"}.isdisjoint(kept["memory"].data["growth"])
    assert [{"name": "b"}] == kept["torture"].data["breaks"]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        pytest.param(None, "us", "", id="nothing"),
        pytest.param(0, "calls", "0 calls", id="zero"),
        pytest.param(0.0109, "us", "0.0109 us", id="small"),
        pytest.param(123.4, "us", "123 us", id="hundreds"),
        pytest.param(535397.8, "messages/s", "535,400 /s", id="large"),
        pytest.param(95.0, "%", "95%", id="percent"),
        pytest.param(0.98, "ratio", "0.98x", id="ratio"),
        pytest.param(1, "yes = 1", "yes", id="yes"),
    ],
)
def test_figures_are_readable(value: float | None, unit: str, text: str) -> None:
    """A figure has the digits that count, and its unit."""
    assert text == figures.with_unit(value, unit)


def test_table_is_markdown() -> None:
    """A bar is escaped, columns of figures stand right, an empty last column is left out."""
    expected = "| a | b |\n| --- | ---: |\n| x\\|y | 1 |"

    assert expected == figures.table(["a", "b:"], [["x|y", "1"]])
    assert "| a |\n| --- |\n| x |" == figures.table(["a", "b"], [["x", ""]])


def test_who_is_ahead_is_said() -> None:
    """A library that writes a line in less time than both lanes is named where the line is."""
    times = {"structlog-colors": 9_000.0, "foundation-native-compact": 3_000.0,
             "foundation-compact": 6_000.0, "logust": 2_000.0}  # fmt: skip
    cells = {name: {"state": "ok", "ns": ns} for name, ns in times.items()}
    data = {"workloads": [{"workload": "terminal", "title": "a terminal", "cells": cells}]}

    shown = fill("<!-- figures: others -->\n<!-- end of figures -->", data)

    expected = "| a terminal | structlog, ConsoleRenderer | 3.00x | 1.50x | logust 4.50x |"
    assert expected in shown


def test_checks_that_failed_stand_out() -> None:
    """A failed check is bold on the page of endurance."""
    soak = replace(RECORDS["soak"], checks=[Check("lines that sank", 3.0, 0.0, "lines")])
    page = render("endurance.md.j2", records={"soak": soak})

    assert "| lines that sank | at most 0 lines | 3 | **fail** |" in page
