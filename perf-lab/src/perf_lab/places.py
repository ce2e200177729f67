"""Where perf-lab's files lie in the repository: it is installed editable, and nowhere else."""

from __future__ import annotations

from pathlib import Path

#: The repository.
ROOT = Path(__file__).parents[3]
LAB = ROOT / "perf-lab"
#: What runs here have found; git ignores it.
RESULTS = LAB / "results"
#: Committed figures that later runs are compared with.
BASELINES = LAB / "baselines"
#: The documented machine: its description, and how it is set up.
RUNNER = LAB / "runner"
DOCS = ROOT / "docs"
#: Records that are kept, for the documentation.
PUBLISHED = DOCS / "data"
