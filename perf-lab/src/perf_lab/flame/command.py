"""The command line of the flamegraphs; imports little until the run begins."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from perf_lab.flame.parts import PLAN, count_parts
from perf_lab.laboratory import Row, conclude, show
from perf_lab.places import RESULTS
from perf_lab.processes.pool import Worker, WorkerFailed
from perf_lab.records.progress import Progress
from perf_lab.records.record import Check, Record
from perf_lab.tool import FILE, Options, Tool
from perf_lab.workloads.table import WORKLOADS

SECONDS = 20.0
QUICK_SECONDS = 3.0
#: Samples a second; a prime, so that they do not keep step with anything.
_RATE = "199"
#: Without it py-spy stops the process for each sample, and a process often stops where it enters
#: the kernel anyway: on a virtual machine the share of the write was 20 %, 61 % or 99 %.
UNSTOPPED = "--nonblocking"
#: Samples in the call below which no share is believed.
FEWEST_SAMPLES = 100


def find_tool() -> str:
    """Return py-spy's path.

    Raises:
        WorkerFailed: It is not installed.
    """
    beside = str(Path(sys.executable).parent)
    found = shutil.which("py-spy") or shutil.which("py-spy", path=beside)
    if found is None:
        raise WorkerFailed(PLAN["no_tool"])
    return found


def sample(
    tool: str, pid: int, output: Path, seconds: float, form: str, more: str = UNSTOPPED
) -> None:
    """Have py-spy sample a process.

    Raises:
        WorkerFailed: It may not, or could not; what it said.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    output.unlink(missing_ok=True)
    command = [tool, "record", "-r", _RATE, "-d", str(math.ceil(seconds)), "-o", str(output),
               more, "--format", form, "--pid", str(pid)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 300)
    if done.returncode or not output.is_file():
        said = done.stderr.strip() or done.stdout.strip()
        if any(word in said.lower() for word in ("permission", "not permitted", "root", "sudo")):
            raise WorkerFailed(f"{PLAN['no_ptrace']}\n  it said: {said.splitlines()[-1]}")
        raise WorkerFailed(f"py-spy: {said or done.returncode}")


def measure(options: Options, folder: Path) -> Row:
    """Sample every workload, and one of them with the functions of C."""
    tool, progress = find_tool(), Progress()
    pictures: Path = options.output.parent / "flame"
    data: Row = {"method": PLAN["method"], "workloads": []}
    seconds = max(1.0, options.seconds or (QUICK_SECONDS if options.quick else SECONDS))
    for workload, library in PLAN["targets"][: 1 if options.quick else None]:
        name = f"{workload}.{library}"
        path = os.devnull
        if WORKLOADS[workload].output == "file":
            path = str(folder / "flame.log")
            Path(path).touch()
        svg, scope = pictures / f"{name}.svg", pictures / f"{name}.speedscope.json"
        with Worker(library) as target:
            iteration_ns = target.ask("prepare", name=workload, path=path)["iteration_ns"]
            iterations = int(min(2.0, seconds) * 1e9 / iteration_ns)
            call_ns = target.ask("round", n=iterations)["cpu_ns"]
            target.tell("go_on", path=path)
            pid = target.process.pid
            for output, form in ((svg, "flamegraph"), (scope, "speedscope")):
                progress(f"{name}: {form}")
                sample(tool, pid, output, seconds, form)
            if "native" not in data:
                progress(f"{name}: with the functions of C")
                native = pictures / "three_fields.native.svg"
                try:
                    sample(tool, pid, native, seconds, "flamegraph", "--native")
                    data["native"] = {"state": "ok", "file": f"flame/{native.name}"}
                except WorkerFailed as error:  # py-spy sees them on few systems
                    data["native"] = {"state": str(error), "file": None}
        counts = count_parts(json.loads(scope.read_text(encoding="utf-8")), workload)
        samples = counts.total()
        parts = {
            part: {"share": count / samples, "us": count / samples * call_ns / 1000,
                   "documented_us": PLAN["documented_us"].get(part)}
            for part, count in counts.most_common()
        }  # fmt: skip
        data["workloads"].append({
            "workload": workload, "title": WORKLOADS[workload].title, "library": library,
            "svg": f"flame/{svg.name}", "speedscope": f"flame/{scope.name}", "samples": samples,
            "call_ns": call_ns, "parts": parts if library.startswith("foundation") else {},
        })  # fmt: skip
    progress.end()
    return data


def find_checks(rows: Sequence[Row]) -> list[Check]:
    """Return what a run's workloads are judged by."""
    fewest = min(row["samples"] for row in rows if row["library"].startswith("foundation"))
    parts = {row["workload"]: row["parts"] for row in rows if row["library"] == "foundation"}

    def figure(workload: str, part: str, name: str) -> float:
        return float(parts.get(workload, {}).get(part, {}).get(name, 0.0))

    lost = 100 * figure("three_fields", "elsewhere", "share")
    return [
        Check("samples of the workload that has fewest", fewest, FEWEST_SAMPLES, "samples",
              "at least"),
        Check("samples in the fast lane that belong to no part, of three fields", lost, 2, "%"),
        *(Check(f"{part}, of {workload}", figure(workload, part, "us"),
                PLAN["documented_us"][part], "us")
          for part, workload in PLAN["judged"].items() if workload in parts),
    ]  # fmt: skip


@click.command("flame", cls=Tool)
@click.option("--quick", is_flag=True, help="one workload, a few seconds")
@click.option(
    "--seconds", type=click.FloatRange(0, 3600, min_open=True), metavar="S",
    help=f"of each workload; {SECONDS:g}, or {QUICK_SECONDS:g} with --quick",
)  # fmt: skip
@click.option("--output", type=FILE, default=RESULTS / "flame.json", help="the record")
def command(options: Options) -> int:
    """Draw where a log call spends its time.

    It ends with 1 if a check has failed, and with 2 if it cannot run.
    """
    options.output.parent.mkdir(parents=True, exist_ok=True)
    try:  # a real file lies where the record does: a temporary folder may be memory
        with tempfile.TemporaryDirectory(dir=options.output.parent) as folder:
            data = measure(options, Path(folder))
    except WorkerFailed as error:
        print(f"flame: {error}", file=sys.stderr)
        return 2
    given = {"quick": options.quick, "seconds": options.seconds}
    record = Record("flame", given, data, find_checks(data["workloads"]))
    shown = [
        {**row, "call_us": row["call_ns"] / 1000, "part": part, **found}
        for row in data["workloads"]
        for part, found in row["parts"].items()
    ]
    native = f"with the functions of C: {data['native']['file'] or data['native']['state']}"
    text = "\n\n".join([data["method"], show(PLAN, {"shown": shown}), native])
    return conclude(record, text, options.output)
