"""What a release carries beside its distributions."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from perf_lab.publish import attachments
from perf_lab.publish.performance import read
from perf_lab.records.documented import describe
from perf_lab.records.record import Record, read_record

DATA = read()


class Reader(HTMLParser):
    """Collects the cells of a page, and every address that a browser would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.cells = 0
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count cells, and keep what is loaded; a link is only followed by the reader."""
        self.cells += tag == "td"
        self.fetched += [value or "" for name, value in attrs if name == "src" or tag == "link"]


def test_pages_show_the_figures_and_load_nothing(tmp_path: Path) -> None:
    """Both pages name the commit and the machine, have their tables, and need no network."""
    attachments.write_pages(tmp_path, DATA, "0123456789ab")

    for name in ("benchmark.html", "memory-report.html"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        reader = Reader()
        reader.feed(text)
        assert reader.cells > 50, name
        assert reader.fetched == [], name
        assert f"For commit 0123456789ab. The figures were measured at commit " \
               f"{DATA['machine']['commit']}" in text  # fmt: skip
        assert describe(DATA["machine"]) in text
    assert DATA == read(tmp_path / "performance.json")
    charts = (tmp_path / "benchmark.html").read_text(encoding="utf-8").count("<svg ")
    assert 5 == charts, "every chart stands in the page itself"


def test_memory_report_has_every_claim_on_memory() -> None:
    """No founding claim that speaks of memory is left out."""
    text = attachments.memory_text(DATA, "")
    claims = [row["claim"] for row in DATA["claims"] if re.search("memory", row["claim"], re.I)]

    assert claims
    assert [] == [claim for claim in claims if claim not in text]


@pytest.mark.parametrize(
    ("commit", "quick", "found"),
    [("0123456789ab", False, True), ("another", False, False), ("0123456789ab", True, False)],
    ids=["this commit", "another", "quick"],
)
def test_memory_laboratory_is_in_the_report_if_it_ran_of_this_commit(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    records: Path,
    commit: str,
    quick: bool,
    found: bool,
) -> None:
    """A full run of the released commit is in the memory report, with its machine; others not."""
    monkeypatch.setattr(attachments, "RESULTS", records)
    monkeypatch.setattr(attachments, "DOCS", tmp_path / "no docs")
    for file in (records / "memory.json", records / "flame.json"):
        content = json.loads(file.read_text(encoding="utf-8"))
        content["machine"]["commit"], content["options"]["quick"] = commit, quick
        file.write_text(json.dumps(content), encoding="utf-8")
    memory = attachments.find_memory("0123456789ab")

    assert found is bool(memory)
    if memory:
        attachments.write_pages(tmp_path, DATA, "0123456789ab", memory)
        text = (tmp_path / "memory-report.html").read_text(encoding="utf-8")
        assert "<h2>Memory and processor time</h2>" in text
        assert "<h3>What a call allocates</h3>" in text
        assert describe(memory[0].machine) in text
        for record in memory:
            assert f'<a href="{record.lab}.json">' in text
            assert record == read_record(tmp_path / f"{record.lab}.json")


def test_published_memory_is_taken_where_none_ran(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a run of the released commit, the report has what is published."""
    monkeypatch.setattr(attachments, "RESULTS", tmp_path / "none")
    monkeypatch.setattr(attachments, "DOCS", tmp_path)
    (tmp_path / "data").mkdir()
    records = [Record(lab, {}, {}, machine={}) for lab in ("memory", "flame")]
    for record in records:
        record.write(tmp_path / f"data/{record.lab}.json")

    assert records == attachments.find_memory("0123456789ab")


def test_records_of_this_commit_are_attached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A laboratory's record comes along if it was measured at the released commit, not else."""
    results = tmp_path / "results"
    monkeypatch.setattr(attachments, "RESULTS", results)
    Record("soak", {}, {}, machine={"commit": "0123456789ab"}).write(results / "soak.json")
    Record("memory", {}, {}, machine={"commit": "another"}).write(results / "memory.json")

    copies = attachments.copy_results(tmp_path, "0123456789ab")

    assert [tmp_path / "perf-lab-soak.json"] == copies
    assert copies[0].read_bytes() == (results / "soak.json").read_bytes()
