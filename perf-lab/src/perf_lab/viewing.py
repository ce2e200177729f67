"""What viewing a log file costs, beside other viewers: `perf-lab viewing`.

Each tool reads one and the same file of JSON lines and writes to a file of ours, which is looked at
afterwards: a tool that found or showed less is no rival. What is measured is the processor time of
the whole process, start and threads included; the rounds of all tools are interleaved, and the best
round of each counts. `--write PAGE` puts the table between the marks of a page.

viewing.toml says what is run. A tool that is not installed is left out: jq, grep, lnav, and
pino-pretty, which NODE_PATH leads to.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import random
import re
import shutil
import string
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from perf_lab.pages.figures import table
from perf_lab.places import read_table
from perf_lab.records.machine import cpu_model
from perf_lab.tool import FILE, Options, Tool

MARKS = ("<!-- viewing: begin -->\n", "<!-- viewing: end -->\n")
_PLAN = read_table("viewing.toml")
_NEEDLE = "0123456789abcdef0123456789abcdef"
_EVENTS = ("request_finished", "request_started", "order_placed", "cache_miss", "user_login")
_START = datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC)


def write_log(path: Path, megabytes: int) -> int:
    """Write a file of about so many megabytes, and return how many lines it has."""
    rng = random.Random(7)
    lines = megabytes * 4000
    with path.open("w", encoding="utf-8") as file:
        for number in range(lines):
            moment = _START + datetime.timedelta(seconds=number / 10)
            wanted = number == lines * 2 // 3
            record = {
                "timestamp": f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z",
                "level": rng.choices(("debug", "info", "warning", "error"), (20, 70, 8, 2))[0],
                "logger": rng.choice(("shop.web", "shop.db.pool", "shop.orders")),
                "event": rng.choice(_EVENTS), "method": "GET",
                "path": f"/basket/{rng.randrange(1000)}",
                "status": 599 if wanted else rng.choices((200, 404, 500), (95, 4, 1))[0],
                "seconds": round(rng.random(), 4),
                "request_id": _NEEDLE if wanted else f"{rng.getrandbits(128):032x}",
                "user": {"id": rng.randrange(10_000), "plan": "pro"},
            }  # fmt: skip
            file.write(json.dumps(record, separators=(",", ":")) + "\n")
    return lines


def list_tasks(log: Path, lines: int) -> list[dict[str, Any]]:
    """Return what is run of what is installed, with the words of its command filled in."""
    folders = map(Path, os.environ.get("NODE_PATH", "").split(os.pathsep))
    pretty = [path for folder in folders if (path := folder / "pino-pretty" / "bin.js").is_file()]
    since = _START + datetime.timedelta(seconds=lines / 10 - 60)
    words = {
        "python": sys.executable, "file": log, "needle": _NEEDLE,
        "pretty": str(pretty[0]) if pretty else "", "since": f"{since:%Y-%m-%dT%H:%M:%SZ}",
    }  # fmt: skip
    tasks = []
    for task in _PLAN["task"]:
        command = [string.Template(part).substitute(words) for part in task["command"]]
        if shutil.which(command[0]) and all(command):
            least = lines if task.get("lines") == "all" else task.get("lines", 1)
            tasks.append({**task, "command": command, "lines": least})
    return tasks


def run(task: Mapping[str, Any], log: Path, folder: Path) -> float:
    """Run a task, and return its processor time in seconds."""
    output = folder / "output"
    home = {**os.environ, "HOME": str(folder), "TZ": "UTC"}
    with output.open("wb") as file, log.open("rb") as source:
        process = subprocess.Popen(
            task["command"], stdin=source, stdout=file, stderr=subprocess.DEVNULL, env=home
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    shown = output.read_bytes().count(b"\n")
    if shown < task["lines"]:
        raise RuntimeError(f"{task['tool']} has shown {shown} of {task['lines']} lines")
    return used.ru_utime + used.ru_stime


def measure(megabytes: int, rounds: int) -> tuple[dict[tuple[str, str], float], float, int]:
    """Return the best time of each work and tool in seconds, the size in megabytes, the lines."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "app.log"
        lines = write_log(log, megabytes)
        if shutil.which("lnav"):
            form = [sys.executable, "-m", "provide.foundation", "lnav-format"]
            path = subprocess.check_output(form, text=True).strip()
            subprocess.check_output(["lnav", "-i", path], env={**os.environ, "HOME": name})
        best: dict[tuple[str, str], float] = {}
        tasks = list_tasks(log, lines)
        for number in range(rounds):
            for index, task in enumerate(tasks):
                spent, key = run(task, log, folder), (task["work"], task["tool"])
                best[key] = min(best.get(key, spent), spent)
                print(f"round {number + 1}: {index + 1} of {len(tasks)}, {task['tool']}")
        return best, log.stat().st_size / 1e6, lines


def make_table(best: Mapping[tuple[str, str], float], size: float, lines: int) -> str:
    """Return the table, with what it was measured on."""
    rows = [
        [said, tool, f"{spent:.2f} s", "" if name in ("last", "since") else f"{size / spent:.0f}"]
        for name, said in _PLAN["works"].items()
        for (work, tool), spent in sorted(best.items(), key=lambda item: item[1])
        if work == name
    ]
    head = ["task", "tool", "processor time:", "MB for each second of it:"]
    return (
        f"{table(head, rows)}\n\n"
        f"A file of {size:.0f} MB with {lines:,} lines, {datetime.date.today()}, Python "
        f"{platform.python_version()}, {cpu_model()}, {os.cpu_count()} processors at a load of "
        f"{os.getloadavg()[0]:.0f}; start and import are part of each time. `perf-lab viewing` "
        "made it.\n"
    )


@click.command("viewing", cls=Tool)
@click.option("--megabytes", type=int, default=100, help="of the file that is viewed")
@click.option("--rounds", type=int, default=3, help="of each viewer and task")
@click.option("--write", type=FILE, metavar="PAGE", help="put the table between a page's marks")
def command(options: Options) -> None:
    """Measure what viewing a log file costs."""
    made = make_table(*measure(options.megabytes, options.rounds))
    print(made)
    if options.write is not None:
        parts = re.split("|".join(MARKS), options.write.read_text(encoding="utf-8"))
        if len(parts) != 3:
            raise click.UsageError(f"{options.write} has no marks")
        parts[1] = f"{MARKS[0]}{made}{MARKS[1]}"
        options.write.write_text("".join(parts), encoding="utf-8")
