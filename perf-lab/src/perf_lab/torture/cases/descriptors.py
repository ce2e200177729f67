"""Foreign files stay clean; and Never silent, where the folder has gone."""

from __future__ import annotations

import os
import shutil
import socket
import time

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import lines_only, manner, no_silent_loss

#: Libraries that write to a file of their own.
_WITH_FILES = (
    "foundation", "structlog-orjson", "structlog", "logging", "loguru", "picologging", "logbook",
)  # fmt: skip
_BYTES = 100_000


def _judge(performance: Performance) -> str:
    found = manner(performance, raising=True)
    if found:
        return found
    stray = performance.facts["stray"]
    return f"{stray} foreign files written to" if stray else lines_only(performance)


def _close_and_reuse(stage: Stage, *, doubled: bool) -> None:
    """Close every descriptor, have others take the numbers, and log; count who got a line."""
    stage.call()
    os.closerange(3, 4096)
    database = stage.folder / "database"
    database.write_bytes(bytes(_BYTES))
    strangers = [os.open(database, os.O_RDWR) for _ in range(30)]
    pairs = [socket.socketpair() for _ in range(10)]
    if doubled:
        for fd in range(3, 33):
            os.dup2(strangers[0], fd)
    for _ in range(40):
        stage.call()
    stray = int(database.read_bytes() != bytes(_BYTES))
    for one in () if doubled else [one for pair in pairs for one in pair]:
        one.setblocking(False)
        try:
            stray += bool(one.recv(1))
        except BlockingIOError:
            continue
    stage.facts["stray"] = stray


@case(18, _judge, only=_WITH_FILES, quick=True)
def descriptors_closed(stage: Stage) -> None:
    """A daemonizer closes every descriptor, and a database and sockets get their numbers."""
    _close_and_reuse(stage, doubled=False)


@case(18, _judge, only=_WITH_FILES)
def descriptors_doubled(stage: Stage) -> None:
    """A program puts its database under every low number with dup2."""
    _close_and_reuse(stage, doubled=True)


@case(18, _judge, only=_WITH_FILES)
def double_fork(stage: Stage) -> None:
    """A process forks twice, closes every descriptor, and goes on to log as a daemon."""
    stage.call()
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        daemon = os.fdopen(reader, "rb")
        stage.facts["stray"] = int(daemon.read() or b"1")
        for _ in range(40):
            stage.take()  # the daemon's calls
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    spare = 60  # it keeps the pipe alone
    os.dup2(writer, spare)
    os.closerange(3, spare)
    os.closerange(spare + 1, 4096)
    database = stage.folder / "database"
    database.write_bytes(bytes(_BYTES))
    for _ in range(20):
        os.open(database, os.O_RDWR)
    for _ in range(40):
        stage.call()
    os.write(spare, b"%d" % (database.read_bytes() != bytes(_BYTES)))
    os._exit(0)


def _judge_folder(performance: Performance) -> str:
    found = no_silent_loss(performance)
    if found != KEPT:
        return found
    late = performance.facts["late"]
    missing = sum(f"beg-m{n}-".encode() not in performance.data for n in range(late, late + 20))
    return f"{missing} of 20 lost after its return" if missing else KEPT


@case(2, _judge_folder, watch=True, only=_WITH_FILES)
def folder_deleted(stage: Stage) -> None:
    """The log's folder is deleted, and made again: what cannot be found is counted."""
    folder = stage.folder / "logs"
    folder.mkdir()
    file = stage.file
    moved = folder / "app.log"
    file.rename(moved)
    file.symlink_to(moved)  # the folder that goes is not the judge's
    time.sleep(1.1)
    shutil.rmtree(folder)
    time.sleep(1.1)
    for _ in range(50):
        stage.call()
    folder.mkdir()
    time.sleep(1.1)
    stage.facts["late"] = stage.count
    for _ in range(20):
        stage.call()
