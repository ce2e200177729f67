"""The report's page: every record has its section, and the command writes it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from perf_lab.places import PUBLISHED
from perf_lab.records.record import read_record

pytest.importorskip("matplotlib")

from perf_lab.report.chart import Bar, Curve, bars, curves
from perf_lab.report.page import lab_section, write_page
from perf_lab.report.sources import find_sources

LABS = ("bench", "memory", "flame", "contention", "soak", "torture")


@pytest.fixture
def page(report_page: Path) -> str:
    """Return the text of the page of all records."""
    return report_page.read_text(encoding="utf-8")


def section(page: str, lab: str) -> str:
    """Return the section of one laboratory."""
    found = re.search(rf'<section id="{lab}".*?</section>', page, re.S)
    assert found is not None
    return found[0]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the report as `nox -s report` does."""
    command = [sys.executable, "-m", "perf_lab", "report", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=110)


def test_every_laboratory_has_its_section(page: str) -> None:
    """Each laboratory has charts, and the machine and the time of its own record."""
    assert [] == [lab for lab in LABS if '<svg class="chart"' not in section(page, lab)]
    assert [] == [
        lab for lab in LABS[:-1]
        if "Measured 2026-01-02 03:04 UTC on Some CPU with 2 cores" not in section(page, lab)
    ]  # fmt: skip


def test_section_is_the_same_each_time(records: Path) -> None:
    """The same record gives the same text, byte by byte."""
    source = find_sources(records, records / "none")["flame"]

    assert lab_section(source, None, records) == lab_section(source, None, records)


def test_ids_are_unique(page: str) -> None:
    """No id of one chart is another's: a clip path or a description would be the wrong one."""
    ids = re.findall(r'\bid="([^"]+)"', page)
    used = re.findall(r'(?:url\(#|href="#)([^")]+)', page)
    named = [name for names in re.findall(r'labelledby="([^"]+)"', page) for name in names.split()]

    assert len(ids) == len(set(ids))
    assert set() == {*used, *named} - set(ids)


def test_drawings_have_no_colour_of_their_own(page: str) -> None:
    """Every colour in a chart is a variable of the style sheet, so that dark is dark."""
    drawings = re.findall(r'<svg class="chart".*?</svg>', page, re.S)

    assert drawings
    assert [] == [found for svg in drawings for found in re.findall(r"#[0-9a-f]{6}\b", svg)]


def test_files_that_are_there_are_linked(page: str) -> None:
    """Flamegraphs and memray pages are linked from where the page lies; one that is gone is not."""
    linked = re.findall(r'<a href="([^"#]+)"', page)

    assert {"../memray/a.html", "../flame/a.svg", "../flame/a.json", "../flame/native.svg"} == set(
        linked
    )
    assert "memray, gone: no longer there" in page


def test_what_has_not_run_is_said(tmp_path: Path) -> None:
    """A page of no record at all names the command of each laboratory, and is no error."""
    page = write_page(find_sources(tmp_path, tmp_path), tmp_path)

    for lab in LABS:
        text = section(page, lab)
        assert "This laboratory has not run." in text
        assert f"<code>nox -s {lab}</code> makes its figures." in text


def test_failed_check_is_shown(page: str) -> None:
    """A check that fails stands on the page as one, and in the count at the top."""
    assert '<td class="short bad">fail</td>' in section(page, "soak")
    assert "1 of 2 pass" in page


def test_failed_claim_is_shown(page: str) -> None:
    """Every documented figure that fails stands in the table that nobody has to open."""
    claims = read_record(PUBLISHED / "performance.json").data["claims"]
    text = section(page, "bench")
    table = text.partition("<caption><span>Founding claims that fail")[2].partition("</table>")[0]
    failed = [row["claim"] for row in claims if row["result"] == "FAIL"]

    assert failed
    assert len(failed) == table.count('<td class="short bad">fail</td>')


def test_other_machine_is_not_called_the_documented_one(page: str) -> None:
    """Every section says that it is not of the documented machine, and how it differs."""
    for lab in LABS:
        assert "Not measured on the documented machine" in section(page, lab)
    assert "processor Some CPU (documented: Intel Xeon E5-2686 v4 @ 2.3 GHz)" in page


@pytest.mark.parametrize(
    "words",
    [["--unknown"], ["--out", "x"], ["--results", "/no/such/folder"], ["more"]],
    ids=["unknown", "abbreviated", "no folder", "word"],
)
def test_wrong_option_is_usage(words: list[str]) -> None:
    """What the report does not know ends with the usage and 2."""
    done = run(*words)

    assert 2 == done.returncode
    assert done.stderr.startswith("Usage: perf-lab report ")


def test_command_writes_the_page(records: Path, tmp_path: Path) -> None:
    """The page is written where it is told, and its path and what has not run are printed."""
    for name in ("soak", "latest", "contention"):
        (records / f"{name}.json").unlink()
    (tmp_path / "published").mkdir()
    output = tmp_path / "deep" / "page.html"
    done = run("--results", str(records), "--published", str(tmp_path / "published"),
               "--output", str(output), "--no-browser")  # fmt: skip

    assert (0, "") == (done.returncode, done.stderr)
    assert "soak: has not run; nox -s soak makes it" in done.stdout
    assert str(output) in done.stdout.splitlines()
    assert '<a href="../results/flame/a.svg">' in output.read_text(encoding="utf-8")


def test_bars_say_their_figures() -> None:
    """The text alternative of bars has each name with its figure, escaped."""
    drawn = bars("k", "T", [Bar("a < b", 2.0, ours=True), Bar("c", 0.5)], x="time (us)", y="what")

    assert "Bars; time (us); linear scale. a &lt; b: 2; c: 0.5.</desc>" in drawn


def test_curves_leave_out_what_was_not_measured() -> None:
    """A point without a value is no zero: the text says from where to where a curve goes."""
    drawn = curves("k", "T", [Curve("a", [1, 2, 3], [None, 5.0, 4.0])], x="n (count)", y="t (s)")

    assert "a: from 5 to 4, lowest 4, highest 5.</desc>" in drawn
