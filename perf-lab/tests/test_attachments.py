"""What a release carries beside its distributions."""

from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from documented import describe
from record import Record

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "perf-lab" / "report"))

import attachments  # noqa: E402

DATA = json.loads((ROOT / "docs/data/performance.json").read_text(encoding="utf-8"))


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
    assert json.loads((tmp_path / "performance.json").read_text(encoding="utf-8")) == DATA


def test_memory_report_has_every_claim_on_memory() -> None:
    """No row of the document that speaks of memory is left out."""
    text = attachments.memory_text(DATA, "")
    claims = [row["claim"] for row in DATA["claims"] if re.search("memory", row["claim"], re.I)]

    assert claims
    assert [] == [claim for claim in claims if claim not in text]


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
