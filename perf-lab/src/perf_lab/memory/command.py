"""The command line of the memory laboratory; imports click only until the run begins."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from perf_lab.places import RESULTS
from perf_lab.tool import FILE, Options, Tool

MESSAGES = 5_000_000
QUICK_MESSAGES = 300_000
#: Of the messages, how many are written under tracemalloc, which makes each several times dearer.
TRACKED_SHARE = {False: 1.0, True: 0.2}
#: The longest that one measurement may take.
_MOST_S = 6 * 3600

#: Workload, and the libraries that it is traced for.
PLAN: dict[str, tuple[str, ...]] = {
    "static": ("foundation", "foundation-compact", "hand-rolled"),
    "three_fields": (
        "foundation", "foundation-processor", "foundation-key_value", "foundation-compact",
        "hand-rolled", "structlog-tuned", "stdlib-json", "loguru-serialize",
    ),
    "three_bound": ("foundation", "structlog-tuned"),
    "two_context": ("foundation", "structlog-tuned"),
    "bind_emit_1": ("foundation", "structlog-tuned"),
    "ten_scalars": ("foundation", "structlog-tuned"),
    "exception": ("foundation", "structlog-tuned"),
    "disabled": ("foundation", "structlog-tuned"),
    "das_emoji": ("foundation-key_value", "foundation-key_value-bare"),
    "emoji_sets": ("foundation-key_value", "foundation-key_value-bare"),
}  # fmt: skip
QUICK_PLAN: dict[str, tuple[str, ...]] = {
    "three_fields": ("foundation", "hand-rolled", "structlog-tuned")
}
PAGES = ("three_fields", "bind_emit_1", "exception")


def parse_count(text: str) -> int:
    """Return a whole number from 100 on, which may have underscores."""
    if not text.replace("_", "").isdigit() or int(text) < 100:
        raise click.BadParameter(f"{text!r} is no number of messages from 100 on")
    return int(text)


def settle(options: Options) -> None:
    """Fill in what the options leave open."""
    options.messages = options.messages or (QUICK_MESSAGES if options.quick else MESSAGES)
    options.output = options.output or RESULTS / "memory.json"


class SubjectFailed(Exception):
    """Say what a measurement's process said last."""


def ask(what: str, **arguments: Any) -> dict[str, Any]:
    """Take one measurement in a new process.

    Raises:
        SubjectFailed: It ended otherwise than with a figure.
    """
    from perf_lab.processes.pool import environment_for
    from perf_lab.rivals.catalogue import RIVALS

    command = [sys.executable, "-P", "-m", "perf_lab.memory.subject", what, json.dumps(arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=_MOST_S,
        env=environment_for(RIVALS[arguments.get("rival", "foundation")]),
    )  # fmt: skip
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise SubjectFailed(f"{what} {arguments}: {said[-1] if said else done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure(options: Options, folder: Path) -> dict[str, Any]:
    """Take every measurement."""
    from perf_lab.memory.growth import WARM_UP
    from perf_lab.records.progress import Progress
    from perf_lab.workloads.founding import WORKLOADS

    progress = Progress()
    iterations = 200 if options.quick else 1000
    data: dict[str, Any] = {"workloads": {}}
    for workload, rivals in (QUICK_PLAN if options.quick else PLAN).items():
        rows = {}
        for rival in rivals:
            progress(f"allocations of {workload}, {rival}")
            rows[rival] = ask(
                "trace", rival=rival, workload=workload, iterations=iterations, folder=str(folder)
            )
        data["workloads"][workload] = {"title": WORKLOADS[workload].title, "rows": rows}
    progress("orjson's buffer")
    data["scratch"] = ask("scratch")
    data["loggers"] = []
    for count in (1, 1_000, 10_000):
        progress(f"the weight of {count:,} loggers")
        data["loggers"].append(ask("loggers", count=count))
    progress("the minimal preset, and what lasts")
    data["minimal"] = ask("minimal", lines=1000)
    data["lasting"] = ask("lasting", lines=1000)["rows"]
    progress("the garbage collector")
    data["collector"] = ask("collector", messages=min(options.messages, 1_000_000))
    data["pages"] = []
    for workload in PAGES[:1] if options.quick else PAGES:
        progress(f"memray's page of {workload}")
        data["pages"].append(write_page(workload, options.output.parent, folder))
    progress(f"growth over {options.messages:,} messages")
    tracked = max(1000, int(options.messages * TRACKED_SHARE[options.quick]))
    series = ask("grow", messages=options.messages, leak=options.inject_leak, tracked=False)
    progress(f"growth over {tracked:,} messages under tracemalloc")
    heap = ask("grow", messages=tracked, leak=options.inject_leak, tracked=True)
    data["growth"] = {
        "messages": options.messages, "tracked_messages": tracked, "warm_up": WARM_UP,
        "series": series, "tracked": heap, "slopes": find_slopes(series, heap),
    }  # fmt: skip
    progress.end()
    return data


def write_page(workload: str, results: Path, folder: Path) -> dict[str, Any]:
    """Write memray's flamegraph of a workload beside the record; say what it would fetch."""
    from perf_lab.memory.pages import find_requests, make_page

    capture = folder / f"{workload}.bin"
    page = results / "memray" / f"{workload}.html"
    ask("page", rival="foundation", workload=workload, iterations=2000, capture=str(capture))
    make_page(capture, page)
    capture.unlink()
    requests = find_requests(page.read_text(encoding="utf-8"))
    return {"workload": workload, "file": f"memray/{page.name}", "requests": requests}


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
        if slope is not None:
            found[name] = {
                "slope": slope.slope, "low": slope.low, "high": slope.high,
                "millions": slope.span, "total": slope.total,
            }  # fmt: skip
    return found


@click.command("memory", cls=Tool, settle=settle)
@click.option("--quick", is_flag=True, help="few workloads, few messages")
@click.option(
    "--messages", type=parse_count, metavar="N",
    help=f"over which growth is looked for; {MESSAGES:,}, or {QUICK_MESSAGES:,} with --quick",
)  # fmt: skip
@click.option(
    "--inject-leak", is_flag=True, help="keep one small object a message, to see the run fail"
)
@click.option("--output", type=FILE, help="the record; default results/memory.json")
def command(options: Options) -> int:
    """Weigh calls, and see whether memory grows.

    It ends with 1 if a check has failed, and with 2 if it cannot run.
    """
    missing = [name for name in ("memray", "numpy") if importlib.util.find_spec(name) is None]
    if missing:
        print(
            f"memory: {' and '.join(missing)} cannot be imported; `nox -s memory` installs it, or: "
            f"pip install {' '.join(missing)}",
            file=sys.stderr,
        )
        return 2
    from perf_lab.memory.tables import show
    from perf_lab.memory.verdict import find_checks
    from perf_lab.records.record import Record

    RESULTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        try:
            data = measure(options, Path(folder))
        except (SubjectFailed, RuntimeError) as error:
            print(f"memory: {error}", file=sys.stderr)
            return 2
    given = {"quick": options.quick, "messages": options.messages, "leak": options.inject_leak}
    record = Record("memory", given, data, find_checks(data))
    record.write(options.output)
    print(show(data))
    print("\n".join(["", "CHECKS", *map(str, record.checks)]))
    print(f"\nrecord in {options.output}")
    return 0 if record.passed else 1
