"""Counting the system calls that write: buffering is seen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from perf_lab.processes.usage import LINES, count_writes, show_writes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts them")


@pytest.mark.parametrize(("buffering", "fewest", "most"), [(0, 100, 110), (65_536, 0, 5)])
def test_buffering_is_seen(tmp_path: Path, buffering: int, fewest: int, most: int) -> None:
    """A file without a buffer writes each line, and one with a buffer nearly none."""
    with (tmp_path / "lines").open("wb", buffering=buffering) as file:

        def log(n: int) -> None:
            for _ in range(n):
                file.write(b"a line\n")

        assert fewest <= count_writes(log, 100)["writes"] <= most


def test_who_buffers_most_stands_first() -> None:
    """The table is sorted by writes; who has none is left out."""
    rows: dict[str, dict[str, Any]] = {
        "each": {"writes": LINES}, "buffers": {"writes": 25}, "absent": {"state": "missing"},
    }  # fmt: skip
    lines = show_writes(rows).splitlines()

    assert ["buffers", "each"] == [line.split()[0] for line in lines[1:]]
