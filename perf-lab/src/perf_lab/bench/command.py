"""Measures Foundation beside its rivals: `perf-lab bench`, or `nox -s bench`.

Without options the full run: scoreboard, comparison, targets. `--baseline` and `--gate` compare
with an earlier run instead, and end with 1 when something has become slower, or so much faster that
the earlier run is no measure any more.
"""

from __future__ import annotations

import sys
import time
from fnmatch import fnmatch
from typing import Any

import click

from perf_lab.bench import tables
from perf_lab.bench.baseline import find_baseline, run_baseline, run_save
from perf_lab.bench.instructions import run_instructions
from perf_lab.bench.measure import measure_all, open_measurement
from perf_lab.bench.plan import FULL, QUICK, Plan, throughput_plan
from perf_lab.bench.startup import measure_startup
from perf_lab.claims.claims import judge_claims, judge_targets, read_claims
from perf_lab.delivery import command as delivery
from perf_lab.places import RESULTS
from perf_lab.processes.footprint import measure_footprint
from perf_lab.processes.usage import show_writes
from perf_lab.records.documented import find_package_differences
from perf_lab.records.machine import describe_machine, keep_to_cpus
from perf_lab.records.progress import Progress
from perf_lab.records.record import Record, kept_records
from perf_lab.rivals.catalogue import NEWCOMERS, RIVALS
from perf_lab.tool import FILE, Options, Tool

#: Pairs of options that exclude each other, in the words of the command line.
_APART = (
    ("gate", "save_baseline"), ("quick", "save_baseline"), ("instructions", "baseline"),
    ("instructions", "save_baseline"), ("only", "gate"), ("only", "baseline"),
    ("only", "save_baseline"),
)  # fmt: skip


def choose(options: Options) -> Plan:
    """Return the workloads whose name fits `--only`, all without it, and who takes part in each."""
    plan = throughput_plan(quick=options.quick, newcomers=options.all_rivals)
    return {name: who for name, who in plan.items() if fnmatch(name, options.only or "*")}


def settle(options: Options) -> None:
    """Judge the options together, and say where the results go."""
    options.instructions |= options.save_instructions
    for pair in _APART:
        if all(getattr(options, name) for name in pair):
            names = " and ".join(f"--{name.replace('_', '-')}" for name in pair)
            raise click.UsageError(f"{names} exclude each other")
    if not choose(options):
        raise click.UsageError(f"no workload is called {options.only}")
    if options.baseline is not None and not options.baseline.is_file():
        raise click.UsageError(f"no baseline is {options.baseline}; --save-baseline makes one")
    asked = {
        "instructions": options.instructions, "regression": options.gate or options.baseline,
        "only": options.only, "documented": options.documented, "latest": True,
    }  # fmt: skip
    name = next(name for name, given in asked.items() if given)
    options.output = options.output or RESULTS / f"{name}.json"


def write(options: Options, machine: dict[str, Any], data: dict[str, Any]) -> None:
    """Write the record of a run."""
    stated = {name: getattr(options, name) for name in ("quick", "only", "all_rivals")}
    Record("bench", stated, data, machine=machine).write(options.output)


def run_only(options: Options, machine: dict[str, Any], progress: Progress) -> int:
    """Measure some workloads, and print their rows and what they say of the targets."""
    plan = choose(options)
    needed = {name for who in plan.values() for name in who}
    names = [name for name in RIVALS if name in needed]
    effort = QUICK if options.quick else FULL
    with open_measurement(names, effort, progress, options.inject_slowdown) as measurement:
        workloads = {name: measurement.throughput(name, who) for name, who in plan.items()}
    progress.end()
    results: dict[str, Any] = {"workloads": workloads}
    results["matrix"] = tables.matrix_rows(results)
    results["targets"] = [row for row in judge_targets(results) if row["measured"] is not None]
    write(options, machine, results)
    print(
        tables.show_matrix(results["matrix"]), tables.show_targets(results["targets"]), sep="\n\n"
    )
    return 0


