"""Puts perf-lab on the path: its modules are scripts' modules, not a package."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
