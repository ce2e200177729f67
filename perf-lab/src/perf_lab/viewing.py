"""What viewing a log file costs, beside other viewers: `perf-lab viewing`.

Each tool reads one and the same file of JSON lines and writes to a file of ours, which is looked at
afterwards: a tool that found or showed less is no rival. What is measured is the processor time of
the whole process, start and threads included; the rounds of all tools are interleaved, and the best
round of each counts. `--write PAGE` puts the table between the marks of a page.

A tool that is not installed is left out: jq, grep, lnav, and pino-pretty, which NODE_PATH leads to.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import click

from perf_lab.tool import FILE, Options, Tool

MARKS = ("<!-- viewing: begin -->\n", "<!-- viewing: end -->\n")
_NEEDLE = "0123456789abcdef0123456789abcdef"
_EVENTS = ("request_finished", "request_started", "order_placed", "cache_miss", "user_login")


class Task(NamedTuple):
    """Describe one run of one tool.

    Args:
        work: ``rare``, ``status``, ``all``, ``last`` or ``since``.
        tool: Its name.
        command: What is run; `{file}` is the file.
        lines: How many lines its output must have at least.
    """

    work: str
    tool: str
    command: list[str]
    lines: int


WORKS = {
    "rare": "one line by its request id",
    "status": "one line by a number",
    "all": "every line formatted",
    "last": "the last 40 lines",
    "since": "the last minute",
}


def write_log(path: Path, megabytes: int) -> int:
    """Write a file of about so many megabytes, and return how many lines it has."""
    rng = random.Random(7)
    start = datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC)
    lines = megabytes * 4000
    with path.open("wb") as file:
        for number in range(lines):
            moment = start + datetime.timedelta(seconds=number / 10)
            record = {
                "timestamp": f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z",
                "level": rng.choices(("debug", "info", "warning", "error"), (20, 70, 8, 2))[0],
                "logger": rng.choice(("shop.web", "shop.db.pool", "shop.orders")),
                "event": rng.choice(_EVENTS),
                "method": "GET",
                "path": f"/basket/{rng.randrange(1000)}",
                "status": rng.choices((200, 404, 500), (95, 4, 1))[0],
                "seconds": round(rng.random(), 4),
                "request_id": f"{rng.getrandbits(128):032x}",
                "user": {"id": rng.randrange(10_000), "plan": "pro"},
            }
            if number == lines * 2 // 3:
                record |= {"request_id": _NEEDLE, "status": 599}
            file.write(json.dumps(record, separators=(",", ":")).encode() + b"\n")
    return lines


def list_tasks(lines: int) -> list[Task]:
    """Return what is run of what is installed."""
    view = [sys.executable, "-m", "provide.foundation", "view", "{file}"]
    since = datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC)
    since += datetime.timedelta(seconds=lines / 10 - 60)
    tasks = [
        Task("rare", "foundation view", [*view, f"request_id={_NEEDLE}"], 1),
        Task("rare", "grep", ["grep", _NEEDLE, "{file}"], 1),
        Task("rare", "jq", ["jq", "-c", f'select(.request_id=="{_NEEDLE}")', "{file}"], 1),
        Task("status", "foundation view", [*view, "status=599"], 1),
        Task("status", "jq", ["jq", "-c", "select(.status==599)", "{file}"], 1),
        Task("all", "foundation view", view, lines),
        Task("all", "foundation view, coloured", [*view, "--color", "always"], lines),
        Task("all", "jq .", ["jq", ".", "{file}"], lines),
        Task("all", "lnav -n", ["lnav", "-n", "{file}"], lines),
        Task("last", "foundation view", [*view, "-n", "40"], 40),
        Task("since", "foundation view", [*view, "--since", f"{since:%Y-%m-%dT%H:%M:%SZ}"], 600),
    ]
    for folder in os.environ.get("NODE_PATH", "").split(os.pathsep):
        pretty = Path(folder, "pino-pretty", "bin.js")
        if folder and pretty.is_file():
            keys = ["--messageKey", "event", "--timestampKey", "timestamp"]
            tasks.append(Task("all", "pino-pretty", ["node", str(pretty), *keys], lines))
    return [each for each in tasks if shutil.which(each.command[0])]


def run(task: Task, log: Path, folder: Path) -> float:
    """Run a task, and return its processor time in seconds."""
    command = [part.replace("{file}", str(log)) for part in task.command]
    output = folder / "output"
    home = {**os.environ, "HOME": str(folder), "TZ": "UTC"}
    with output.open("wb") as file, log.open("rb") as source:
        process = subprocess.Popen(
            command, stdin=source, stdout=file, stderr=subprocess.DEVNULL, env=home
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    shown = output.read_bytes().count(b"\n")
    if shown < task.lines:
        raise RuntimeError(f"{task.tool} has shown {shown} of {task.lines} lines: {command}")
    return used.ru_utime + used.ru_stime


def measure(
    megabytes: int, rounds: int, progress: Callable[[str], None]
) -> tuple[dict[tuple[str, str], float], float, int]:
    """Return the best time of each work and tool in seconds, the size in megabytes, the lines."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "app.log"
        lines = write_log(log, megabytes)
        size = log.stat().st_size / 1e6
        best: dict[tuple[str, str], float] = {}
        tasks = list_tasks(lines)
        if shutil.which("lnav"):
            form = [sys.executable, "-m", "provide.foundation", "lnav-format"]
            path = subprocess.run(form, capture_output=True, text=True, check=True).stdout.strip()
            subprocess.run(
                ["lnav", "-i", path], env={**os.environ, "HOME": name}, capture_output=True,
                check=True,
            )  # fmt: skip
        for number in range(rounds):
            for index, task in enumerate(tasks):
                spent = run(task, log, folder)
                key = (task.work, task.tool)
                best[key] = min(best.get(key, spent), spent)
                progress(f"round {number + 1}: {index + 1} of {len(tasks)}, {task.tool}")
        return best, size, lines


