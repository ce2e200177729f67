"""Rotation is followed: a file that others rotate is followed."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from pathlib import Path

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import expected, manner, read


def _work(stage: Stage, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        stage.call()
        time.sleep(0.005)


def _marks(data: bytes, performance: Performance) -> set[str]:
    copy = Performance(performance.library, performance.json, data=data)
    return set(read(copy).present)


def _judge_rotation(performance: Performance) -> str:
    found = manner(performance)
    if found:
        return found
    old = performance.folder / "app.log.1"
    new = _marks(performance.data, performance)
    calls = expected(performance)
    late = {f"m{n}" for n in range(performance.facts["late"], len(calls))}
    if late - new:
        return "not followed"
    if old.exists():
        lost = calls - new - _marks(old.read_bytes(), performance)
        return f"lost {len(lost)} of {len(calls)}" if lost else KEPT
    return KEPT


def _rotate(stage: Stage, how: str) -> None:
    file = stage.file
    old = Path(f"{file}.1")
    _work(stage, 0.1)
    if how == "rename":
        file.rename(old)
    elif how == "unlink":
        file.unlink()
    else:
        shutil.copy(file, old)
        os.truncate(file, 0)
    _work(stage, 1.2)
    stage.facts["late"] = stage.count
    _work(stage, 0.1)


@case(11, _judge_rotation, watch=True)
def renamed(stage: Stage) -> None:
    """Rename: no line is lost, and within a second they go to the new file."""
    _rotate(stage, "rename")


@case(11, _judge_rotation, watch=True)
def unlinked(stage: Stage) -> None:
    """Unlink: within a second lines go to a new file."""
    _rotate(stage, "unlink")


@case(11, _judge_rotation, watch=True)
def copied_and_truncated(stage: Stage) -> None:
    """Copytruncate: lines go on at the new end, without a hole."""
    _rotate(stage, "copytruncate")


def _private(performance: Performance) -> str:
    facts = performance.facts
    found = manner(performance)
    if found:
        return found
    if facts["mode"] != "0o640":
        return f"mode {facts['mode']}"
    if facts["inheritable"]:
        return "inherited by programs that it starts"
    return KEPT if facts["append"] else "no O_APPEND"


@case(11, _private, output="none", quick=True,
      only=("foundation", "structlog-orjson", "structlog", "logging", "loguru", "picologging",
            "logbook"))  # fmt: skip
def private_file(stage: Stage) -> None:
    """A new file has mode 0640, is appended to, and closed when a program is started."""
    import sys

    from perf_lab.torture.libraries import LIBRARIES, Request

    os.umask(0)
    library = LIBRARIES[sys.argv[1]]
    request = Request(stage.file, text="json" not in library.forms, watch=False, options={})
    stage.log = library.set_up(request)
    stage.call()
    inode = stage.file.stat()
    for fd in range(3, 1024):
        try:
            found = os.fstat(fd)
        except OSError:
            continue
        if os.path.samestat(found, inode):
            stage.facts["inheritable"] = os.get_inheritable(fd)
            stage.facts["append"] = bool(fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_APPEND)
    stage.facts["mode"] = oct(inode.st_mode & 0o7777)
