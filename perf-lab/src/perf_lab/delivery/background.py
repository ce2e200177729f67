"""Background delivery beside loguru's enqueue and stdlib's QueueHandler: speed, and lines kept.

Asked: how many lines a second reach a file when another thread writes them, what a call costs its
caller, and what is left of the lines when the process is killed. Each library runs in fresh
processes, which take turns. A `drain` logs so many lines and ends when the last one is in the file;
a `kill` logs as fast as it can and sends itself SIGKILL in the midst of it. The file of every
process is parsed: a line that is missing, torn or written twice makes a `drain` invalid.

The other two are set up as their documentation says: `logger.add(..., enqueue=True)`, whose queue
is a pipe, and `QueueHandler` with a `QueueListener`, whose queue has no bound.

Sources: https://loguru.readthedocs.io/en/stable/api/logger.html#loguru._logger.Logger.add and
https://docs.python.org/3/library/logging.handlers.html#queuehandler.
`perf-lab delivery` prints the table alone; imports verify only.
"""

from __future__ import annotations

import json
import mmap
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from provide.foundation.config import DeliveryMode

EVENT = "benchmark_message"
Call = Callable[[int], None]
LIMIT_S = 120
#: Lines that Foundation's queue holds here, which is what it may lose: its default.
QUEUE_LINES = 16_384


def open_foundation(path: str, delivery: DeliveryMode) -> tuple[Call, Callable[[], None]]:
    """Return what logs one line, and what ends when all of them are in the file."""
    from provide.foundation import (
        Delivery,
        LoggingConfig,
        TelemetryConfig,
        get_logger,
        setup_telemetry,
        shutdown_telemetry,
    )

    logging = LoggingConfig(
        log_file=path,
        console_formatter="json",
        delivery=Delivery(delivery, queue_lines=QUEUE_LINES),
    )
    setup_telemetry(TelemetryConfig(logging=logging))
    log = get_logger("benchmark")
    return (lambda i: log.info(EVENT, iteration=i, thread_id=7, seconds=1.5)), shutdown_telemetry


def open_loguru(path: str) -> tuple[Call, Callable[[], None]]:
    """Return the same for loguru with its own JSON and its own queue."""
    from loguru import logger

    logger.remove()
    logger.add(path, serialize=True, enqueue=True, backtrace=False, diagnose=False)
    # `remove` joins the thread that writes.
    return (lambda i: logger.info(EVENT, iteration=i, thread_id=7, seconds=1.5)), logger.remove


