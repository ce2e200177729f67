"""What a release carries beside its distributions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from perf_lab.pages import attachments
from perf_lab.places import DOCS
from perf_lab.records.documented import describe
from perf_lab.records.record import Record, read_record

BENCH = read_record(DOCS / "data" / "performance.json")
RELEASED = "0123456789ab"


def test_pages_show_the_figures_and_load_nothing(tmp_path: Path) -> None:
    """Both pages name the commit and the machine, have their tables, and need no network."""
    attachments.write_pages(tmp_path, BENCH, RELEASED, {})

    for name in ("benchmark.html", "memory-report.html"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert text.count("<td") > 50, name
        assert "<img" not in text
        assert " src=" not in text
        assert "<link" not in text
        assert f"For commit {RELEASED}. The figures were measured at commit " \
               f"{BENCH.machine['commit']}" in text  # fmt: skip
        assert describe(BENCH.machine) in text
    assert BENCH == read_record(tmp_path / "performance.json")
    charts = (tmp_path / "benchmark.html").read_text(encoding="utf-8").count("<svg ")
    assert 5 == charts, "every chart stands in the page itself"
    memory = (tmp_path / "memory-report.html").read_text(encoding="utf-8")
    claims = [row["claim"] for row in BENCH.data["claims"] if "memory" in row["claim"].lower()]
    assert claims
    assert [] == [claim for claim in claims if claim not in memory]


@pytest.mark.parametrize(
    ("commit", "quick"), [(RELEASED, False), ("another", False), (RELEASED, True)],
    ids=["this commit", "another", "quick"],
)  # fmt: skip
def test_memory_laboratory_is_in_the_report(
    tmp_path: Path, records: Path, commit: str, quick: bool
) -> None:
    """A full run of the released commit is taken, and what is published in any other case."""
    for lab in ("memory", "flame"):
        record = read_record(records / f"{lab}.json")
        machine = {**record.machine, "commit": commit}
        replace(record, options={"quick": quick}, machine=machine).write(records / f"{lab}.json")

    memory = attachments.find_memory(RELEASED, records)
    attachments.write_pages(tmp_path, BENCH, RELEASED, memory)

    own = commit == RELEASED and not quick
    published = read_record(DOCS / "data" / "memory.json").machine["commit"]
    assert (RELEASED if own else published) == memory["memory"].machine["commit"]
    text = (tmp_path / "memory-report.html").read_text(encoding="utf-8")
    assert ">Memory and processor time</h2>" in text
    assert ">What a call allocates</h3>" in text
    for lab, record in memory.items():
        assert f'<a href="{lab}.json">' in text
        assert record == read_record(tmp_path / f"{lab}.json")


def test_records_of_this_commit_are_attached(tmp_path: Path) -> None:
    """A laboratory's record comes along if it was measured at the released commit, not else."""
    results = tmp_path / "results"
    Record("soak", {}, {}, machine={"commit": RELEASED}).write(results / "soak.json")
    Record("memory", {}, {}, machine={"commit": "another"}).write(results / "memory.json")

    copies = attachments.copy_results(tmp_path, RELEASED, results)

    assert [tmp_path / "perf-lab-soak.json"] == copies
    assert copies[0].read_bytes() == (results / "soak.json").read_bytes()
