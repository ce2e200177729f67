"""Fixtures of the micro-benchmarks: rivals' processes that live for the whole session.

Nothing of a rival is imported here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from catalogue import RIVALS
from lab import Lab
from measure import Measurement, scratch
from plan import QUICK


@pytest.fixture(scope="session")
def measurement() -> Iterator[Measurement]:
    """Start every rival, and stop them at the end."""
    with scratch() as folder, Lab(RIVALS) as lab:
        yield Measurement(lab, QUICK, lambda _text: None, 0.0, Path(folder))