def make_table(best: dict[tuple[str, str], float], size: float, lines: int) -> str:
    """Return the table, with what it was measured on."""
    rows = [
        "| task | tool | processor time | MB for each second of it |",
        "|---|---|--:|--:|",
    ]
    order = list(WORKS)
    for (work, tool), spent in sorted(best.items(), key=lambda at: (order.index(at[0][0]), at[1])):
        rate = "" if work in ("last", "since") else f"{size / spent:.0f}"
        rows.append(f"| {WORKS[work]} | {tool} | {spent:.2f} s | {rate} |")
    load = os.getloadavg()[0]
    rows.append("")
    rows.append(
        f"A file of {size:.0f} MB with {lines:,} lines, {datetime.date.today()}, Python "
        f"{platform.python_version()}, {_processor()}, {os.cpu_count()} processors at a load of "
        f"{load:.0f}; start and import are part of each time. `perf-lab viewing` made it."
    )
    return "\n".join(rows) + "\n"


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"model name\s*:\s*(.*)", text)
    return found[1] if found else platform.machine()


@click.command("viewing", cls=Tool)
@click.option("--megabytes", type=int, default=100, help="of the file that is viewed")
@click.option("--rounds", type=int, default=3, help="of each viewer and task")
@click.option("--write", type=FILE, metavar="PAGE", help="put the table between a page's marks")
def command(options: Options) -> None:
    """Measure what viewing a log file costs."""
    table = make_table(*measure(options.megabytes, options.rounds, print))
    print(table)
    if options.write is not None:
        text = options.write.read_text(encoding="utf-8")
        before, begin, rest = text.partition(MARKS[0])
        _, end, behind = rest.partition(MARKS[1])
        if not (begin and end):
            raise SystemExit(f"{options.write} has no marks")
        options.write.write_text(f"{before}{begin}{table}{end}{behind}", encoding="utf-8")
