"""The measurement of background delivery: what it takes for a line, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from perf_lab.claims.claims import Missing, look_up
from perf_lab.delivery import command as delivery
from perf_lab.delivery.subject import QUEUE_LINES, RIVALS


def test_everybody_takes_part() -> None:
    """Each library writes all lines of a drain, and is killed with some of them kept."""
    for module in ("loguru", "pythonjsonlogger"):
        pytest.importorskip(module)
    told: list[str] = []
    results = delivery.measure_delivery(1, 300, 60, told.append)

    rows = results["rows"]
    assert {"ok"} == {row["state"] for row in rows.values()}, rows
    assert len(RIVALS) == len(told)
    assert all(row["ns"] >= row["call_ns"] > 0 for row in rows.values())
    assert 0 == rows["foundation"]["lost"]
    assert rows["foundation-background"]["lost"] <= QUEUE_LINES
    found = {"delivery": results}
    assert look_up("delivery_ratio ns loguru-enqueue foundation", found) > 0
    assert look_up("delivery_lost foundation", found) == 0
    assert "loguru-enqueue" in delivery.show_delivery(results)


def test_each_way_keeps_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each writes every line of the pace, and costs something."""
    monkeypatch.setattr(delivery, "LANES", ("fast",))
    found = delivery.measure_paced(1, lambda text: None)

    assert look_up("paced_ratio fast", {"paced": found}) > 0.1
    assert "fast" in delivery.show_paced(found)


def test_lost_lines_are_found(tmp_path: Path) -> None:
    """A torn end is left out; both forms of a line give their number."""
    text = '{"event":"x","iteration":0}\n{"record":{"extra":{"iteration":1}}}\n{"iteration": 2'
    (tmp_path / "app.log").write_text(text)

    assert [0, 1] == delivery.read_numbers(tmp_path / "app.log")


def test_missing_lines_are_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who loses a line is not ranked, and a figure of theirs is missing."""
    monkeypatch.setattr(delivery, "RIVALS", {"foundation": RIVALS["foundation"]})
    monkeypatch.setattr(delivery, "PACED_LINES", 10)
    monkeypatch.setattr(delivery, "read_numbers", lambda path: [-1, 0])
    found = {
        "delivery": delivery.measure_delivery(1, 10, 20, lambda text: None),
        "paced": delivery.measure_paced(1, lambda text: None),
    }

    for metric in ("delivery_lost foundation", "paced_ratio fast"):
        with pytest.raises(Missing, match="those that were logged"):
            look_up(metric, found)
    assert "those that were logged" in delivery.show_paced(found["paced"])


def test_least_of_the_rounds_counts() -> None:
    """A round beside a busy neighbour does not make a way dearer."""
    found = {"native": {"foundation": [10.0, 90.0], "foundation-background": [70.0, 15.0]}}

    assert 1.5 == delivery.ratio_of_lane(found, "native")
