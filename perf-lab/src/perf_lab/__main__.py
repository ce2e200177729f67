"""Runs `perf-lab` as a module: `python -m perf_lab bench --quick`."""

from __future__ import annotations

from perf_lab.command import main

if __name__ == "__main__":
    main()
