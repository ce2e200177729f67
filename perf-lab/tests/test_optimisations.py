"""The table of optimisations: what it says of Foundation is so."""

from __future__ import annotations

import re

from perf_lab.bench.optimisations import STEPS
from perf_lab.places import PUBLISHED, ROOT
from perf_lab.records.record import read_record
from perf_lab.torture.breaks import CORE

CORE_FILES = ROOT / CORE
VERDICTS = {step["name"]: step["verdict"] for step in STEPS}


def test_adopted_steps_name_files_of_core() -> None:
    """Each file that a verdict names is one of core's, by its path from there."""
    named = re.findall(r"[\w/]+\.py", " ".join(VERDICTS.values()))

    assert "_lanes/json.py" in named
    assert [] == [name for name in named if not (CORE_FILES / name).is_file()]


def test_published_verdicts_are_those_of_the_table() -> None:
    """The committed figures carry the verdicts that the table has now."""
    rows = read_record(PUBLISHED / "performance.json").data["steps"]

    assert VERDICTS == {row["name"]: row["verdict"] for row in rows}
