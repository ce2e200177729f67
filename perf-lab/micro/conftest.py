"""Fixtures of the micro-benchmarks: rivals' processes that live for the whole session.

Nothing of a rival is imported here.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from perf_lab.bench.measure import Measurement, open_measurement
from perf_lab.bench.plan import QUICK
from perf_lab.rivals.catalogue import RIVALS


@pytest.fixture(scope="session")
def measurement() -> Iterator[Measurement]:
    """Start every rival, and stop them at the end."""
    with open_measurement(RIVALS, QUICK, lambda _text: None) as opened:
        yield opened
