"""Returned means written, One line, one write: what is in an output, and in which order."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from perf_lab.torture.case import Stage, case
from perf_lab.torture.checks import every_line
from perf_lab.torture.judge import Performance
from perf_lab.torture.libraries import WITH_FILES

_ENOUGH = 200


def log_for_ever(stage: Stage, ending: Callable[[], object] = bool) -> None:
    """Log for ever, and keep in a file how many calls have returned."""
    told = os.open(stage.folder / "returned", os.O_RDWR | os.O_CREAT)
    while True:
        stage.call()
        os.pwrite(told, b"%d" % stage.count, 0)
        if stage.count == _ENOUGH:
            ending()


def _returned(home: Path) -> int:
    """Return how many calls have returned in the process that has this folder."""
    told = home / "returned"
    return int(told.read_bytes() or 0) if told.exists() else 0


def _send(number: int, process: subprocess.Popen[bytes], home: Path) -> None:
    """Send a signal once enough calls have returned."""
    end = time.monotonic() + 30
    while _returned(home) < _ENOUGH and time.monotonic() < end and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(number)


def _crash() -> None:
    threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGSEGV)).start()


def _nothing_lost(performance: Performance) -> str:
    returned = _returned(performance.folder / "player0")
    if returned < _ENOUGH:
        return f"ended after {returned} calls"
    lost = {f"m{number}" for number in range(returned)} - performance.reading.present.keys()
    return f"lost {len(lost)} of {returned}" if lost else ""


#: How a process ends that logs for ever, by the case: its title, and what brings the end about.
_ENDS: dict[str, tuple[str, dict[str, Any]]] = {
    "killed": ("SIGKILL", {"during": partial(_send, signal.SIGKILL)}),
    "terminated": ("SIGTERM", {"during": partial(_send, signal.SIGTERM)}),
    "left_at_once": ("os._exit", {"argument": lambda: os._exit(3), "quick": True}),
    "uncaught_exception": ("An exception that nobody catches", {"argument": lambda: 1 / 0}),
    "killed_by_a_thread": ("A crash (SIGSEGV) in another thread", {"argument": _crash}),
}
for _name, (_title, _how) in _ENDS.items():
    case(3, _nothing_lost, name=_name, title=_title, dying=True, **_how)(log_for_ever)


@case(4, every_line, players=8, limit_s=10)
def processes_share_a_file(stage: Stage) -> None:
    """8 processes write lines of 100 B to 1 MB to one file."""
    choose = random.Random(stage.tag)
    for _ in range(12):
        stage.call(pad="y" * choose.choice([100, 5000, 1 << 20]))


def _in_order(performance: Performance) -> str:
    seen = []
    for line in performance.data.decode().splitlines():
        mark = line.partition("end-m")[2].partition("-")[0]
        seen.append(2 * int(line) if line.isdecimal() else 2 * int(mark) + 1 if mark else -1)
    return "" if seen == list(range(200)) else "out of order"


@case(4, _in_order, output="pipe", only=WITH_FILES)
def order_with_print(stage: Stage) -> None:
    """Lines on stdout keep their order with print()."""
    for number in range(100):
        print(number)
        stage.call()


@case(4)
def one_write_a_line(stage: Stage) -> str:
    """A line of 50 KB to a file is one system call, as the kernel counts them."""

    def count() -> int:
        text = Path("/proc/self/io").read_text()
        return int(text.partition("syscw: ")[2].split()[0])

    stage.call(pad="y" * 50_000)
    before = count()
    stage.calls(20, pad="y" * 50_000)
    writes = count() - before
    return "" if writes == 20 else f"{writes} writes for 20 lines"
