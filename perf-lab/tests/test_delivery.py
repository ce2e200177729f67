"""The measurement of background delivery: what it takes for a line, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perf_lab.claims.claims import Missing, look_up
from perf_lab.delivery import background as delivery


def test_everybody_takes_part() -> None:
    """Each library writes all lines of a drain, and is killed with some of them kept."""
    for module in ("loguru", "pythonjsonlogger"):
        pytest.importorskip(module)
    told: list[str] = []
    results = delivery.measure_delivery(1, 300, 60, told.append)

    rows = results["rows"]
    assert {"ok"} == {row["state"] for row in rows.values()}, rows
    assert len(delivery.RIVALS) == len(told)
    assert all(row["ns"] >= row["call_ns"] > 0 for row in rows.values())
    assert 0 == rows["foundation"]["lost"]
    assert rows["foundation-background"]["lost"] <= delivery.QUEUE_LINES
    found = {"delivery": results}
    assert look_up("delivery_ratio ns loguru-enqueue foundation", found) > 0
    assert look_up("delivery_lost foundation", found) == 0


def test_lost_lines_are_found(tmp_path: Path) -> None:
    """A torn end is left out; both spellings of a line give their number."""
    lines = [
        {"event": "x", "iteration": 0},
        {"record": {"extra": {"iteration": 1}}},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (tmp_path / "app.log").write_text(text + '{"iteration": 2')

    assert [0, 1] == delivery.read_numbers(tmp_path / "app.log")


def test_missing_lines_are_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who loses a line in a drain is not ranked, and a figure of theirs is missing."""
    monkeypatch.setattr(delivery, "RIVALS", {"foundation": delivery.RIVALS["foundation"]})
    monkeypatch.setattr(delivery, "read_numbers", lambda path: [-1, 0])
    results = delivery.measure_delivery(1, 10, 20, lambda text: None)

    assert "invalid" == results["rows"]["foundation"]["state"]
    with pytest.raises(Missing, match="those that were logged"):
        look_up("delivery_lost foundation", {"delivery": results})
