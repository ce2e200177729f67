"""Start a scene in a process, wire its output, watch it, end it if it hangs; imports case."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from perf_lab.torture.case import Case, Performance
from perf_lab.torture.libraries import LIBRARIES, Library

#: However busy it is, nothing may take longer than this.
LIMIT_S = 60.0
#: A process that has used less than this part of a CPU, and written nothing, makes no progress:
#: threads that wait for each other still wake up.
_PROGRESS = 0.03
#: What is ours must not be called hung because the machine is busy.
_PATIENCE = 3.0
_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Wire:
    """Lead a standard stream to where a case wants it, and keep what comes out.

    Args:
        kind: ``pipe``; ``file``; ``nonblocking``, a pipe with a slow reader; ``stuck``, one that
            nobody reads until the process has ended; ``broken``, one whose reader is gone;
            ``socket``; ``terminal``; ``full``, a device without room; ``closed``.
        folder: For the file.
    """

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.kept = bytearray()
        self._reader = -1
        self._thread: threading.Thread | None = None
        self._path = folder / "stream.log"
        self.writer = self._open()
        if self._reader >= 0 and kind != "stuck":
            self._thread = threading.Thread(target=self._read, daemon=True)

    def _open(self) -> int:
        match self.kind:
            case "file":
                return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            case "full":
                return os.open("/dev/full", os.O_WRONLY)
            case "closed":
                return os.open(os.devnull, os.O_WRONLY)
            case "socket":
                ours, theirs = socket.socketpair()
                self._reader = ours.detach()
                return theirs.detach()
            case "terminal":
                self._reader, writer = os.openpty()
                return writer
        reader, writer = os.pipe()
        if self.kind == "broken":
            os.close(reader)
        else:
            self._reader = reader
        if self.kind in ("nonblocking", "stuck"):
            os.set_blocking(writer, False)
        return writer

    def start(self) -> None:
        """Let go of the process's end, and begin to read."""
        os.close(self.writer)
        if self._thread is not None:
            self._thread.start()

    def finish(self) -> bytes:
        """Return all that came out; a process that still holds the other end is not waited for."""
        if self.kind == "stuck":
            os.set_blocking(self._reader, False)
            self._read()
        if self._thread is not None:
            self._thread.join(5)
        if self.kind == "file":
            self.kept += self._path.read_bytes()
        return bytes(self.kept)

    def _read(self) -> None:
        slow = self.kind == "nonblocking"
        with contextlib.suppress(OSError):  # how Linux says that a terminal's other end is closed
            while data := os.read(self._reader, 4096 if slow else 1 << 16):
                self.kept += data
                if slow:
                    time.sleep(0.0005)
        os.close(self._reader)


def environment_for(library: Library, case: Case, *, lane: str, unbuffered: bool) -> dict[str, str]:
    """Return the variables of a library's process: only what it and Python need."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PROVIDE_", "OTEL_", "FOUNDATION_", "LOG_", "LOGURU_", "PYTHONU"))
    }
    kept.update(library.environment)
    if library.interpreter and case.form == "text":
        kept["PROVIDE_LOG_CONSOLE_FORMATTER"] = "key_value"
    if library.name == "foundation" and lane:
        kept["FOUNDATION_LANE"] = lane
    if unbuffered:
        kept["PYTHONUNBUFFERED"] = "1"
    return kept


def perform(
    library: Library, case: Case, folder: Path, *, lane: str = "", unbuffered: bool = False
) -> Performance:
    """Have a library play a scene, and return what it left behind.

    Args:
        library: Who plays.
        case: What.
        folder: An empty folder.
        lane: Foundation's lane; empty for its own choice.
        unbuffered: Whether Python's standard streams are raw.
    """
    environment = environment_for(library, case, lane=lane, unbuffered=unbuffered)
    environment["TORTURE_FILE"] = str(folder / "app.log")
    python = os.environ[library.interpreter] if library.interpreter else sys.executable
    command = [python, "-m", "perf_lab.torture.child", library.name, case.name]
    wire = Wire(case.wiring, folder)
    aside = os.open(folder / "aside.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    streams = {1: aside, 2: aside}
    if case.output != "file":
        streams[library.stream] = wire.writer
    if case.wiring == "closed":
        command = ["sh", "-c", f'exec "$@" {library.stream}>&-', "sh", *command]
    processes = []
    for number in range(case.players):
        home = folder / f"player{number}"
        home.mkdir()
        own = {
            "TORTURE_FOLDER": str(home),
            "TORTURE_TAG": "m" if not number else f"p{chr(96 + number)}",
        }
        processes.append(
            subprocess.Popen(
                command, cwd=home, env={**environment, **own}, stdin=subprocess.DEVNULL,
                stdout=streams[1], stderr=streams[2], start_new_session=True,
            )
        )  # fmt: skip
    wire.start()
    os.close(aside)
    if case.during is not None:
        case.during(processes[0], folder)
    patience = _PATIENCE if library.name == "foundation" else 1.0
    hung = _watch(processes, case.limit_s * patience, lambda: len(wire.kept))
    data = wire.finish()
    file = folder / "app.log"
    if case.output == "file" or (case.output == "none" and file.exists()):
        data = file.read_bytes() if file.exists() else b""
    return Performance(
        library.name,
        json=(case.form if case.form != "any" else library.forms[0]) == "json",
        status=next((process.returncode for process in processes if process.returncode), 0),
        hung=hung,
        data=data,
        aside=(folder / "aside.log").read_bytes(),
        folder=folder,
        facts=_merge_reports(folder, case.players),
    )


def _watch(
    processes: list[subprocess.Popen[bytes]], limit_s: float, written: Callable[[], int]
) -> bool:
    """Wait for processes; end their sessions and say True if one of them makes no progress."""
    started = checked = time.monotonic()
    before: tuple[float, int] | None = None
    while any(process.poll() is None for process in processes):
        time.sleep(0.01)
        now = time.monotonic()
        if now - checked < limit_s:
            continue
        checked = now
        state = (sum(map(_cpu_seconds, processes)), written())
        stuck = before is not None and (
            state[0] - before[0] < _PROGRESS * limit_s and state[1] == before[1]
        )
        if stuck or now - started > LIMIT_S:
            _end(processes)
            return True
        before = state
    _end(processes)
    return False


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):  # children that the scene left behind
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    """Return what a process has used so far, and its children that have ended."""
    try:
        text = Path(f"/proc/{process.pid}/stat").read_text()
    except OSError:
        return 0.0
    return sum(map(int, text.rpartition(")")[2].split()[11:15])) / _TICK


def _merge_reports(folder: Path, players: int) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for number in range(players):
        file = folder / f"player{number}" / "report.json"
        if not file.exists():
            return {}
        report = json.loads(file.read_text())
        if not merged:
            merged = report
            continue
        merged["calls"].update(report["calls"])
        merged["others"] += report["others"]
        merged["raised"] = dict(Counter(merged["raised"]) + Counter(report["raised"]))
        if report["counted"]:
            merged["counted"]["written"] += report["counted"]["written"]
            merged["counted"]["dropped"].update(report["counted"]["dropped"])
    return merged


def missing_reason(library: Library, case: Case) -> str:
    """Say why a library does not take part in a case; empty if it does."""
    if case.only and library.name not in case.only:
        return "-"
    if case.form != "any" and case.form not in library.forms:
        return f"no {'JSON' if case.form == 'json' else 'text'}"
    if library.interpreter and not os.path.exists(os.environ.get(library.interpreter, "")):
        return "not here"
    return ""


__all__ = ["LIBRARIES", "Wire", "missing_reason", "perform"]
