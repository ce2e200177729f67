"""What each optimisation that the founding claims name is worth, before and after.

`perf-lab optimisations` prints a markdown table and writes results/optimisations.json. The pairs
stand in optimisations.toml. The halves of a pair are timed in turn, and the figure is the median.
"""

from __future__ import annotations

import time
from statistics import median
from timeit import Timer
from typing import Any

import click

from perf_lab.places import read_table
from perf_lab.records.record import Record
from perf_lab.tool import Options, Tool

ROUNDS = 41
_TABLE = read_table("bench/optimisations.toml")
STEPS: list[dict[str, str]] = _TABLE["step"]


def measure(step: dict[str, str]) -> tuple[float, float]:
    """Return the nanoseconds of both halves, taken in turn, without those of an empty loop."""
    names: dict[str, Any] = {}
    exec(_TABLE["setups"][step["setup"]], names)
    halves = [
        Timer(step[half], timer=time.process_time_ns, globals=names) for half in ("slow", "fast")
    ]
    n = max(5, min(20_000, int(2e6 / max(_ns(halves[0], 20), 1))))
    rounds = [[_ns(timer, n) for timer in halves] for _ in range(ROUNDS)]
    floor = median(_ns(Timer("pass", timer=time.process_time_ns), 20_000) for _ in range(9))
    before, after = (max(0.0, median(half) - floor) for half in zip(*rounds, strict=True))
    return before, after


def _ns(timer: Timer, n: int) -> float:
    return timer.timeit(n) / n


@click.command("optimisations", cls=Tool)
def command(options: Options) -> None:
    """Measure what each optimisation is worth."""
    print("| optimisation | before | ns | after | ns | result |")
    print("|---|---|---:|---|---:|---|")
    rows = []
    for step in STEPS:
        before, after = measure(step)
        said = {key: step[key] for key in ("name", "before", "after", "verdict")}
        rows.append({**said, "before_ns": before, "after_ns": after})
        cells = (step["name"], step["before"], f"{before:,.0f}", step["after"], f"{after:,.0f}")
        print("|", " | ".join((*cells, step["verdict"])), "|")
    Record("optimisations", {}, {"rows": rows}).write()
