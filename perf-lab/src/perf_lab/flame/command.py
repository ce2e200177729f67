"""The command line of the flamegraphs; imports click only until the run begins."""

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
from typing import Any

import click

from perf_lab.flame.parts import DOCUMENTED_US, count_parts
from perf_lab.places import RESULTS
from perf_lab.tool import FILE, Options, Tool

SECONDS = 20.0
QUICK_SECONDS = 3.0
#: Samples a second; a prime, so that they do not keep step with anything.
_RATE = 199
#: Without it py-spy stops the process for each sample, and a process often stops where it enters
#: the kernel anyway: on a virtual machine the share of the write was 20 %, 61 % or 99 %.
UNSTOPPED = ("--nonblocking",)
#: Samples in the call below which no share is believed.
FEWEST_SAMPLES = 100
METHOD = (
    "The shares are of py-spy's samples. The fast lane is one function, so they are told apart by "
    "its step marks: a line, and what it calls, counts for the last mark above it. A share times "
    "the processor time of a call that nobody samples gives the microseconds."
)
#: Workload and library, in the order of the table.
PLAN = (
    ("three_fields", "foundation"), ("three_fields_file", "foundation"),
    ("three_bound", "foundation"), ("two_context", "foundation"),
    ("das_emoji", "foundation"), ("das_emoji", "foundation-key_value"),
    ("exception", "foundation"), ("disabled", "foundation"),
    ("three_fields", "structlog-tuned"),
)  # fmt: skip
QUICK_PLAN = (("three_fields", "foundation"),)
#: The workload by which each source of the founding claims is judged.
JUDGED = {
    "level check": "three_fields", "context": "two_context", "emoji": "das_emoji",
    "serialisation": "three_fields", "write": "three_fields_file",
}  # fmt: skip
_HOW = {
    "py-spy": "there is no py-spy; `nox -s flame` installs it, or: pip install py-spy",
    "ptrace": "py-spy may not read another process (ptrace). On Linux: run as root, or "
    "`sysctl kernel.yama.ptrace_scope=0`, or start the container with --cap-add=SYS_PTRACE; "
    "on macOS: sudo",
}


class Impossible(Exception):
    """Say that the run lacks a tool or a privilege, and what to do."""


def parse_seconds(text: str) -> float:
    """Return a number of seconds above 0."""
    try:
        seconds = float(text.removesuffix("s"))
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 3600:
        raise click.BadParameter(f"{text!r} is no number of seconds up to 3600")
    return seconds


def settle(options: Options) -> None:
    """Fill in what the options leave open."""
    options.seconds = options.seconds or (QUICK_SECONDS if options.quick else SECONDS)
    options.output = options.output or RESULTS / "flame.json"


def find_tool() -> str:
    """Return py-spy's path.

    Raises:
        Impossible: It is not installed.
    """
    beside = Path(sys.executable).parent
    found = shutil.which("py-spy") or shutil.which("py-spy", path=str(beside))
    if found is None:
        raise Impossible(_HOW["py-spy"])
    return found


