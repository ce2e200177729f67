"""What the soak and the contention say of the founding claims."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from perf_lab.claims.claims import Claim, Missing, judge, look_up, read_claims
from perf_lab.pages.figures import duration
from perf_lab.places import DOCS
from perf_lab.records.machine import describe_machine
from perf_lab.records.record import Check, Record, kept_records

DAY = 1_209_600_000


def soak(messages: int, *, lost: int = 0, growth: float = 4096.0) -> Record:
    """Return the record of a soak."""
    summary = {
        "messages": messages, "seconds": 60.0, "rate": messages / 60, "lost": lost, "twice": 0,
        "torn": 0, "rss_growth_bytes": growth,
    }  # fmt: skip
    return Record("soak", {"rate": 0}, {"summary": summary}, [Check("lost", lost, 0, "messages")])


def results(tmp_path: Path, *records: Record) -> dict[str, Any]:
    """Return the results of a run for which these records were kept, each in a folder."""
    folders = [tmp_path / str(number) for number in range(len(records))]
    for folder, record in zip(folders, records, strict=True):
        record.write(folder / f"{record.lab}.json")
    return {"records": kept_records(("soak", "contention"), describe_machine(), folders)}


def test_claim_says_how_long_the_day_of_messages_took() -> None:
    """The row of a day's messages names the time that the published soak needed for them."""
    row = next(row for row in read_claims() if row.metric == "soak_rate")
    summary = json.loads((DOCS / "data" / "soak.json").read_text(encoding="utf-8"))["data"][
        "summary"
    ]

    assert summary["messages"] >= DAY
    assert f"in {duration(summary['seconds'])}" in row.measure


def test_a_day_of_messages_is_a_rate_and_less_is_none(tmp_path: Path) -> None:
    """Of the records the longest counts; the rate of 24 hours needs as many messages."""
    assert DAY / 60 == look_up("soak_rate", results(tmp_path, soak(9), soak(DAY)))
    with pytest.raises(Missing, match="9 of the 1,209,600,000 messages"):
        look_up("soak_rate", results(tmp_path, soak(9)))
    with pytest.raises(Missing, match="1 messages of the soak were wrong"):
        look_up("soak_rate", results(tmp_path, soak(DAY, lost=1)))


def test_growth_is_judged_by_the_founding_claims() -> None:
    """Growth above the documented 50 MB fails."""
    claim = Claim("s", "c", 50, "MB", "lower", "m", "soak_growth_mb")
    verdicts = [
        judge(claim, {"records": {"soak": {"data": soak(9, growth=growth).data}}}).result
        for growth in (4096.0, 60e6)
    ]

    assert ["pass", "FAIL"] == verdicts


def test_record_of_another_machine_is_named_and_not_taken(tmp_path: Path) -> None:
    """A record of another processor is refused, with the difference."""
    record = soak(DAY)
    record.machine["cpu"] = "another"

    with pytest.raises(Missing, match="measured on another machine: cpu: another and "):
        look_up("soak_rate", results(tmp_path, record))
    with pytest.raises(Missing, match="`nox -s contention` has not run here"):
        look_up("blocked_s foundation", results(tmp_path, record))
