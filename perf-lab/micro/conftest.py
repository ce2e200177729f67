"""Fixtures of the micro-benchmarks: rivals' processes that live for the whole session.

Nothing of a rival is imported here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from perf_lab.bench.measure import Measurement, scratch
from perf_lab.bench.plan import QUICK
from perf_lab.processes.pool import Pool
from perf_lab.rivals.catalogue import RIVALS


@pytest.fixture(scope="session")
def measurement() -> Iterator[Measurement]:
    """Start every rival, and stop them at the end."""
    with scratch() as folder, Pool(RIVALS) as lab:
        yield Measurement(lab, QUICK, lambda _text: None, 0.0, Path(folder))
