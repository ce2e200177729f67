"""Compares a run with an earlier one, on ratios, and measures again before it accuses.

A baseline holds, for each row, how much faster than its references Foundation was, and its p50
relative to theirs. One bad minute of the machine must not stop anybody's work: a row that looks
worse is measured again, longer, and is a regression only if every attempt says so. With a gain it
is the same, because a baseline that has become too easy hides the next loss.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from perf_lab.bench.measure import Measurement, open_measurement
from perf_lab.bench.plan import BASELINE, BASELINE_ROWS, GATE, GATE_ROWS, BaselineRow
from perf_lab.bench.tables import show_rows
from perf_lab.comparison import ratios
from perf_lab.comparison.ratios import Regression, find_changes, ratio_of
from perf_lab.places import BASELINES
from perf_lab.records.documented import describe
from perf_lab.records.machine import describe_machine
from perf_lab.records.progress import Progress
from perf_lab.records.record import Record, read_record
from perf_lab.rivals.catalogue import RIVALS
from perf_lab.tool import Options

#: The Python, and what the references are made of: with another, their ratios are others.
_COMPARED = ("python", "structlog", "orjson")

Ratios = dict[str, dict[str, dict[str, float]]]
#: A process keeps, for its life, the luck of where its memory lies: up to 8% in either direction.
#: Each attempt is made with new ones; what is really slower is slower in all of them.
ATTEMPTS = 6
SAVE_ATTEMPTS = 5
#: What exceeds its limit by more than that luck, twice and in different processes, is certain.
LUCK = 0.08


def find_baseline(machine: dict[str, Any], folder: Path = BASELINES) -> Path | None:
    """Return the baseline that is of a machine's processor and of its versions, if there is one.

    Ratios are far steadier than times, but a processor still moves them by a fifth, and another
    release of the same Python, as others built it, by more than the gate allows.
    """
    for path in sorted(folder.glob("*.json")):
        record = read_record(path)
        same = all(record.machine[name] == machine[name] for name in ("cpu", "python"))
        if record.lab == "baseline" and same and not find_obstacles(record.machine, machine):
            return path
    return None


def find_obstacles(baseline: dict[str, Any], machine: dict[str, Any]) -> list[str]:
    """Return in words what keeps a run from being compared with a baseline.

    A ratio may be read beside that of another patch; it says nothing where the Python or a
    reference itself is another version.

    Args:
        baseline: The machine of the baseline.
        machine: The machine of this run.
    """
    before, here = ({**each, **each["packages"]} for each in (baseline, machine))
    return [
        f"{name}: {before.get(name)} in the baseline, {here.get(name)} here"
        for name in _COMPARED
        if str(before.get(name)).split(".")[:2] != str(here.get(name)).split(".")[:2]
    ]


def read_baseline(path: Path) -> dict[str, Any]:
    """Return the machine and the ratios of a baseline file."""
    return read_record(path, "baseline").figures


def measure_rows(measurement: Measurement, rows: Iterable[BaselineRow], more: int = 1) -> Ratios:
    """Return the ratios of rows, as a baseline holds them; a row that failed has none."""
    found: Ratios = {}
    for row in rows:
        rounds = measurement.throughput(row.workload, row.rivals, more=more)["rows"]
        latency = measurement.latency(row.workload, row.rivals)
        ours, ours_p50 = rounds[row.subject], latency[row.subject]
        sound = [name for name in row.references if "ok" == rounds[name]["state"] == ours["state"]]
        found[row.name] = {
            "throughput": {n: ratio_of(rounds[n]["rounds"], ours["rounds"]) for n in sound},
            "p50": {
                n: ratio_of(ours_p50["chunk_p50_ns"], latency[n]["chunk_p50_ns"]) for n in sound
            },
        } if sound else {}  # fmt: skip
    return found


def libraries_of(rows: Iterable[BaselineRow]) -> list[str]:
    """Return the libraries that rows need, each once, in the order of the catalogue."""
    needed = {name for row in rows for name in row.rivals}
    return [name for name in RIVALS if name in needed]


def confirm_changes(
    measurement: Measurement,
    rows: Sequence[BaselineRow],
    expected: Ratios,
    limits: dict[str, float],
) -> tuple[list[Regression], Ratios]:
    """Measure rows, measure suspicious ones again, and return what stays so in every attempt.

    Returns:
        The changes with the figures of their best attempt, and the ratios of the first. A row is
        not measured any more once one of its metrics is certain, so its others may be missing.
    """
    first = measure_rows(measurement, rows)
    expected = {row.name: expected[row.name] for row in rows if row.name in expected}
    suspects = find_changes(expected, first, limits)
    certain: list[Regression] = []
    for attempt in range(2, ATTEMPTS + 1):
        if not suspects:
            break
        names = {each.workload: expected[each.workload] for each in suspects}
        measurement.progress(f"again, attempt {attempt}: {', '.join(names)}")
        suspicious = [row for row in rows if row.name in names]
        measurement.renew(libraries_of(suspicious))
        found = find_changes(names, measure_rows(measurement, suspicious, more=2), limits)
        known = {each.key: each for each in suspects}
        suspects = [
            min(each, known[each.key], key=lambda change: abs(change.change))
            for each in found
            if each.key in known
        ]
        certain += [each for each in suspects if abs(each.change) > each.limit + LUCK]
        settled = {each.workload for each in certain}
        suspects = [each for each in suspects if each.workload not in settled]
    return certain + suspects, first


def run_baseline(path: Path, options: Options, progress: Progress) -> int:
    """Compare with a baseline; 1 if a row has changed, 2 if it cannot be compared."""
    gate, quick, slowdown = options.gate, options.quick, options.inject_slowdown
    expected = read_baseline(path)
    machine = describe_machine()
    rows, limits = (GATE_ROWS, ratios.GATE_LIMITS) if gate else (BASELINE_ROWS, ratios.LIMITS)
    if obstacles := find_obstacles(expected["machine"], machine):
        print(
            f"{path} cannot be compared with this run:", *(f"  {each}" for each in obstacles),
            "measure a baseline of these versions with --save-baseline", sep="\n", file=sys.stderr,
        )  # fmt: skip
        return 2
    for name in ("cpu", "python"):
        if expected["machine"][name] != machine[name]:
            print(f"note: the baseline is of {expected['machine'][name]}", file=sys.stderr)
    effort = GATE if gate or quick else BASELINE
    with open_measurement(libraries_of(rows), effort, progress, slowdown) as measurement:
        found, taken = confirm_changes(measurement, rows, expected["ratios"], limits)
    progress.end()
    worse = [str(each) for each in found if each.change > 0]
    # A processor moves ratios by a fifth: of another one's baseline a gain says nothing.
    same = expected["machine"]["cpu"] == machine["cpu"]
    better = [str(each) for each in found if each.change < 0 and same]
    data = {"ratios": taken, "regressions": worse, "gains": better}
    stated = {"quick": quick, "only": None, "all_rivals": False}
    Record("regression", stated, data, machine=machine).write(options.output)
    both = ratios.compare(expected["ratios"], taken, limits)
    shown = [{**vars(each), "growth": each.now / each.before - 1} for each in both]
    print(show_rows("ratios", shown), describe(machine), sep="\n")
    return judge_changes(taken, worse, better, limits, path)


def judge_changes(
    found: Ratios, worse: Sequence[str], better: Sequence[str], limits: dict[str, float], path: Path
) -> int:
    """Say what has changed and what to do; return 1 if anything has, 2 if a row has no ratio."""
    if missing := [name for name, metrics in found.items() if not metrics]:
        print(f"cannot be compared, wrong or missing output: {', '.join(missing)}")
        return 2
    if worse:
        print("Performance regression detected!", *worse, sep="\n  ")
    if better:
        command = f"nox -s bench -- --save-baseline perf-lab/baselines/{path.name}"
        print("Faster than the baseline, which would hide the next loss:", *better, sep="\n  ")
        print(f"measure a new one and commit it: {command}")
    if worse or better:
        return 1
    allowed = ", ".join(f"{name} {limit:.0%}" for name, limit in limits.items())
    print(f"no change against {path.name} (allowed either way: {allowed})")
    return 0


def run_save(path: Path, progress: Progress) -> int:
    """Measure a baseline several times, each in new processes, and write the medians."""
    libraries = libraries_of(BASELINE_ROWS)
    attempts = []
    with open_measurement(libraries, BASELINE, progress) as measurement:
        for _ in range(SAVE_ATTEMPTS):
            measurement.renew(libraries)
            attempts.append(measure_rows(measurement, BASELINE_ROWS))
    progress.end()
    medians = {
        row: {
            metric: {name: round(median(each[row][metric][name] for each in attempts), 4)
                     for name in references}
            for metric, references in metrics.items()
        }
        for row, metrics in attempts[0].items()
    }  # fmt: skip
    Record("baseline", {}, {"ratios": medians}).write(path)
    print(f"baseline written to {path}")
    return 0
