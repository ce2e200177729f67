"""What tests of core share: each lane by turns, with nothing set up before and behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from installed_lanes import LANES
from provide.foundation import reset_for_testing


@pytest.fixture(params=LANES)
def each_lane(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Have each lane write by turns, and return its name."""
    monkeypatch.setenv("FOUNDATION_LANE", request.param)
    reset_for_testing()
    yield request.param
    reset_for_testing()
