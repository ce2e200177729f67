"""Compares a run with an earlier one, on ratios, and measures again before it accuses.

A baseline holds, for each row, how much faster than its references Foundation was, and its p50
relative to theirs. One bad minute of the machine must not stop anybody's work: a row that looks
worse is measured again, longer, and is a regression only if every attempt says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from perf_lab.bench.measure import Measurement
from perf_lab.bench.plan import BaselineRow
from perf_lab.comparison.ratios import Regression, find_regressions, ratio_of
from perf_lab.records.record import Record, read_record

#: The Python, and what the references are made of: with another, their ratios are others.
_COMPARED = ("structlog", "orjson")

Ratios = dict[str, dict[str, dict[str, float]]]
#: A process keeps, for its life, the luck of where its memory lies: up to 8% in either direction.
#: Each attempt is made with new ones; what is really slower is slower in all of them.
ATTEMPTS = 6
SAVE_ATTEMPTS = 5
#: What exceeds its limit by more than that luck, twice and in different processes, is certain.
LUCK = 0.08


def measure_rows(measurement: Measurement, rows: Sequence[BaselineRow], more: int = 1) -> Ratios:
    """Return the ratios of rows, as a baseline holds them; a row that failed has none."""
    return {row.name: _measure_row(measurement, row, more) for row in rows}


def _measure_row(
    measurement: Measurement, row: BaselineRow, more: int
) -> dict[str, dict[str, float]]:
    throughput = measurement.throughput(row.workload, row.rivals, more=more)["rows"]
    latency = measurement.latency(row.workload, row.rivals)
    if throughput[row.subject]["state"] != "ok":
        return {}
    references = [name for name in row.references if throughput[name]["state"] == "ok"]
    return {
        "throughput": {
            name: ratio_of(throughput[name]["rounds"], throughput[row.subject]["rounds"]).middle
            for name in references
        },
        "p50": {
            name: ratio_of(
                latency[row.subject]["chunk_p50_ns"], latency[name]["chunk_p50_ns"]
            ).middle
            for name in references
        },
    }


def libraries_of(rows: Sequence[BaselineRow]) -> list[str]:
    """Return the libraries that rows need, each once."""
    return sorted({name for row in rows for name in row.rivals})


def median_of(attempts: Sequence[Ratios]) -> Ratios:
    """Return the medians of several attempts at the same rows."""
    return {
        row: {
            metric: {
                reference: round(median(attempt[row][metric][reference] for attempt in attempts), 4)
                for reference in references
            }
            for metric, references in metrics.items()
        }
        for row, metrics in attempts[0].items()
    }


def write_baseline(path: Path, machine: dict[str, Any], ratios: Ratios) -> None:
    """Write a baseline file."""
    Record("baseline", {}, {"ratios": ratios}, machine=machine).write(path)


def find_obstacles(baseline: dict[str, Any], machine: dict[str, Any]) -> list[str]:
    """Return in words what keeps a run from being compared with a baseline.

    A ratio holds from processor to processor, and from one patch of a version to the next; it does
    not hold where the Python or a reference itself is another version.

    Args:
        baseline: The machine of the baseline.
        machine: The machine of this run.
    """
    pairs = [("python", baseline.get("python"), machine.get("python"))]
    packages, found = baseline.get("packages", {}), machine.get("packages", {})
    pairs += [(name, packages.get(name), found.get(name)) for name in _COMPARED]
    return [
        f"{name}: {before} in the baseline, {now} here"
        for name, before, now in pairs
        if _series(before) != _series(now)
    ]


def _series(version: str | None) -> list[str]:
    """Return a version without its patch level."""
    return (version or "").split(".")[:2]


def read_baseline(path: Path) -> dict[str, Any]:
    """Return the machine and the ratios of a baseline file."""
    return read_record(path, "baseline").figures


def confirm_regressions(
    measurement: Measurement,
    rows: Sequence[BaselineRow],
    expected: Ratios,
    limits: dict[str, float],
) -> tuple[list[Regression], Ratios]:
    """Measure rows, measure suspicious ones again, and return what stays worse in every attempt.

    Returns:
        The regressions with the figures of their best attempt, and the ratios of the first. A row
        is not measured any more once one of its metrics is certain, so its others may be missing.
    """
    first = measure_rows(measurement, rows)
    expected = {row.name: expected[row.name] for row in rows if row.name in expected}
    suspects = find_regressions(expected, first, limits)
    certain: list[Regression] = []
    for attempt in range(2, ATTEMPTS + 1):
        if not suspects:
            break
        names = [name for name in expected if name in {each.workload for each in suspects}]
        measurement.progress(f"again, attempt {attempt}: {', '.join(names)}")
        suspicious = [row for row in rows if row.name in names]
        measurement.renew(libraries_of(suspicious))
        again = measure_rows(measurement, suspicious, more=2)
        found = find_regressions({name: expected[name] for name in names}, again, limits)
        known = {(suspect.workload, suspect.metric): suspect for suspect in suspects}
        suspects = [
            min(regression, known[key], key=lambda each: each.change)
            for regression in found
            if (key := (regression.workload, regression.metric)) in known
        ]
        certain += [each for each in suspects if each.change > each.limit + LUCK]
        settled = {each.workload for each in certain}
        suspects = [each for each in suspects if each.workload not in settled]
    return certain + suspects, first