def sample(tool: str, pid: int, output: Path, seconds: float, *more: str) -> None:
    """Have py-spy sample a process.

    Raises:
        Impossible: It may not, or could not; what it said.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    output.unlink(missing_ok=True)
    done = subprocess.run(
        [tool, "record", "-r", str(_RATE), "-d", str(math.ceil(seconds)), "-o", str(output), *more,
         "--pid", str(pid)],
        capture_output=True, text=True, timeout=seconds + 300,
    )  # fmt: skip
    if done.returncode or not output.is_file():
        said = done.stderr.strip() or done.stdout.strip()
        if any(word in said.lower() for word in ("permission", "not permitted", "root", "sudo")):
            raise Impossible(f"{_HOW['ptrace']}\n  it said: {said.splitlines()[-1]}")
        raise Impossible(f"py-spy: {said or done.returncode}")


class Target:
    """Be a process that logs, until it is left.

    Raises:
        Impossible: It does not come up.
    """

    def __init__(self, library: str, workload: str, path: str, seconds: float) -> None:
        from perf_lab.processes.pool import environment_for
        from perf_lab.rivals.catalogue import RIVALS

        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "perf_lab.flame.target", library, workload, path,
             str(seconds)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=environment_for(RIVALS[library]),
        )  # fmt: skip
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        if not said:
            raise Impossible(f"{workload} by {library} did not start; it ended with "
                             f"{self.process.wait()}")  # fmt: skip
        self.pid = self.process.pid
        self.call_ns = float(said)

    def __enter__(self) -> Target:
        return self

    def __exit__(self, *error: object) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def measure(tool: str, options: Options, folder: Path) -> dict[str, Any]:
    """Sample every workload, and one of them with the functions of C."""
    from perf_lab.records.progress import Progress
    from perf_lab.workloads.founding import WORKLOADS

    progress = Progress()
    results: Path = options.output.parent
    data: dict[str, Any] = {"method": METHOD, "workloads": []}
    seconds = max(1.0, options.seconds)

    for workload, library in QUICK_PLAN if options.quick else PLAN:
        name = f"{workload}.{library}"
        file = WORKLOADS[workload].output == "file"
        path = str(folder / "flame.log") if file else os.devnull
        if file:
            Path(path).touch()
        svg = results / "flame" / f"{name}.svg"
        scope = results / "flame" / f"{name}.speedscope.json"
        with Target(library, workload, path, min(2.0, seconds)) as target:
            progress(f"{name}: flamegraph")
            sample(tool, target.pid, svg, seconds, *UNSTOPPED, "--format", "flamegraph")
            progress(f"{name}: speedscope")
            sample(tool, target.pid, scope, seconds, *UNSTOPPED, "--format", "speedscope")
            if (workload, library) == PLAN[0]:
                progress(f"{name}: with the functions of C")
                data["native"] = sample_native(tool, target.pid, results, seconds)
        counts = count_parts(json.loads(scope.read_text(encoding="utf-8")), workload)
        samples = counts.total()
        data["workloads"].append({
            "workload": workload, "title": WORKLOADS[workload].title, "library": library,
            "svg": f"flame/{svg.name}", "speedscope": f"flame/{scope.name}",
            "samples": samples, "call_ns": target.call_ns,
            "parts": {
                part: {
                    "share": count / samples, "us": count / samples * target.call_ns / 1000,
                    "documented_us": DOCUMENTED_US.get(part),
                }
                for part, count in counts.most_common()
            } if library.startswith("foundation") else {},
        })  # fmt: skip
    progress.end()
    return data


def sample_native(tool: str, pid: int, results: Path, seconds: float) -> dict[str, Any]:
    """Draw the functions of C too, where py-spy can see them."""
    native = results / "flame" / "three_fields.native.svg"
    try:
        sample(tool, pid, native, seconds, "--native", "--format", "flamegraph")
    except Impossible as error:
        return {"state": str(error), "file": None}
    return {"state": "ok", "file": f"flame/{native.name}"}


def find_checks(data: dict[str, Any]) -> list[Any]:
    """Return what a run is judged by."""
    from perf_lab.records.record import Check

    ours = [row for row in data["workloads"] if row["library"].startswith("foundation")]
    checks = [
        Check(
            "samples of the workload that has fewest", min(row["samples"] for row in ours),
            FEWEST_SAMPLES, "samples", "at least",
        ),
        Check(
            "samples in the fast lane that belong to no part, of three fields",
            100 * _part(ours, "three_fields", "elsewhere").get("share", 0.0), 2, "%",
        ),
    ]  # fmt: skip
    for part, limit in DOCUMENTED_US.items():
        if any(row["workload"] == JUDGED[part] for row in ours):
            value = _part(ours, JUDGED[part], part).get("us", 0.0)
            checks.append(Check(f"{part}, of {JUDGED[part]}", value, limit, "us"))
    return checks


def _part(rows: Sequence[dict[str, Any]], workload: str, part: str) -> dict[str, float]:
    for row in rows:
        if row["workload"] == workload and row["library"] == "foundation":
            found: dict[str, float] = row["parts"].get(part, {})
            return found
    return {}


def show(data: dict[str, Any]) -> str:
    """Return the table of shares."""
    from perf_lab.records.text_table import text_table

    parts = ["WHERE A CALL SPENDS ITS TIME", data["method"]]
    for row in data["workloads"]:
        cells = []
        for part, found in row["parts"].items():
            documented = found["documented_us"]
            beside = "" if documented is None else f"documented ~{documented:g} us"
            cells.append([part, f"{found['share']:.1%}", f"{found['us']:.3f} us", beside])
        title = (
            f"{row['workload']} by {row['library']}: {row['call_ns'] / 1000:.2f} us a call, "
            f"{row['samples']} samples, {row['svg']}"
        )
        parts.append(text_table(("part", ">share", ">time", ""), cells, title=title))
    parts.append(f"with the functions of C: {data['native']['file'] or data['native']['state']}")
    return "\n\n".join(parts)


@click.command("flame", cls=Tool, settle=settle)
@click.option("--quick", is_flag=True, help="one workload, a few seconds")
@click.option(
    "--seconds", type=parse_seconds, metavar="S",
    help=f"of each workload; {SECONDS:g}, or {QUICK_SECONDS:g} with --quick",
)  # fmt: skip
@click.option("--output", type=FILE, help="the record; default results/flame.json")
def command(options: Options) -> int:
    """Draw where a log call spends its time.

    It ends with 1 if a check has failed, and with 2 if it cannot run.
    """
    RESULTS.mkdir(exist_ok=True)
    try:
        tool = find_tool()
        with tempfile.TemporaryDirectory(dir=RESULTS) as folder:
            data = measure(tool, options, Path(folder))
    except Impossible as error:
        print(f"flame: {error}", file=sys.stderr)
        return 2
    from perf_lab.records.record import Record

    given = {"quick": options.quick, "seconds": options.seconds}
    record = Record("flame", given, data, find_checks(data))
    record.write(options.output)
    print(show(data))
    print("\n".join(["", "CHECKS", *map(str, record.checks)]))
    print(f"\nrecord in {options.output}")
    return 0 if record.passed else 1
