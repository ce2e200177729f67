"""Counts the instructions of a log call under callgrind: `nox -s bench -- --instructions`.

Seconds of a shared machine are uncertain by a percent after many minutes; instructions of unchanged
code repeat within 0.1 %, whatever else runs, and within 0.5 % in another folder, since memory lies
elsewhere then, and so do the entries of dicts whose keys are objects. So they are the measure for a
change of a few percent, and ratios of times stay the measure for what users see.

Each lane and workload runs in a process of its own, on a clock that moves with each look at it
(`steady_clock.c`). Instructions are counted from the first iteration to the last, not those of
starting and warming up, which take longer than all else under callgrind. Divided by the iterations
they are what one takes: interpreter, library, orjson and libc, without the kernel. Of
`three_fields`, and of lines at a terminal of 80 columns, the gate wants no more than 1 % above the
committed figures (`baselines/instructions.json`), nor 5 % below, where they would hide the next
loss; other builds of Python, orjson or the compiler give other figures, and are not compared. Lines
at a terminal are counted one kind behind the other, in the process that has counted `three_fields`,
because to start another one would take longer than they do.

Source: https://valgrind.org/docs/manual/cl-manual.html
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from itertools import repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from perf_lab.places import BASELINES
from perf_lab.processes.terminal import Terminal
from perf_lab.rivals.catalogue import RIVALS
from perf_lab.workloads.table import WORKLOADS as ALL

if TYPE_CHECKING:
    from perf_lab.records.progress import Progress
    from perf_lab.tool import Options

#: The committed figures.
FIGURES = BASELINES / "instructions.json"
#: The lanes, as the libraries of the catalogue that write with them.
LANES = {
    "native": "foundation-native",
    "fast": "foundation",
    "fast, logfmt": "foundation-key_value",
    "processor": "foundation-processor",
}
#: The lanes that have lines at a terminal of their own, and so have the gate.
ROW_LANES = {"native": "foundation-native-key_value", "fast": "foundation-key_value"}
WORKLOADS = ("three_fields", "two_context", "bind_emit_3")
#: What the gate compares in each lane, beside the rows.
GATED = ("three_fields",)
_COLUMNS = 80
ROW_WORKLOADS = tuple(
    each.name for each in ALL.values() if each.columns == _COLUMNS and not each.deep
)
#: More is a regression; as many less as the second ask for new figures, which else hide a loss.
LIMIT, GAIN_LIMIT = 0.01, 0.05
#: Iterations that are counted, and those in front of them; both for each kind of rows are fewer.
ITERATIONS, WARM_UP = 10_000, 600
ROW_ITERATIONS, ROW_WARM_UP = 100, 50
_LIMIT_S = 900
_SUMMARY = re.compile(r"^summary: (\d+)", re.MULTILINE)

Counts = dict[str, dict[str, int]]
#: A library, a workload, how many iterations are counted and how many before, and where lines go.
Job = tuple[str, str, int, int, str]


def count_all(workloads: tuple[str, ...], progress: Progress) -> Counts:
    """Return the counts of each workload in each lane; as many at once as there are CPUs."""
    found: Counts = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool, TemporaryDirectory() as folder:
        clock = compile_clock(Path(folder))
        for workload in workloads:
            rows = ROW_WORKLOADS if workload in GATED else ()
            progress(f"instructions: {workload}{', rows' if rows else ''}")
            jobs = [_list_jobs(lane, workload, rows) for lane in LANES]
            counts = pool.map(count, jobs, repeat(clock))
            for lane, by_workload in zip(LANES, counts, strict=True):
                for name, each in by_workload.items():
                    found.setdefault(name, {})[lane] = each
    return found


def _list_jobs(lane: str, workload: str, rows: tuple[str, ...]) -> list[Job]:
    """Return what is counted of a lane: a workload and, if it has them, rows at a terminal."""
    jobs = [(LANES[lane], workload, ITERATIONS, WARM_UP, os.devnull)]
    if lane in ROW_LANES:
        path = Terminal(_COLUMNS).path
        jobs += [(ROW_LANES[lane], row, ROW_ITERATIONS, ROW_WARM_UP, path) for row in rows]
    return jobs


def describe_build() -> dict[str, str]:
    """Return what the counts depend on beside the tree."""
    return {
        "python": " ".join((platform.python_version(), *platform.python_build())),
        "compiler": platform.python_compiler(),
        "machine": platform.machine(),
        "libc": " ".join(platform.libc_ver()),
        "orjson": version("orjson"),
        "g++": _first_line("g++", "--version"),
        "valgrind": _first_line("valgrind", "--version"),
    }


def find_changes(before: Counts, now: Counts) -> tuple[list[str], list[str]]:
    """Return, in words, the lanes that take more instructions than allowed, and far fewer."""
    more, fewer = [], []
    for workload, lanes in now.items():
        for lane, found in lanes.items():
            known = before[workload][lane]
            said = f"{workload}, {lane}: {known} -> {found} instructions ({found / known - 1:+.2%}"
            if found > known * (1 + LIMIT):
                more.append(f"{said}, allowed {LIMIT:+.0%})")
            elif found < known * (1 - GAIN_LIMIT):
                fewer.append(f"{said})")
    return more, fewer


def show(now: Counts, before: Counts | None = None) -> str:
    """Return a table of the counts, beside committed ones where there are any."""
    from perf_lab.records.text_table import text_table  # the subject has no need of it

    cells = []
    for workload, lanes in now.items():
        for lane, found in lanes.items():
            known = (before or {}).get(workload, {}).get(lane)
            change = f"{found / known - 1:+.2%}" if known else ""
            cells.append([workload, lane, known or "-", found, change])
    return text_table(("workload", "lane", ">committed", ">now", ">change"), cells)


def run_instructions(options: Options, progress: Progress) -> int:
    """Count, print and judge; return 1 if a lane takes more than the gate allows, else 0.

    Args:
        options: Of the bench: `gate` counts only what the gate compares, `save_instructions`
            writes the figures instead of comparing with them.
        progress: Told what is being done.
    """
    if missing := [name for name in ("valgrind", "gcc") if shutil.which(name) is None]:
        print(f"not installed: {', '.join(missing)} (apt-get install)", file=sys.stderr)
        return 2
    # The subject has no need of it.
    from perf_lab.records.record import Record, differences, read_record

    build = describe_build()
    now = count_all(GATED if options.gate else WORKLOADS, progress)
    progress.end()
    if options.save_instructions:
        Record("instructions", {}, {"build": build, "counts": now}).write(FIGURES)
        print(show(now), f"figures written to {FIGURES}", sep="\n")
        return 0
    known = read_record(FIGURES, "instructions").data
    apart = differences(known["build"], build, known["build"].keys() | build.keys())
    found = {"build": build, "counts": now, "differences": sorted(apart)}
    Record("instructions", {"gate": options.gate}, found).write(options.output)
    if apart:
        print(show(now), "not compared, because this is another build:", *apart, sep="\n")
        return 0
    print(show(now, known["counts"]))
    gated = {name: now[name] for name in (*GATED, *ROW_WORKLOADS)}
    more, fewer = find_changes(known["counts"], gated)
    if more:
        print("More instructions than allowed!", *more, sep="\n  ")
    if fewer:
        print(f"Over {GAIN_LIMIT:.0%} fewer, so that the figures hide a loss:", *fewer, sep="\n  ")
        print("count anew and commit them: nox -s bench -- --save-instructions")
    if more or fewer:
        return 1
    names = ", ".join((*GATED, "rows"))
    print(f"no lane takes more than {LIMIT:.0%} above the committed figures ({names})")
    return 0


def compile_clock(folder: Path) -> Path:
    """Compile the clock into a folder, and return what to preload, which begins the count."""
    clock = folder / "steady_clock.so"
    source = str(Path(__file__).with_name("steady_clock.c"))
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", str(clock), source], check=True)
    return clock


def count(jobs: list[Job], clock: Path) -> dict[str, int]:
    """Return how many instructions one iteration of each job's workload takes, in one process.

    Args:
        jobs: What is counted, one behind the other.
        clock: The compiled `steady_clock.c`.

    Raises:
        RuntimeError: The subject failed; its output is the message.
    """
    with TemporaryDirectory() as folder:
        command = [
            "valgrind", "--tool=callgrind", "--instr-atstart=no",
            f"--callgrind-out-file={folder}/counts",
            sys.executable, "-P", "-m", "perf_lab.bench.instructions", json.dumps(jobs),
            str(clock),
        ]  # fmt: skip
        environment = {
            **os.environ, **RIVALS[jobs[0][0]].environment, "LD_PRELOAD": str(clock),
            # What would differ from process to process: where strings lie in dicts and sets.
            "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_LIMIT_S
        )
        parts = [Path(folder, f"counts.{number}") for number in range(1, len(jobs) + 1)]
        if done.returncode or not parts[-1].is_file():
            told = f"{done.stdout}{done.stderr}".strip()
            raise RuntimeError(f"{jobs[0][:2]}: {told[-2000:]}")
        found = [_SUMMARY.findall(part.read_text(encoding="utf-8")) for part in parts]
    return {job[1]: round(int(each[0]) / job[2]) for each, job in zip(found, jobs, strict=True)}


def _first_line(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.partition("\n")[0]


def _be_the_subject(jobs: list[Job], clock: str) -> None:
    """Count the iterations of each job in this process, after a fixed number to warm up.

    The lines of these iterations go to the path, and are counted: who drops them looks fast.
    """
    from perf_lab.processes.subject import Subject  # imports the library that is measured

    class CountedSubject(Subject):
        """Warm up by number: by time it would be another number in each run."""

        warm_up = 0

        def _iteration_ns(self) -> float:
            self._loop(self.warm_up)
            return 1.0

    counting = ctypes.CDLL(clock)
    for library, workload, iterations, warm_up, path in jobs:
        subject = CountedSubject(library)
        subject.warm_up = warm_up
        subject.prepare(workload, path)
        before = _lines_written()
        counting.begin()
        subject.run(iterations, subject.logger, subject.loggers, [], 0)
        counting.end()
        lines, expected = _lines_written() - before, iterations * subject.workload.emits
        if lines != expected:
            # Stderr may be a terminal that nobody looks at by now.
            print(f"{workload}: {lines} lines were written instead of {expected}")
            raise SystemExit(1)


def _lines_written() -> int:
    from provide.foundation import stats

    outputs = stats().outputs.values()
    return sum(sum(output.written.values()) for output in outputs)


if __name__ == "__main__":
    _be_the_subject(json.loads(sys.argv[1]), sys.argv[2])
