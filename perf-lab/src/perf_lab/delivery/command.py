"""`perf-lab delivery`: what background delivery does and costs; also a part of the benchmark."""

from __future__ import annotations

import json
import signal
import struct
import tempfile
from collections.abc import Callable
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import click

from perf_lab.delivery.subject import QUEUE_LINES, RIVALS
from perf_lab.laboratory import read_plan, show
from perf_lab.processes.pool import Worker, WorkerFailed
from perf_lab.records.progress import Progress
from perf_lab.tool import Options, Tool

PLAN = read_plan(__file__)
LIMIT_S = 120.0
PACE_S = 5_000
PACED_LINES = 3_000
#: What keeps a pace: in each lane, what writes itself and what lets another thread write.
LANES = ("native", "fast")
WAYS = ("foundation", "foundation-background")
Say = Callable[[str], None]


def measure_delivery(rounds: int, lines: int, milliseconds: int, progress: Say) -> dict[str, Any]:
    """Return, for each library, its rounds, what it kept when killed, or why it is missing.

    Args:
        rounds: How often each library has its turn, in new processes.
        lines: How many lines a `drain` logs.
        milliseconds: How long a `kill` logs.
        progress: Is told what is being done.
    """
    rows: dict[str, dict[str, Any]] = {
        name: {"state": "ok", "reason": "", "rounds": [], "calls": [], "kept": []}
        for name in RIVALS
    }
    for number in range(rounds):
        for name, row in rows.items():
            if row["state"] != "ok":
                continue
            progress(f"background delivery, round {number + 1} of {rounds}: {name}")
            try:
                row["rounds"].append(drain(name, lines))
                calls, kept = kill(name, milliseconds)
            except (WorkerFailed, ValueError) as error:
                row.update(state="invalid", reason=str(error))
            else:
                row["calls"].append(calls)
                row["kept"].append(kept)
    for row in rows.values():
        if row["state"] == "ok":
            for key in ("ns", "call_ns", "cpu_ns"):
                row[key] = median(each[key] for each in row["rounds"])
            row["kept_lines"] = median(row["kept"])
            row["lost"] = max(map(int.__sub__, row["calls"], row["kept"]))
    return {"rows": rows, "queue_lines": QUEUE_LINES}


def measure_paced(rounds: int, progress: Say) -> dict[str, Any]:
    """Return the processor time of a line, by lane and way, of each round; or why there is none."""
    found: dict[str, Any] = {lane: {way: [] for way in WAYS} for lane in LANES}
    for number, lane, way in product(range(rounds), LANES, WAYS):
        progress(f"at a pace, round {number + 1} of {rounds}: {way}, {lane}")
        try:
            row = drain(way, PACED_LINES, rate=PACE_S, lane=lane)
        except (WorkerFailed, ValueError) as error:
            return {"reason": f"{way}, {lane}: {error}"}
        found[lane][way].append(row["cpu_ns"])
    return found


def drain(name: str, lines: int, *, rate: int = 0, lane: str = "") -> dict[str, float]:
    """Return what so many lines take in a new process, once they are all in the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "app.log"
        with _start(lane) as worker:
            found = worker.ask("drain", name=name, path=str(path), lines=lines, rate=rate)
        if read_numbers(path) != list(range(-1, lines)):
            raise ValueError("the lines in the file are not those that were logged")
    return found


def kill(name: str, milliseconds: int) -> tuple[int, int]:
    """Return how many calls had returned when the process was killed, and the lines it kept."""
    with tempfile.TemporaryDirectory() as folder:
        path, counter = Path(folder) / "app.log", Path(folder) / "calls"
        counter.write_bytes(bytes(8))
        job = {"name": name, "path": str(path), "counter": str(counter)}
        with _start() as worker:
            try:
                worker.ask("kill", milliseconds=milliseconds, **job)
            except WorkerFailed:
                if worker.process.poll() != -signal.SIGKILL:
                    raise
        numbers = [number for number in read_numbers(path) if number >= 0]
        (calls,) = struct.unpack("q", counter.read_bytes())
    if numbers != list(range(len(numbers))):
        raise ValueError("the lines that were kept have a gap")
    # A line may be in the file whose call has not been counted yet.
    return calls, min(len(numbers), calls)


def _start(lane: str = "") -> Worker:
    environment = {"FOUNDATION_LANE": lane} if lane else {}
    return Worker("foundation", "perf_lab.delivery.subject", environment, answer_s=LIMIT_S)


def read_numbers(path: Path) -> list[int]:
    """Return the numbers of the whole lines in a file, whoever wrote it; a torn end is left out."""
    whole, _, _ = path.read_bytes().rpartition(b"\n")
    lines = map(json.loads, whole.splitlines())
    fields = (line["record"]["extra"] if "record" in line else line for line in lines)
    return [int(each["iteration"]) for each in fields]


def ratio_of_lane(found: dict[str, Any], lane: str) -> float:
    """Return what background delivery costs in a lane, relative to direct."""
    direct, background = (min(found[lane][way]) for way in WAYS)
    return float(background / direct)


def show_delivery(results: dict[str, Any]) -> str:
    """Return the table."""
    return show(PLAN, results)


def show_paced(found: dict[str, Any]) -> str:
    """Return the ratio of each lane, and the microseconds behind it."""
    title = f"At {PACE_S:,} lines a second, processor time of a line, background beside direct"
    if "reason" in found:
        return f"{title}: {found['reason']}"
    lines = [title]
    for lane in found:
        direct, background = (min(found[lane][way]) / 1000 for way in WAYS)
        ratio = ratio_of_lane(found, lane)
        lines.append(f"{lane:<8} {ratio:.2f}x ({background:.1f} us beside {direct:.1f} us)")
    return "\n".join(lines)


@click.command("delivery", cls=Tool)
@click.option("--paced", is_flag=True, help="at 5,000 lines a second, beside direct writing")
def command(options: Options) -> None:
    """Measure background delivery.

    Its speed beside rivals, and how many lines a kill loses.
    """
    progress = Progress()
    if options.paced:
        text = show_paced(measure_paced(5, progress))
    else:
        text = show_delivery(measure_delivery(5, 20_000, 300, progress))
    progress.end()
    print(text)
