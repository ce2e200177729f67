"""Measures some workloads alone: what `perf-lab bench --only` asks for."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from perf_lab.bench.measure import Measurement, Progress, scratch
from perf_lab.bench.plan import Effort, throughput_plan
from perf_lab.bench.tables import matrix_rows, show_matrix, show_targets
from perf_lab.claims.targets import judge_targets
from perf_lab.processes.pool import Pool
from perf_lab.records.machine import describe_machine
from perf_lab.rivals.catalogue import RIVALS

Plan = dict[str, tuple[str, ...]]


def choose(pattern: str, *, quick: bool, newcomers: bool) -> Plan:
    """Return the workloads whose name fits a pattern, and who takes part in each."""
    plan = throughput_plan(quick=quick, newcomers=newcomers)
    return {name: who for name, who in plan.items() if fnmatch(name, pattern)}


def measure_some(plan: Plan, effort: Effort, progress: Progress, slowdown: float) -> dict[str, Any]:
    """Return the results of some workloads, and the targets that they have a figure for."""
    names = {name for who in plan.values() for name in who}
    with scratch() as folder, Pool([name for name in RIVALS if name in names]) as lab:
        measurement = Measurement(lab, effort, progress, slowdown, Path(folder))
        workloads = {name: measurement.throughput(name, who) for name, who in plan.items()}
    results: dict[str, Any] = {"machine": describe_machine(), "workloads": workloads}
    results["matrix"] = matrix_rows(results)
    results["targets"] = [row for row in judge_targets(results) if row["measured"] is not None]
    return results


def show_some(results: dict[str, Any]) -> str:
    """Return both tables."""
    return f"{show_matrix(results['matrix'])}\n\n{show_targets(results['targets'])}"
