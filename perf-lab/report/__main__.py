"""Runs the report: `python perf-lab/report [options]`, or `nox -s report -- [options]`.

It makes one page of the records of all laboratories, opens it in Chromium and writes screenshots
beside it.
"""

from __future__ import annotations

import sys
from pathlib import Path

# Run as a folder, it has itself on the path, and the laboratory's modules lie above it.
sys.path.insert(1, str(Path(__file__).parents[1]))

from command import main

if __name__ == "__main__":
    sys.exit(main())
