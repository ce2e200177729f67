"""The report: every record has its section, and says whose figures it holds."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from perf_lab.pages.page import SECTIONS, find_sources, write_page, write_section
from perf_lab.pages.report import command
from perf_lab.places import PUBLISHED
from perf_lab.records.documented import DOCUMENTED
from perf_lab.records.record import read_record

MACHINE = {
    "cpu": "Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz", "cores": 4, "memory_gb": 15.6,
    "storage": DOCUMENTED["hardware"]["storage"], "system": DOCUMENTED["software"]["system"],
    "python": f"CPython {DOCUMENTED['software']['python']}", "packages": DOCUMENTED["packages"],
}  # fmt: skip
EMPTY = '{"lab": "LAB", "version": 2, "options": {}, "data": {}, "checks": [], "machine": {}}'


def section(page: str, name: str) -> str:
    """Return a section of the page."""
    found = re.search(rf'<section id="{name}".*?</section>', page, re.S)
    assert found is not None
    return found[0]


def show(records: Path, lab: str) -> str:
    """Return the section of one laboratory, as a page beside the records has it."""
    return write_section(lab, find_sources(records, records / "none"), records / "report")


def change(records: Path, lab: str, **machine: Any) -> None:
    """Give a record other facts of its machine."""
    record = read_record(records / f"{lab}.json")
    replace(record, machine={**record.machine, **machine}).write(records / f"{lab}.json")


def test_every_laboratory_has_its_section(report_page: Path) -> None:
    """Each section has the machine and the time of its own record, and charts to draw."""
    page = report_page.read_text(encoding="utf-8")

    for name in set(SECTIONS) - {"soak-paced", "torture"}:
        text = section(page, name)
        assert "Measured 2026-01-02 03:04 UTC on Some CPU with 2 cores" in text
        assert "Not measured on the documented machine" in text
        assert name == "claims" or '<figure class="chart"' in text
    assert "processor Some CPU (documented: Intel Xeon E5-2686 v4 @ 2.3 GHz)" in page


def test_what_is_missed_is_shown(report_page: Path) -> None:
    """A failed check and every founding claim that fails stand in tables that are open."""
    page = report_page.read_text(encoding="utf-8")
    claims = read_record(PUBLISHED / "performance.json").data["claims"]
    failed = [row for row in claims if row["result"] == "FAIL"]
    rest = section(page, "claims").partition("Founding claims that fail")[2]

    assert 'class="bad">fail</td>' in section(page, "soak")
    assert "1 of 2 pass" in section(page, "records")
    assert len(failed) == rest.partition("</table>")[0].count('class="bad">fail</td>') > 0


def test_files_that_are_there_are_linked(report_page: Path) -> None:
    """Flamegraphs and memray pages are linked from where the page lies; one that is gone is not."""
    page = report_page.read_text(encoding="utf-8").partition("<script")[0]
    files = {"memray/a.html", "flame/a.svg", "flame/a.json", "flame/native.svg"}

    assert files == set(re.findall(r'<a href="../results/([^"#]+)"', page))
    assert "memray, gone: no longer there" in page


def test_what_has_not_run_is_said(tmp_path: Path) -> None:
    """A page of no record at all names the command of each laboratory, and is no error."""
    page = write_page(find_sources(tmp_path, tmp_path), tmp_path)

    for name, (lab, *_) in SECTIONS.items():
        assert "This laboratory has not run." in section(page, name)
        assert f"<code>nox -s {lab.partition('-')[0]}" in section(page, name)


def test_documented_machine_is_said(records: Path) -> None:
    """Only a record whose own facts are the documented ones is called measured there."""
    change(records, "flame", **MACHINE, differs=[])
    assert "Measured on the documented machine." in show(records, "flame")

    change(records, "flame", cores=2, differs=None)
    assert "Measured on the documented machine." not in show(records, "flame")


@pytest.mark.parametrize(
    ("fact", "value"), [("cpu", "Another CPU"), ("commit", "999999999999"), ("cores", None)],
    ids=["cpu", "commit", "not recorded"],
)  # fmt: skip
def test_record_of_another_run_is_not_compared(records: Path, fact: str, value: Any) -> None:
    """A record of another machine or version is shown with the difference named."""
    assert "Not to be compared" not in show(records, "flame")
    own = read_record(records / "flame.json").machine[fact]

    change(records, "flame", **{fact: value})

    expected = f"figures of nox -s bench: {fact}: {value or 'not recorded'} and {own}."
    assert expected in show(records, "flame")


@pytest.mark.parametrize(
    ("lab", "file", "content", "why"),
    [
        ("soak", "soak", '{"lab": "soak", "version": 0}', "version 0 of the format"),
        ("memory", "memory", '{"lab": ', "not JSON"),
        ("flame", "flame", "[]", "not a record of perf-lab"),
        ("contention", "contention", "{}", "not a record of perf-lab"),
        ("bench", "latest", EMPTY.replace("LAB", "bench"), "it lacks what the page shows"),
        ("torture", "torture", EMPTY.replace("LAB", "torture"), "it lacks what the page shows"),
        ("soak", "soak", EMPTY.replace("LAB", "memory"), "a record of memory"),
        ("soak", "soak", EMPTY.replace("LAB", "soak"), "it lacks what the page shows"),
    ],
    ids=["version", "torn", "list", "other", "bench", "torture", "other laboratory", "empty"],
)  # fmt: skip
def test_bad_record_is_refused(records: Path, lab: str, file: str, content: str, why: str) -> None:
    """A file that cannot be shown is named with the reason."""
    (records / f"{file}.json").write_text(content, encoding="utf-8")
    text = show(records, lab)

    assert f"{file}.json is refused: " in text
    assert why in text
    assert "<figure" not in text


def test_own_record_comes_before_a_published_one(records: Path) -> None:
    """What ran here is taken; what is kept with the documentation is called published."""
    (records / "contention.json").unlink()
    sources = find_sources(records, PUBLISHED)

    assert {"contention", "soak-paced"} == {lab for lab in sources if sources[lab].published}
    assert PUBLISHED / "contention.json" == sources["contention"].path


@pytest.mark.parametrize(
    "words",
    [["--unknown"], ["--out", "x"], ["--results", "/no/such/folder"], ["more"]],
    ids=["unknown", "abbreviated", "no folder", "word"],
)
def test_wrong_option_is_usage(words: list[str]) -> None:
    """What the report does not know ends with the usage and 2."""
    done = CliRunner().invoke(command, words)

    assert 2 == done.exit_code
    assert done.stderr.startswith("Usage: report ")


def test_command_says_where_the_page_is(report_run: tuple[Path, str]) -> None:
    """Its path and what has not run are printed, and the page holds the figures of its charts."""
    page, said = report_run
    text = page.read_text(encoding="utf-8")
    figures = text.partition('id="charts">')[2].partition("</script>")[0]

    assert "soak-paced: has not run; nox -s soak -- --rate 14000 makes it" in said.splitlines()
    assert str(page) in said.splitlines()
    assert {"charts", "datasets"} == set(json.loads(figures))
