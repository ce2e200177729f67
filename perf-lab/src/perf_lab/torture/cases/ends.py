"""Returned means written, One line, one write: what is in an output, and in which order."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from perf_lab.torture.case import Stage, case
from perf_lab.torture.checks import every_line
from perf_lab.torture.judge import Performance
from perf_lab.torture.libraries import OURS, WITH_FILES

_ENOUGH = 200


def _log_and_tell(stage: Stage, ending: Callable[[], object] = bool) -> None:
    """Log for ever, and keep in a file how many calls have returned."""
    told = os.open(stage.folder / "returned", os.O_RDWR | os.O_CREAT)
    while True:
        stage.call()
        os.pwrite(told, struct.pack("q", stage.count), 0)
        if stage.count == _ENOUGH:
            ending()


def _returned(home: Path) -> int:
    """Return how many calls have returned in the process that has this folder."""
    with contextlib.suppress(OSError, struct.error):
        number: int = struct.unpack("q", (home / "returned").read_bytes())[0]
        return number
    return 0


def _send(number: int) -> Callable[[subprocess.Popen[bytes], Path], None]:
    """Make what sends a signal once enough calls have returned."""

    def send(process: subprocess.Popen[bytes], home: Path) -> None:
        end = time.monotonic() + 30
        while _returned(home) < _ENOUGH and time.monotonic() < end and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(number)

    return send


def _nothing_lost(performance: Performance) -> str:
    returned = _returned(performance.folder / "player0")
    if returned < _ENOUGH:
        return f"ended after {returned} calls"
    lost = {f"m{number}" for number in range(returned)} - performance.reading.present.keys()
    return f"lost {len(lost)} of {returned}" if lost else ""


@case(3, _nothing_lost, dying=True, during=_send(signal.SIGKILL))
def killed(stage: Stage) -> None:
    """SIGKILL."""
    _log_and_tell(stage)


@case(3, _nothing_lost, dying=True, during=_send(signal.SIGTERM))
def terminated(stage: Stage) -> None:
    """SIGTERM."""
    _log_and_tell(stage)


@case(3, _nothing_lost, dying=True, quick=True)
def left_at_once(stage: Stage) -> None:
    """os._exit."""
    _log_and_tell(stage, lambda: os._exit(3))


@case(3, _nothing_lost, dying=True)
def uncaught_exception(stage: Stage) -> None:
    """An exception that nobody catches."""

    def fail() -> None:
        raise RuntimeError("on purpose")

    _log_and_tell(stage, fail)


@case(3, _nothing_lost, dying=True)
def killed_by_a_thread(stage: Stage) -> None:
    """A crash (SIGSEGV) in another thread."""
    crash = threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGSEGV))
    _log_and_tell(stage, crash.start)


@case(3, _nothing_lost, dying=True, only=OURS, options={"delivery": "background"})
def replaced_by_exec(stage: Stage) -> None:
    """A process with a queue flushes, and replaces itself by `os.execv`."""
    from provide.foundation import flush

    def leave() -> None:
        flush(30)
        os.execv("/bin/true", ["true"])

    _log_and_tell(stage, leave)


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
