"""Measures Foundation beside its rivals: `perf-lab bench`, or `nox -s bench`.

Without options the full run: scoreboard, comparison, targets. `--baseline` and `--gate` compare
with an earlier run instead, and end with 1 when something has become slower.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from perf_lab.bench.baseline import (
    SAVE_ATTEMPTS,
    confirm_regressions,
    find_obstacles,
    libraries_of,
    measure_rows,
    median_of,
    read_baseline,
    write_baseline,
)
from perf_lab.bench.instructions import run_instructions
from perf_lab.bench.measure import Measurement, measure_all, scratch
from perf_lab.bench.only import choose, measure_some, show_some
from perf_lab.bench.plan import (
    BASELINE,
    BASELINE_ROWS,
    FULL,
    GATE,
    GATE_ROWS,
    QUICK,
    BaselineRow,
    throughput_plan,
)
from perf_lab.bench.startup import measure_startup, summarise_startup
from perf_lab.bench.tables import (
    claim_rows,
    comparison_rows,
    matrix_rows,
    show_claims,
    show_comparison,
    show_machine,
    show_matrix,
    show_ratios,
    show_targets,
)
from perf_lab.claims.claims import read_claims
from perf_lab.claims.targets import judge_targets
from perf_lab.comparison.ratios import (
    GATE_P50_LIMIT,
    GATE_THROUGHPUT_LIMIT,
    P50_LIMIT,
    THROUGHPUT_LIMIT,
    find_missing,
)
from perf_lab.delivery.command import (
    measure_delivery,
    measure_paced,
    show_delivery,
    show_paced,
)
from perf_lab.places import BASELINES, RESULTS
from perf_lab.processes.footprint import measure_footprint
from perf_lab.processes.pool import Pool
from perf_lab.processes.writes import show_writes
from perf_lab.records.documented import describe, find_package_differences
from perf_lab.records.machine import describe_machine, keep_to_cpus
from perf_lab.records.progress import Progress
from perf_lab.records.record import Record, kept_records
from perf_lab.rivals.catalogue import NEWCOMERS, RIVALS
from perf_lab.tool import FILE, Options, Tool


def default_baseline(folder: Path = BASELINES) -> Path:
    """Return the baseline of this Python version: this processor's, or else the first one's.

    Ratios are far steadier than times, but a processor still moves them by a fifth.
    """
    major, minor = sys.version_info[:2]
    cpu = describe_machine()["cpu"]
    for path in sorted(folder.glob(f"cpython-{major}.{minor}-*.json")):
        if read_baseline(path)["machine"]["cpu"] == cpu:
            return path
    return folder / f"cpython-{major}.{minor}.json"


def settle(options: Options) -> None:
    """Judge the options together, and say where the results go."""
    chosen = [name for name in ("gate", "baseline", "save_baseline") if getattr(options, name)]
    options.instructions |= options.save_instructions
    pairs = (
        ("--gate and --save-baseline", options.gate and options.save_baseline),
        ("--quick and --save-baseline", options.quick and options.save_baseline),
        (
            "--instructions and a baseline of ratios",
            options.instructions and (options.baseline or options.save_baseline),
        ),
        ("--only and a baseline", options.only and chosen),
    )
    for names, given in pairs:
        if given:
            raise click.UsageError(f"{names} exclude each other")
    if options.only and not choose(options.only, quick=options.quick, newcomers=options.all_rivals):
        raise click.UsageError(f"no workload is called {options.only}")
    if options.inject_slowdown < 0:
        raise click.UsageError("--inject-slowdown is a percentage of 0 or more")
    if options.output is None:
        name = "documented.json" if options.documented else "latest.json"
        name = "only.json" if options.only else name
        name = "regression.json" if "gate" in chosen or "baseline" in chosen else name
        name = "instructions.json" if options.instructions else name
        options.output = RESULTS / name
    if options.gate and options.baseline is None and not options.instructions:
        options.baseline = default_baseline()
    if options.baseline is not None and not options.baseline.is_file():
        raise click.UsageError(
            f"there is no baseline {options.baseline}; --save-baseline makes one"
        )


def run_only(options: Options, progress: Progress) -> int:
    """Measure some workloads, and print their rows and what they say of the targets."""
    plan = choose(options.only, quick=options.quick, newcomers=options.all_rivals)
    effort = QUICK if options.quick else FULL
    results = measure_some(plan, effort, progress, options.inject_slowdown)
    progress.end()
    write_results(options, results)
    print(show_some(results))
    return 0


def run_full(options: Options, progress: Progress) -> int:
    """Measure everything and print the tables."""
    effort = QUICK if options.quick else FULL
    machine = describe_machine()
    plan = throughput_plan(quick=options.quick, newcomers=options.all_rivals)
    names = [name for name in RIVALS if options.all_rivals or name not in NEWCOMERS]
    with scratch() as folder, Pool(names) as lab:
        measurement = Measurement(lab, effort, progress, options.inject_slowdown, Path(folder))
        results = measure_all(measurement, plan)
        results["rivals"] = {
            name: {**worker.about, "features": worker.rival.features}
            for name, worker in lab.workers.items()
        }
        results["missing"] = lab.missing
    keep_to_cpus(one=True)
    results["startup"] = summarise_startup(measure_startup(effort.startups, progress))
    keep_to_cpus(one=False)
    results["single"] = measure_footprint()
    results["delivery"] = measure_delivery(effort.deliveries, effort.delivered, 200, progress)
    results["paced"] = measure_paced(3 if options.quick else 9, progress)
    results["machine"] = machine
    results["mode"] = "quick" if options.quick else "full"
    # What only other laboratories measure; too much of it to keep with the results.
    results["records"] = kept_records(("contention", "soak"), machine)
    results["claims"] = claim_rows(read_claims(), results)
    results["comparison"] = comparison_rows(results)
    results["matrix"] = matrix_rows(results)
    results["targets"] = judge_targets(results)
    del results["records"]
    results["seconds"] = round(time.monotonic() - progress.started)
    progress.end()
    write_results(options, results)
    for text in (
        show_claims(results["claims"]),
        show_comparison(results["comparison"]),
        show_matrix(results["matrix"]),
        show_writes(results["writes"]),
        show_delivery(results["delivery"]),
        show_paced(results["paced"]),
        show_targets(results["targets"]),
        show_machine(machine),
    ):
        print(text, end="\n\n")
    print(f"{results['mode']} run, {results['seconds']} s; results in {options.output}")
    return 0


def run_baseline(options: Options, progress: Progress) -> int:
    """Compare with a baseline; 1 if something has become slower, 2 if it cannot be compared."""
    expected = read_baseline(options.baseline)
    machine = describe_machine()
    rows = GATE_ROWS if options.gate else BASELINE_ROWS
    limits = (
        {"throughput": GATE_THROUGHPUT_LIMIT, "p50": GATE_P50_LIMIT}
        if options.gate
        else {"throughput": THROUGHPUT_LIMIT, "p50": P50_LIMIT}
    )
    obstacles = find_obstacles(expected["machine"], machine)
    if obstacles:
        print(f"{options.baseline} cannot be compared with this run:", file=sys.stderr)
        print(*(f"  {obstacle}" for obstacle in obstacles), sep="\n", file=sys.stderr)
        print("measure a baseline of these versions with --save-baseline", file=sys.stderr)
        return 2
    for name in ("cpu", "python"):
        if expected["machine"][name] != machine[name]:
            print(f"note: the baseline is of {expected['machine'][name]}", file=sys.stderr)
    effort = GATE if options.gate or options.quick else BASELINE
    with scratch() as folder, Pool(_names(rows)) as lab:
        measurement = Measurement(lab, effort, progress, options.inject_slowdown, Path(folder))
        found, ratios = confirm_regressions(measurement, rows, expected["ratios"], limits)
    progress.end()
    result = {"machine": machine, "ratios": ratios, "regressions": [str(each) for each in found]}
    write_results(options, result, "regression")
    print(show_ratios(expected["ratios"], ratios))
    print(describe(machine))
    missing = find_missing({row.name: expected["ratios"].get(row.name) for row in rows}, ratios)
    if missing:
        print(f"cannot be compared, wrong or missing output: {', '.join(missing)}")
        return 2
    if found:
        print("Performance regression detected!")
        for regression in found:
            print(f"  {regression}")
        return 1
    allowed = ", ".join(f"{name} {limit:.0%}" for name, limit in limits.items())
    print(f"no regression against {options.baseline.name} (allowed: {allowed})")
    return 0


def run_save(options: Options, progress: Progress) -> int:
    """Measure a baseline several times, each in new processes, and write the medians."""
    machine = describe_machine()
    with scratch() as folder, Pool(_names(BASELINE_ROWS)) as lab:
        measurement = Measurement(lab, BASELINE, progress, 0.0, Path(folder))
        attempts = []
        for _ in range(SAVE_ATTEMPTS):
            measurement.renew(libraries_of(BASELINE_ROWS))
            attempts.append(measure_rows(measurement, BASELINE_ROWS))
    progress.end()
    write_baseline(options.save_baseline, machine, median_of(attempts))
    print(f"baseline written to {options.save_baseline}")
    return 0


def write_results(options: Options, results: dict[str, Any], lab: str = "bench") -> None:
    """Write the record of a run."""
    stated = {"quick": options.quick, "only": options.only, "all_rivals": options.all_rivals}
    data = {name: value for name, value in results.items() if name != "machine"}
    Record(lab, stated, data, machine=results["machine"]).write(options.output)


def _names(rows: Sequence[BaselineRow]) -> list[str]:
    return [name for name in RIVALS if any(name in row.rivals for row in rows)]


@click.command("bench", cls=Tool, settle=settle)
@click.option("--quick", is_flag=True, help="fewer rounds: under four minutes")
@click.option(
    "--only", metavar="PATTERN",
    help="only the workloads whose name fits, such as 'text_*', and their targets",
)  # fmt: skip
@click.option("--all-rivals", is_flag=True, help="the compiled libraries of the last years too")
@click.option("--gate", is_flag=True, help="few rows and a wide margin, for CI")
@click.option("--baseline", type=FILE, help="compare with this baseline and nothing else")
@click.option("--save-baseline", type=FILE, help="measure a baseline and write it here")
@click.option(
    "--inject-slowdown", type=float, default=0.0, metavar="PERCENT",
    help="make Foundation this much slower, to see the gate close",
)  # fmt: skip
@click.option(
    "--documented", is_flag=True,
    help="refuse other versions of structlog and attrs than the founding claims'",
)  # fmt: skip
@click.option(
    "--instructions", is_flag=True,
    help="count the instructions of a call in each lane (needs valgrind); with --gate: few",
)  # fmt: skip
@click.option("--save-instructions", is_flag=True, help="count them, and write the figures anew")
@click.option("--output", type=FILE, help="the results file; default in results/")
def command(options: Options) -> int:
    """Measure speed beside the rivals.

    It prints the scoreboard, the comparison and the targets. --baseline and --gate compare with an
    earlier run instead, and end with 1 when something has become slower.
    """
    if options.documented and (differing := find_package_differences(describe_machine())):
        print(f"not the documented versions: {', '.join(differing)}", file=sys.stderr)
        print("`nox -s bench -- --documented` installs them", file=sys.stderr)
        return 2
    progress = Progress()
    if options.instructions:
        return run_instructions(
            gate=options.gate,
            save=options.save_instructions,
            output=options.output,
            progress=progress,
        )
    if options.save_baseline is not None:
        return run_save(options, progress)
    if options.baseline is not None:
        return run_baseline(options, progress)
    if options.only:
        return run_only(options, progress)
    return run_full(options, progress)
