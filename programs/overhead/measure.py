"""Measure the middleware with wrk: all variants in turn, round by round, their lines counted."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from programs.overhead.apps import VARIANTS
from programs.program import Failure, free_port, started, wait_for_http

RECORD = Path(__file__).parents[2] / "docs" / "data" / "middleware.json"
CONNECTIONS = 16
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_TOTAL = re.compile(r"(\d+) requests in")
#: Lines that each request of a variant leaves.
_LINES = {name: 2 if name.endswith("-line") else 1 for name in VARIANTS}
_VERSIONS = ("uvicorn", "structlog", "asgi-correlation-id", "orjson", "foundation-core")


def measure(rounds: int, seconds: int) -> dict[str, Any]:
    """Run all variants in turn so many times, and return the record.

    Raises:
        Failure: A variant has not written a line for each request, or an answer was no 200.
    """
    rates: dict[str, list[float]] = {name: [] for name in VARIANTS}
    for _ in range(rounds):
        for name, found in rates.items():
            found.append(_measure_once(name, seconds))
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "processor": _processor(),
        "versions": {name: version(name) for name in _VERSIONS},
        "rounds": rounds,
        "seconds": seconds,
        "connections": CONNECTIONS,
        "rates": {name: [round(each) for each in found] for name, found in rates.items()},
    }


def _measure_once(name: str, seconds: int) -> float:
    port = str(free_port())
    command = ["uvicorn", "programs.overhead.apps:app", "--port", port, "--no-access-log"]
    root = str(Path(__file__).parents[2])
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        with started(command, folder, OVERHEAD=name, PYTHONPATH=root) as process:
            url = f"http://127.0.0.1:{port}/items/7"
            wait_for_http(process, url)
            _run_wrk(url, 1)  # warm
            before = _count_lines(folder)
            printed = _run_wrk(url, seconds)
        counted = _count_lines(folder) - before
    if "Non-2xx" in printed:
        raise Failure(f"{name}: {printed}")
    rate, total = _RATE.search(printed), _TOTAL.search(printed)
    if rate is None or total is None:
        raise Failure(f"wrk has printed something else:\n{printed}")
    # Those that were under way when wrk left are not in its count.
    least, most = int(total[1]), int(total[1]) + CONNECTIONS
    if not least <= counted // _LINES[name] <= most:
        raise Failure(f"{name}: {counted} lines of {total[1]} requests")
    return float(rate[1])


def _run_wrk(url: str, seconds: int) -> str:
    return subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", url],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


def _count_lines(folder: Path) -> int:
    """Count the lines about requests; none of them may be torn."""
    count = 0
    with (folder / "written").open("rb") as rows:
        for row in rows:
            if b'"item_shown"' in row or b'"request_finished"' in row:
                json.loads(row)
                count += 1
    return count


def _processor() -> str:
    for row in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if row.startswith("model name"):
            return row.partition(":")[2].strip()
    return platform.processor()


def describe(record: Mapping[str, Any]) -> list[tuple[str, int, float]]:
    """Return name, median rate, and the share of that of the same logger without a middleware."""
    rates = {name: median(found) for name, found in record["rates"].items()}
    return [
        (name, round(rate), rate / rates[name.partition("-")[0]]) for name, rate in rates.items()
    ]
