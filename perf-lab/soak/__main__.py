"""Runs the soak: `python perf-lab/soak`; perf-lab is the path, not this folder."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])

from soak.command import main  # noqa: E402 - the path comes first

if __name__ == "__main__":
    sys.exit(main())
