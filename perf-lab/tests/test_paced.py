"""The measurement of background delivery at a steady pace."""

from __future__ import annotations

import pytest

from perf_lab.claims.claims import Missing, look_up
from perf_lab.delivery import paced


def test_each_lane_and_way_takes_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each writes every line of the pace, and costs something."""
    monkeypatch.setattr(paced, "LANES", ("fast",))
    told: list[str] = []
    found = paced.measure_paced(1, told.append)

    assert len(paced.WAYS) == len(told)
    assert look_up("paced_ratio fast", {"paced": found}) > 0.1
    assert "fast" in paced.show_paced(found)


def test_missing_lines_are_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who loses a line has no ratio, and the table says why."""
    monkeypatch.setattr(paced, "LANES", ("fast",))
    monkeypatch.setattr(paced, "read_numbers", lambda path: [-1, 0])
    found = paced.measure_paced(1, lambda text: None)

    assert "lines are missing" in paced.show_paced(found)
    with pytest.raises(Missing, match="lines are missing"):
        look_up("paced_ratio fast", {"paced": found})


def test_least_of_the_rounds_counts() -> None:
    """A round beside a busy neighbour does not make a way dearer."""
    found = {"native": {"foundation": [10.0, 90.0], "foundation-background": [70.0, 15.0]}}

    assert 1.5 == paced.ratio_of_lane(found, "native")
