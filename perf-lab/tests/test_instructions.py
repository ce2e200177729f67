"""Instructions: a real count, what is compared, and what the gate says no to."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from perf_lab.bench import instructions
from perf_lab.records.record import read_record

BEFORE = {"three_fields": {"fast": 15_000, "native": 3_500}}


@pytest.mark.parametrize(
    ("now", "more", "fewer"),
    [
        pytest.param({"fast": 15_150, "native": 3_325}, [], [], id="within"),
        pytest.param(
            {"fast": 15_151, "native": 3_324},
            ["three_fields, fast: 15000 -> 15151 instructions (+1.01%, allowed +1%)"],
            ["three_fields, native: 3500 -> 3324 instructions (-5.03%)"],
            id="beyond",
        ),
    ],
)
def test_gate_allows_a_little(now: dict[str, int], more: list[str], fewer: list[str]) -> None:
    """A lane may take 1 % more; one that takes 5 % less asks for new figures."""
    assert (more, fewer) == instructions.find_changes(BEFORE, {"three_fields": now})


def test_table_shows_the_change() -> None:
    """Each count stands beside the committed one."""
    table = instructions.show({"three_fields": {"fast": 15_300, "new": 7}}, BEFORE)

    assert ["+2.00%", "7"] == [line.split()[-1] for line in table.splitlines()[1:]]


def test_committed_figures_cover_what_is_gated() -> None:
    """The gate finds a figure for each lane."""
    counts = read_record(instructions.FIGURES, "instructions").data["counts"]

    expected = {name: set(instructions.LANES) for name in instructions.GATED}
    expected |= {name: set(instructions.ROW_LANES) for name in instructions.ROW_WORKLOADS}
    assert expected == {name: set(counts[name]) for name in expected}


@pytest.mark.slow
@pytest.mark.timeout(600)  # it is slow by design, and slower beside other tests
@pytest.mark.skipif(
    sys.platform != "linux" or not (shutil.which("valgrind") and shutil.which("gcc")),
    reason="needs valgrind and gcc",
)
def test_unchanged_code_takes_the_same_instructions(tmp_path: Path) -> None:
    """Two counts of a lane agree within 0.1 %, on whatever else runs here."""
    clock = instructions.compile_clock(tmp_path)
    job = ("foundation", "three_fields", 2_000, instructions.WARM_UP, os.devnull)
    first, second = (instructions.count([job], clock)["three_fields"] for _ in range(2))

    assert 0.001 >= abs(first / second - 1)
