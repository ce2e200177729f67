"""Whose figures the report shows: another machine's are named, a bad record is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from perf_lab.places import PUBLISHED
from perf_lab.publish.memory import reduce
from perf_lab.records.documented import DOCUMENTED
from perf_lab.records.record import Record

pytest.importorskip("matplotlib")

from perf_lab.report.page import lab_section
from perf_lab.report.sources import apart, find_sources


def read(lab: str) -> dict[str, Any]:
    """Return the figures of a record that is kept for tests."""
    file = Path(__file__).parent / "records" / f"{lab}.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["data"]
    return found


FLAME = read("flame")
MACHINE: dict[str, Any] = json.loads(
    (Path(__file__).parent / "records" / "flame.json").read_text(encoding="utf-8")
)["machine"]


def show(records: Path, lab: str, base: str = "bench") -> str:
    """Return the section of one laboratory alone, as the page has it beside that of another."""
    sources = find_sources(records, records / "none")
    return lab_section(sources[lab], sources[base], records / "report")


def test_documented_machine_is_said(records: Path) -> None:
    """Only a record whose own facts are the documented ones is called measured there."""
    documented = {
        **MACHINE, "cpu": "Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz", "cores": 4,
        "memory_gb": 15.6, "storage": DOCUMENTED["hardware"]["storage"],
        "system": DOCUMENTED["software"]["system"],
        "python": f"CPython {DOCUMENTED['software']['python']}",
        "packages": DOCUMENTED["packages"], "differs": [],
    }  # fmt: skip
    Record("flame", {}, FLAME, machine=documented).write(records / "flame.json")
    text = show(records, "flame")
    assert "Measured on the documented machine." in text
    assert "Not measured on the documented machine" not in text

    Record("flame", {}, FLAME, machine={**documented, "cores": 2, "differs": None}).write(
        records / "flame.json"
    )
    assert "Measured on the documented machine." not in show(records, "flame")


@pytest.mark.parametrize(
    ("fact", "value"), [("cpu", "Another CPU"), ("commit", "999999999999"), ("cores", None)],
    ids=["cpu", "commit", "not recorded"],
)  # fmt: skip
def test_record_of_another_run_is_not_compared(records: Path, fact: str, value: Any) -> None:
    """A record of another machine or version is shown with the difference named."""
    assert "Not to be compared" not in show(records, "flame")

    Record("flame", {}, FLAME, machine={**MACHINE, fact: value}).write(records / "flame.json")
    expected = (
        "Not to be compared with the figures of nox -s bench: "
        f"{fact}: {value or 'not recorded'} and {MACHINE[fact]}."
    )
    assert expected in show(records, "flame")


@pytest.mark.parametrize(
    ("lab", "file", "content", "why"),
    [
        ("soak", "soak.json", '{"lab": "soak", "version": 0}', "version 0 of the format"),
        ("memory", "memory.json", '{"lab": ', "not JSON"),
        ("flame", "flame.json", "[]", "not a record of perf-lab"),
        ("contention", "contention.json", "{}", "not a record of perf-lab"),
        ("bench", "latest.json", '{"lab": "bench", "version": 2, "options": {}, "data": {}, '
         '"checks": [], "machine": {}}', "not a result of nox -s bench"),
        ("torture", "torture.json", '{"lab": "torture", "version": 2, "options": {}, "data": {}, '
         '"checks": [], "machine": {}}', "not a result of nox -s torture"),
        ("soak", "soak.json", '{"lab": "memory", "version": 2, "options": {}, "data": {}, '
         '"checks": [], "machine": {}}', "a record of memory"),
        ("soak", "soak.json", '{"lab": "soak", "version": 2, "options": {}, "data": {}, '
         '"checks": [], "machine": {}}', "it lacks what the section shows"),
    ],
    ids=["version", "torn", "list", "other", "bench", "torture", "other laboratory", "empty"],
)  # fmt: skip
def test_bad_record_is_refused(records: Path, lab: str, file: str, content: str, why: str) -> None:
    """A file that cannot be shown is named with the reason."""
    (records / file).write_text(content, encoding="utf-8")
    text = show(records, lab)

    assert f"{file} is refused: " in text
    assert why in text
    assert "<svg" not in text


def test_own_record_comes_before_a_published_one(records: Path) -> None:
    """What ran here is taken; what is kept with the documentation is called published."""
    sources = find_sources(records, PUBLISHED)
    assert [] == [lab for lab, source in sources.items() if source.published]

    (records / "contention.json").unlink()
    kept = find_sources(records, PUBLISHED)["contention"]
    assert kept.published
    assert kept.path == PUBLISHED / "contention.json"


def test_published_records_keep_their_machines(tmp_path: Path) -> None:
    """A published record of memory has no series, and is shown; each has its own machine."""
    kept = reduce(Record("memory", {}, read("memory"), machine=MACHINE))
    assert not {"series", "tracked"} & kept.data["growth"].keys()
    kept.write(tmp_path / "memory.json")
    other = {**MACHINE, "commit": "999999999999"}
    Record("flame", {}, FLAME, machine=other).write(tmp_path / "flame.json")
    sources = find_sources(tmp_path / "none", tmp_path)

    assert "commit: 0123456789ab and 999999999999" == apart(sources["memory"], sources["flame"])
    text = lab_section(sources["memory"], None, tmp_path)
    assert "Allocations of a call" in text
    assert "Resident memory while" not in text
