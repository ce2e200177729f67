"""Start a scene in a process, wire its output, end it if it hangs, and read what it left behind."""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from perf_lab.torture.case import KEPT, Case
from perf_lab.torture.judge import Performance, judge
from perf_lab.torture.libraries import Library
from perf_lab.torture.wiring import Wire

#: However busy it is, nothing may take longer than this.
LIMIT_S = 60.0
#: A process that has used less than this part of a CPU, and written nothing, makes no progress:
#: threads that wait for each other still wake up.
_PROGRESS = 0.03
#: What is ours must not be called hung because the machine is busy.
_PATIENCE = 3.0
_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_CONFIGURING = ("PYTEST", "PROVIDE_", "OTEL_", "FOUNDATION_", "LOG_", "LOGURU_", "PYTHONU")
#: What a library's process gets from this one; taken once, for pytest changes its environment.
_INHERITED = {k: v for k, v in os.environ.items() if not k.startswith(_CONFIGURING)}


def play_cell(library: Library, case: Case, lane: str, keep: Path | None) -> dict[str, str]:
    """Have a library play a case twice, and return the verdicts."""
    if reason := case.missing_reason(library):
        return {"verdict": reason}
    verdicts: dict[str, str] = {}
    for name in ("buffered", "unbuffered"):
        if verdicts.get("buffered", KEPT) != KEPT and library.name != "foundation":
            break  # broken is broken, and some take a long time for it
        with tempfile.TemporaryDirectory(prefix="torture-") as temporary:
            folder = Path(keep or temporary) / f"{case.name}-{library.name}-{name}"
            folder.mkdir(parents=True)
            found = perform(library, case, folder, lane=lane, unbuffered=name == "unbuffered")
            verdicts[name] = judge(case, found)
    first, second = verdicts["buffered"], verdicts.get("unbuffered", KEPT)
    verdict = first if second == KEPT or first != KEPT else f"unbuffered: {second}"
    return {"verdict": verdict, **verdicts}


def environment_for(library: Library, case: Case, *, lane: str, unbuffered: bool) -> dict[str, str]:
    """Return the variables of a library's process: only what it and Python need."""
    kept = {**_INHERITED, **library.environment}
    if library.environment and case.form == "text":
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
    file, aside, wire = folder / "app.log", folder / "aside.log", Wire(case.output, folder)
    command = [library.python, "-m", "perf_lab.torture.child", library.name, case.module, case.name]
    if case.output == "closed":
        command = ["sh", "-c", f'exec "$@" {library.stream}>&-', "sh", *command]
    homes = [folder / f"player{number}" for number in range(case.players)]
    processes = []
    with aside.open("ab") as other:
        streams: dict[int, Any] = {1: other, 2: other}
        if case.output != "file":
            streams[library.stream] = wire.writer
        for number, home in enumerate(homes):
            home.mkdir()
            tag = "m" if not number else f"p{chr(96 + number)}"
            own = {"TORTURE_FOLDER": str(home), "TORTURE_TAG": tag, "TORTURE_FILE": str(file)}
            processes.append(
                subprocess.Popen(
                    command, cwd=home, env={**environment, **own}, stdin=subprocess.DEVNULL,
                    stdout=streams[1], stderr=streams[2], start_new_session=True,
                )
            )  # fmt: skip
    wire.start()
    if case.during is not None:
        case.during(processes[0], homes[0])
    patience = _PATIENCE if library.name == "foundation" else 1.0
    hung = _watch(processes, case.limit_s * patience, wire)
    data = wire.finish()
    if case.output == "file" or (case.output == "none" and file.exists()):
        data = file.read_bytes() if file.exists() else b""
    return Performance(
        library,
        json=case.form_of(library) == "json",
        status=next((process.returncode for process in processes if process.returncode), 0),
        hung=hung,
        data=data,
        aside=aside.read_bytes(),
        folder=folder,
        facts=_merge_reports(homes),
    )


def _watch(processes: list[subprocess.Popen[bytes]], limit_s: float, wire: Wire) -> bool:
    """Wait for processes, end their sessions, and say whether one of them made no progress."""
    started = checked = time.monotonic()
    used, wrote, stuck = -math.inf, 0, False  # nothing is known at first, and nothing stuck
    while not stuck and any(process.poll() is None for process in processes):
        time.sleep(0.01)
        now = time.monotonic()
        if now - checked < limit_s:
            continue
        before = used + _PROGRESS * limit_s, wrote
        checked, used, wrote = now, sum(map(_cpu_seconds, processes)), len(wire.kept)
        stuck = used < before[0] and wrote == before[1]
        stuck = stuck or now - started > max(LIMIT_S, limit_s)
    for process in processes:
        with contextlib.suppress(ProcessLookupError):  # children that the scene left behind
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return stuck


def _cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    """Return what a process has used so far, and its children that have ended."""
    try:
        text = Path(f"/proc/{process.pid}/stat").read_text()
    except OSError:
        return 0.0
    return sum(map(int, text.rpartition(")")[2].split()[11:15])) / _TICK


def _merge_reports(homes: list[Path]) -> dict[str, Any]:
    """Return the reports of all players as one; empty if one of them has not come to that."""
    files = [home / "report.json" for home in homes]
    if not all(file.exists() for file in files):
        return {}
    merged: dict[str, Any]
    merged, *rest = (json.loads(file.read_text()) for file in files)
    for report in rest:
        merged["calls"] |= report["calls"]
        merged["others"] += report["others"]
        merged["raised"] |= report["raised"]
        if report["counted"]:
            merged["counted"]["written"] += report["counted"]["written"]
            merged["counted"]["dropped"] |= report["counted"]["dropped"]
    return merged
