"""Where perf-lab's files lie in the repository: it is installed editable, and nowhere else."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

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


def read_table(path: str) -> dict[str, Any]:
    """Return what a file of TOML has, by its path in this package."""
    return tomllib.loads((Path(__file__).parent / path).read_text(encoding="utf-8"))
