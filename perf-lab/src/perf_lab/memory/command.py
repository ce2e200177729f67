"""The command line of the memory laboratory; imports little until the run begins."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from perf_lab.laboratory import conclude, judge, read_plan, show
from perf_lab.places import RESULTS
from perf_lab.processes.pool import Worker, WorkerFailed
from perf_lab.records.progress import Progress
from perf_lab.records.record import Record
from perf_lab.tool import FILE, Options, Tool
from perf_lab.workloads.table import WORKLOADS

PLAN = read_plan(__file__)
#: The rate at which the founding claims give their allocation rate.
RATE = 10_000
#: The longest that one measurement may take.
_MOST_S = 6 * 3600.0
#: Bytes that the interpreter itself gains over a run of any length.
_FEW_BYTES = 4096
#: Where a page names something that a browser fetches by itself; of a script only its tag counts.
_SCRIPT = re.compile(r"(<script\b[^>]*>).*?</script>", re.DOTALL)
_FETCHED = re.compile(
    r"<(?:script|link|img|iframe|source|object|embed|video|audio)\b[^>]*?"
    r"\b(?:src|href|data)=[\"']?((?!data:|\#)[^\"'\s>]+)"
    r"|@import\s+[\"']([^\"']+)|url\(\s*[\"']?((?:https?:)?//[^)\"']+)"
)


def settle(options: Options) -> None:
    """Fill in what the options leave open."""
    options.plan = PLAN["quick" if options.quick else "full"]
    options.messages = options.messages or options.plan["messages"]


def ask(what: str, rival: str = "foundation", **arguments: Any) -> dict[str, Any]:
    """Take one measurement in a new process.

    Raises:
        WorkerFailed: It ended otherwise than with a figure.
    """
    with Worker(rival, "perf_lab.memory.subject", answer_s=_MOST_S) as worker:
        return worker.ask(what, **arguments)


def measure(options: Options, folder: Path) -> dict[str, Any]:
    """Take every measurement."""
    progress, plan = Progress(), options.plan

    def take(what: str, rival: str = "foundation", **arguments: Any) -> dict[str, Any]:
        progress(f"{what} of {rival}: {arguments}")
        return ask(what, rival, **arguments)

    traced = {"iterations": plan["iterations"], "folder": str(folder)}
    growing = {"warm_up": PLAN["warm_up"], "leak": options.inject_leak}
    workloads = PLAN["workloads"] if plan["workloads"] == "all" else plan["workloads"]
    tracked = max(1000, int(options.messages * plan["tracked_share"]))
    data: dict[str, Any] = {
        "workloads": {
            workload: {
                "title": WORKLOADS[workload].title,
                "rows": {rival: take("trace", rival, workload=workload, **traced)
                         for rival in rivals},
            }
            for workload, rivals in workloads.items()
        },
        "scratch": take("scratch"),
        "loggers": [take("loggers", count=count) for count in (1, 1_000, 10_000)],
        "minimal": take("minimal", lines=1000),
        "lasting": take("lasting", lines=1000)["rows"],
        "collector": take("collector", messages=min(options.messages, 1_000_000)),
        "pages": [write_page(each, options.output.parent, folder) for each in plan["pages"]],
    }  # fmt: skip
    data["requests"] = sum(len(row["requests"]) for row in data["pages"])
    series = take("grow", messages=options.messages, tracked=False, **growing)
    heap = take("grow", messages=tracked, tracked=True, **growing)
    data["growth"] = {
        "messages": options.messages, "tracked_messages": tracked, "warm_up": PLAN["warm_up"],
        "series": series, "tracked": heap, "slopes": find_slopes(series, heap),
    }  # fmt: skip
    progress.end()
    return data


def write_page(workload: str, results: Path, folder: Path) -> dict[str, Any]:
    """Write memray's flamegraph of a workload beside the record; say what it would fetch.

    Raises:
        WorkerFailed: memray could not; its own words.
    """
    capture, page = folder / f"{workload}.bin", results / "memray" / f"{workload}.html"
    ask("page", workload=workload, iterations=2000, capture=str(capture))
    page.parent.mkdir(parents=True, exist_ok=True)
    # Without --no-web the page would load its scripts from a network.
    command = ["memray", "flamegraph", "--no-web", "-f", "-o", str(page), str(capture)]
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True)
    if done.returncode:
        raise WorkerFailed(f"memray flamegraph: {done.stderr.strip() or done.stdout.strip()}")
    capture.unlink()
    requests = find_requests(page.read_text(encoding="utf-8"))
    return {"workload": workload, "file": f"memray/{page.name}", "requests": requests}


def find_requests(page: str) -> list[str]:
    """Return the addresses that a browser would fetch for an HTML page, beside the page."""
    return ["".join(found) for found in _FETCHED.findall(_SCRIPT.sub(r"\1", page))]


def find_slopes(
    series: dict[str, list[float]], heap: dict[str, list[float]]
) -> dict[str, dict[str, float]]:
    """Return the slope of each kind of memory over a million messages, with its interval.

    The first tenth counts as warm-up too.
    """
    from perf_lab.soak.drift import find_slope

    found = {}
    for name, columns in (("rss_bytes", series), ("blocks", series), ("heap_bytes", heap)):
        first = len(columns["messages"]) // 10
        x = [messages / 1e6 for messages in columns["messages"][first:]]
        slope = find_slope(x, columns[name][first:])
        sure = slope["total_low"] >= _FEW_BYTES
        more = {"millions": slope["span"], "sure_rate": slope["low"] / 1e6 * RATE * sure}
        found[name] = slope | more
    return found


@click.command("memory", cls=Tool, settle=settle)
@click.option("--quick", is_flag=True, help="few workloads, few messages")
@click.option(
    "--messages", type=click.IntRange(min=100), metavar="N",
    help="over which growth is looked for; 5,000,000, or 300,000 with --quick",
)  # fmt: skip
@click.option(
    "--inject-leak", is_flag=True, help="keep one small object a message, to see the run fail"
)
@click.option("--output", type=FILE, default=RESULTS / "memory.json", help="the record")
def command(options: Options) -> int:
    """Weigh calls, and see whether memory grows.

    It ends with 1 if a check has failed, and with 2 if it cannot run.
    """
    if missing := [name for name in ("memray", "numpy") if find_spec(name) is None]:
        print(
            f"memory: {' and '.join(missing)} cannot be imported; `nox -s memory` installs it, or: "
            f"pip install {' '.join(missing)}",
            file=sys.stderr,
        )
        return 2
    with tempfile.TemporaryDirectory() as folder:
        try:
            data = measure(options, Path(folder))
        except WorkerFailed as error:
            print(f"memory: {error}", file=sys.stderr)
            return 2
    given = {"quick": options.quick, "messages": options.messages, "leak": options.inject_leak}
    record = Record("memory", given, data, judge(PLAN, data))
    return conclude(record, show(PLAN, data), options.output)