def run_full(options: Options, machine: dict[str, Any], progress: Progress) -> int:
    """Measure everything and print the tables."""
    effort = QUICK if options.quick else FULL
    names = [name for name in RIVALS if options.all_rivals or name not in NEWCOMERS]
    with open_measurement(names, effort, progress, options.inject_slowdown) as measurement:
        lab = measurement.lab
        results = measure_all(measurement, choose(options))
        results["rivals"] = {
            name: {**worker.about, "features": worker.rival.features}
            for name, worker in lab.workers.items()
        }
        results["missing"] = lab.missing
    keep_to_cpus(one=True)
    results["startup"] = measure_startup(effort.startups, progress)
    keep_to_cpus(one=False)
    results["single"] = measure_footprint()
    results["delivery"] = delivery.measure_delivery(
        effort.deliveries, effort.delivered, 200, progress
    )
    results["paced"] = delivery.measure_paced(3 if options.quick else 9, progress)
    results["mode"] = "quick" if options.quick else "full"
    # What only other laboratories measure; too much of it to keep with the results.
    measured = {**results, "records": kept_records(("contention", "soak"), machine)}
    results["claims"] = judge_claims(read_claims(), measured)
    results["comparison"] = tables.comparison_rows(results)
    results["matrix"] = tables.matrix_rows(results)
    results["targets"] = judge_targets(measured)
    results["seconds"] = round(time.monotonic() - progress.started)
    progress.end()
    write(options, machine, results)
    print(
        tables.show_claims(results["claims"]),
        tables.show_rows("comparison", results["comparison"]),
        tables.show_matrix(results["matrix"]),
        show_writes(results["writes"]),
        delivery.show_delivery(results["delivery"]),
        delivery.show_paced(results["paced"]),
        tables.show_targets(results["targets"]),
        tables.show_machine(machine),
        f"{results['mode']} run, {results['seconds']} s; results in {options.output}",
        sep="\n\n",
    )
    return 0


@click.command("bench", cls=Tool, settle=settle)
@click.option("--quick", is_flag=True, help="fewer rounds: under four minutes")
@click.option(
    "--only", metavar="PATTERN",
    help="only the workloads whose name fits, such as 'text_*', and their targets",
)  # fmt: skip
@click.option("--all-rivals", is_flag=True, help="the compiled libraries of the last years too")
@click.option("--gate", is_flag=True, help="few rows, a wide margin: against this processor's own")
@click.option("--baseline", type=FILE, help="compare with this baseline and nothing else")
@click.option("--save-baseline", type=FILE, help="measure a baseline and write it here")
@click.option(
    "--inject-slowdown", type=click.FloatRange(0), default=0.0, metavar="PERCENT",
    help="make Foundation this much slower, to see the gate close",
)  # fmt: skip
@click.option("--documented", is_flag=True, help="refuse versions other than the founding claims'")
@click.option(
    "--instructions", is_flag=True, help="count those of a call in each lane; --gate: few"
)
@click.option("--save-instructions", is_flag=True, help="count them, and write the figures anew")
@click.option("--output", type=FILE, help="the results file; default in results/")
def command(options: Options) -> int:
    """Measure speed beside the rivals.

    It prints the scoreboard, the comparison and the targets. --baseline and --gate compare with an
    earlier run instead, and end with 1 when something has become slower, or needs a new baseline.
    """
    machine = describe_machine()
    if options.documented and (differing := find_package_differences(machine)):
        print(f"not the documented versions: {', '.join(differing)}", file=sys.stderr)
        print("`nox -s bench -- --documented` installs them", file=sys.stderr)
        return 2
    progress = Progress()
    if options.instructions:
        return run_instructions(options, progress)
    if options.save_baseline is not None:
        return run_save(options.save_baseline, progress)
    if options.gate or options.baseline:
        path = options.baseline or find_baseline(machine)
        if path is None:
            print(
                f"no baseline is of {machine['cpu']}, {machine['python']} and these versions: "
                "ratios are not judged, instructions judge alone; --save-baseline makes one"
            )
            return 0
        return run_baseline(path, options, progress)
    run = run_only if options.only else run_full
    return run(options, machine, progress)