def open_stdlib(path: str) -> tuple[Call, Callable[[], None]]:
    """Return the same for logging, orjson's formatter and a queue."""
    import logging
    import logging.handlers
    import queue

    from pythonjsonlogger.orjson import OrjsonFormatter

    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(OrjsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    lines: queue.SimpleQueue[Any] = queue.SimpleQueue()
    listener = logging.handlers.QueueListener(lines, handler)
    listener.start()
    log = logging.getLogger("benchmark")
    log.setLevel("INFO")
    log.propagate = False
    log.addHandler(logging.handlers.QueueHandler(lines))

    def call(i: int) -> None:
        log.info(EVENT, extra={"iteration": i, "thread_id": 7, "seconds": 1.5})

    return call, listener.stop


RIVALS: dict[str, Callable[[str], tuple[Call, Callable[[], None]]]] = {
    "foundation-background": lambda path: open_foundation(path, "background"),
    "foundation": lambda path: open_foundation(path, "direct"),
    "loguru-enqueue": open_loguru,
    "stdlib-queue": open_stdlib,
}


def run_drain(name: str, path: str, lines: int) -> dict[str, float]:
    """Log so many lines in this process; return the nanoseconds of each, and of its call."""
    call, close = RIVALS[name](path)
    call(-1)
    time.sleep(0.1)  # the thread of whoever has one is there
    cpu = time.process_time_ns()
    started = time.perf_counter_ns()
    for number in range(lines):
        call(number)
    called = time.perf_counter_ns()
    close()
    ended = time.perf_counter_ns()
    return {
        "ns": (ended - started) / lines,
        "call_ns": (called - started) / lines,
        "cpu_ns": (time.process_time_ns() - cpu) / lines,
    }


def run_kill(name: str, path: str, milliseconds: int, counter: str) -> None:
    """Log for so long, count the calls that have returned in a shared file, and die."""
    call, _ = RIVALS[name](path)
    call(-1)
    time.sleep(0.1)
    shared = mmap.mmap(os.open(counter, os.O_RDWR), 8)
    calls = 0
    end = time.perf_counter() + milliseconds / 1000
    while time.perf_counter() < end:
        call(calls)
        calls += 1
        shared[:] = struct.pack("q", calls)
    os.kill(os.getpid(), signal.SIGKILL)


def read_numbers(path: Path) -> list[int]:
    """Return the numbers of the whole lines in a file, whoever wrote it; a torn end is left out."""
    numbers = []
    data = path.read_bytes()
    for line in data[: data.rfind(b"\n") + 1].splitlines():
        value = json.loads(line)
        fields = value["record"]["extra"] if "record" in value else value
        numbers.append(int(fields["iteration"]))
    return numbers


def measure_delivery(
    rounds: int, lines: int, milliseconds: int, progress: Callable[[str], None]
) -> dict[str, Any]:
    """Return, for each library, its rounds, what it kept when killed, or why it is missing.

    Args:
        rounds: How often each library has its turn, in new processes.
        lines: How many lines a `drain` logs.
        milliseconds: How long a `kill` logs.
        progress: Is told what is being done.
    """
    rows: dict[str, dict[str, Any]] = {}
    for name in RIVALS:
        rows[name] = {"state": "ok", "rounds": [], "calls": [], "kept": []}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            for name, row in rows.items():
                if row["state"] != "ok":
                    continue
                progress(f"background delivery, round {number + 1} of {rounds}: {name}")
                try:
                    _take_turn(name, row, Path(folder), lines, milliseconds)
                except (subprocess.SubprocessError, ValueError) as error:
                    row.update(state="invalid", reason=str(error))
    for row in rows.values():
        if row["state"] == "ok":
            for key in ("ns", "call_ns", "cpu_ns"):
                row[key] = median(each[key] for each in row["rounds"])
            lost = [calls - kept for calls, kept in zip(row["calls"], row["kept"], strict=True)]
            row["lost"] = max(lost)
    return {"rows": rows, "queue_lines": QUEUE_LINES}


def _take_turn(name: str, row: dict[str, Any], folder: Path, lines: int, milliseconds: int) -> None:
    path, counter = folder / "app.log", folder / "calls"
    path.unlink(missing_ok=True)
    done = _run("drain", name, str(path), str(lines))
    if done.returncode:
        raise ValueError(done.stderr.strip().splitlines()[-1])
    if read_numbers(path) != list(range(-1, lines)):
        raise ValueError("the lines in the file are not those that were logged")
    timed = json.loads(done.stdout)

    path.unlink()
    counter.write_bytes(bytes(8))
    done = _run("kill", name, str(path), str(milliseconds), str(counter))
    if done.returncode != -signal.SIGKILL:
        raise ValueError(done.stderr.strip().splitlines()[-1])
    numbers = [number for number in read_numbers(path) if number >= 0]
    if numbers != list(range(len(numbers))):
        raise ValueError("the lines that were kept have a gap")
    (calls,) = struct.unpack("q", counter.read_bytes())
    row["rounds"].append(timed)
    row["calls"].append(calls)
    # A line may be in the file whose call has not been counted yet.
    row["kept"].append(min(len(numbers), calls))


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "perf_lab.delivery.background", *arguments],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def show_delivery(results: dict[str, Any]) -> str:
    """Return the table."""
    from perf_lab.records.text_table import text_table  # a child has no need of it

    cells: list[list[str]] = []
    for name, row in results["rows"].items():
        if row["state"] != "ok":
            cells.append([name, *[""] * 5, f"{row['state']}: {row['reason']}"])
            continue
        times = (f"{row[key] / 1000:.2f}" for key in ("ns", "call_ns", "cpu_ns"))
        cells.append([name, *times, f"{median(row['kept']):,.0f}", f"{row['lost']:,}"])
    return text_table(
        ("library", ">us/line", ">us/call", ">CPU us", ">kept", ">lost", ""), cells,
        title="Background delivery to a file; killed in the midst of a flood",
    )  # fmt: skip


def main(what: str, name: str, path: str, amount: str, *counter: str) -> None:
    """Be a child: `drain` or `kill`."""
    if what == "drain":
        print(json.dumps(run_drain(name, path, int(amount))))
    else:
        run_kill(name, path, int(amount), *counter)


if __name__ == "__main__":
    main(*sys.argv[1:])
