"""Returned means written: whatever ends the process, each call that had returned has its line."""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import read

_ENOUGH = 200


def _log_and_tell(stage: Stage, ending: Callable[[], None] | None = None) -> None:
    """Log for ever, and keep in a file how many calls have returned."""
    told = os.open(stage.folder / "returned", os.O_RDWR | os.O_CREAT)
    while True:
        stage.call()
        os.pwrite(told, struct.pack("q", stage.count), 0)
        if stage.count == _ENOUGH and ending is not None:
            ending()


def _returned(folder: Path) -> int:
    with contextlib.suppress(OSError, struct.error):
        number: int = struct.unpack("q", (folder / "player0" / "returned").read_bytes())[0]
        return number
    return 0


def _send(number: int) -> Callable[[subprocess.Popen[bytes], Path], None]:
    def send(process: subprocess.Popen[bytes], folder: Path) -> None:
        end = time.monotonic() + 30
        while _returned(folder) < _ENOUGH and time.monotonic() < end and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(number)

    return send


def _nothing_lost(performance: Performance) -> str:
    if performance.hung:
        return "hung"
    returned = _returned(performance.folder)
    if returned < _ENOUGH:
        return f"ended after {returned} calls"
    lost = {f"m{number}" for number in range(returned)} - read(performance).present.keys()
    return f"lost {len(lost)} of {returned}" if lost else KEPT


@case(3, _nothing_lost, during=_send(signal.SIGKILL))
def killed(stage: Stage) -> None:
    """SIGKILL."""
    _log_and_tell(stage)


@case(3, _nothing_lost, during=_send(signal.SIGTERM))
def terminated(stage: Stage) -> None:
    """SIGTERM."""
    _log_and_tell(stage)


@case(3, _nothing_lost, quick=True)
def left_at_once(stage: Stage) -> None:
    """os._exit."""
    _log_and_tell(stage, lambda: os._exit(3))


@case(3, _nothing_lost)
def uncaught_exception(stage: Stage) -> None:
    """An exception that nobody catches."""

    def fail() -> None:
        raise RuntimeError("on purpose")

    _log_and_tell(stage, fail)


@case(3, _nothing_lost)
def killed_by_a_thread(stage: Stage) -> None:
    """A crash (SIGSEGV) in another thread."""

    def crash() -> None:
        threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGSEGV)).start()

    _log_and_tell(stage, crash)


def _all_there(performance: Performance) -> str:
    if performance.hung:
        return "hung"
    lost = {f"m{number}" for number in range(_ENOUGH)} - read(performance).present.keys()
    return f"lost {len(lost)} of {_ENOUGH}" if lost else KEPT


@case(3, _all_there, only=("foundation",), options={"delivery": "background"})
def replaced_by_exec(stage: Stage) -> None:
    """A process with a queue flushes, and replaces itself by `os.execv`."""
    from provide.foundation import flush

    for _ in range(_ENOUGH):
        stage.call()
    flush(30)
    os.execv("/bin/true", ["true"])
