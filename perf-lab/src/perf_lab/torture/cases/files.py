"""Rotation is followed, Foreign files stay clean, Together on one file, Files get no wider."""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

from perf_lab.torture.case import Stage, case
from perf_lab.torture.checks import whole_lines
from perf_lab.torture.judge import Performance
from perf_lab.torture.libraries import WATCHING, WITH_FILES

_BYTES = bytes(100_000)


def _work(stage: Stage, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        stage.call()
        time.sleep(0.005)


def _followed(performance: Performance) -> str:
    old = performance.folder / "app.log.1"
    new = set(performance.reading.present)
    calls = performance.calls
    if {f"m{n}" for n in range(performance.facts["late"], len(calls))} - new:
        return "not followed"
    lost = len(calls - new - performance.marks_of(old.read_bytes())) if old.exists() else 0
    return f"lost {lost} of {len(calls)}" if lost else ""


@case(11, _followed, watch=True, name="copied_and_truncated", argument="copytruncate",
      title="Copytruncate: lines go on at the new end, without a hole.")  # fmt: skip
@case(11, _followed, watch=True, name="unlinked", argument="unlink",
      title="Unlink: within a second lines go to a new file.")  # fmt: skip
@case(11, _followed, watch=True, name="renamed", argument="rename",
      title="Rename: no line is lost, and within a second they go to the new file.")  # fmt: skip
def rotate(stage: Stage, how: str) -> None:
    """Rotate the file in the midst of calls."""
    old = Path(f"{stage.file}.1")
    _work(stage, 0.1)
    if how == "rename":
        stage.file.rename(old)
    elif how == "unlink":
        stage.file.unlink()
    else:
        shutil.copy(stage.file, old)
        os.truncate(stage.file, 0)
    _work(stage, 1.2)
    stage.facts["late"] = stage.count
    _work(stage, 0.1)


@case(11, output="none", quick=True, only=WITH_FILES)
def private_file(stage: Stage) -> str:
    """A new file has mode 0640, is appended to, and closed when a program is started."""
    os.umask(0)
    stage.set_up()
    stage.call()
    if (mode := oct(stage.file.stat().st_mode & 0o7777)) != "0o640":
        return f"mode {mode}"
    links = [link for link in Path("/proc/self/fd").iterdir() if link.exists()]
    fd = next(int(link.name) for link in links if link.samefile(stage.file))
    if os.get_inheritable(fd):
        return "inherited by programs that it starts"
    return "" if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_APPEND else "no O_APPEND"


def _touched(number: int) -> str:
    return f"{number} foreign files written to" if number else ""


def _open_database(stage: Stage, number: int) -> tuple[Path, list[int]]:
    """Open a file that is not ours under so many numbers, the lowest that are free."""
    database = stage.folder / "database"
    database.write_bytes(_BYTES)
    return database, [os.open(database, os.O_RDWR) for _ in range(number)]


@case(18, whole_lines, raising=True, only=WITH_FILES, argument=True, name="descriptors_doubled",
      title="A program puts its database under every low number with dup2.")  # fmt: skip
@case(18, whole_lines, raising=True, only=WITH_FILES, argument=False, name="descriptors_closed",
      title="A daemonizer closes every descriptor, and a database and sockets get their numbers.",
      quick=True)  # fmt: skip
def close_and_reuse(stage: Stage, doubled: bool) -> str:
    """Close every descriptor, have others take the numbers, and log; count who got a line."""
    stage.call()
    os.closerange(3, 4096)
    database, strangers = _open_database(stage, 30)
    sockets = [end for _ in range(10) for end in socket.socketpair()]
    for fd in range(3, 33) if doubled else ():
        os.dup2(strangers[0], fd)
    stage.calls(40)
    stray = int(database.read_bytes() != _BYTES)
    for end in () if doubled else sockets:
        end.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            stray += bool(end.recv(1))
    return _touched(stray)


@case(18, whole_lines, raising=True, only=WITH_FILES)
def double_fork(stage: Stage) -> str:
    """A process forks twice, closes every descriptor, and goes on to log as a daemon."""
    stage.call()
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        stray = int(os.fdopen(reader, "rb").read() or b"1")
        for _ in range(40):
            stage.take()  # the daemon's calls
        return _touched(stray)
    os.setsid()
    if os.fork():
        os._exit(0)
    spare = 60  # it keeps the pipe alone
    os.dup2(writer, spare)
    os.closerange(3, spare)
    os.closerange(spare + 1, 4096)
    database, _ = _open_database(stage, 20)
    stage.calls(40)
    os.write(spare, b"%d" % (database.read_bytes() != _BYTES))
    os._exit(0)


#: Rotates and compresses the file that the scene's library writes to. It is Foundation, for none of
#: the others compresses what several processes write to.
_ROTATING = """
import sys, time
from provide.foundation import LoggingConfig, Rotation, TelemetryConfig, get_logger, setup_telemetry
setup_telemetry(TelemetryConfig(logging=LoggingConfig(
    log_file=sys.argv[1], console_formatter="json",
    rotation=Rotation(max_bytes=20_000, compress=True), capture_stdlib=False)))
end = time.monotonic() + 2.5
while time.monotonic() < end:
    get_logger("rotating").info("fills the file", text="x" * 100)
    time.sleep(0.002)
"""


def _nothing_destroyed(performance: Performance) -> str:
    seen: set[str] = set()
    files = [each for each in performance.folder.glob("app.log*") if each.suffix != ".part"]
    for file in files:
        data = file.read_bytes()
        seen |= performance.marks_of(gzip.decompress(data) if file.suffix == ".gz" else data)
    if not any(file.suffix == ".gz" for file in files):
        return "nothing was compressed"
    lost = len(performance.calls - seen)
    return f"lost {lost} of {len(performance.calls)}" if lost else ""


@case(20, _nothing_destroyed, watch=True, limit_s=10.0, only=WATCHING)
def beside_a_rotating_process(stage: Stage) -> None:
    """A process writes to a file that another one rotates and compresses: no line is destroyed."""
    environment = {"FOUNDATION_LANE": "fast", **os.environ}
    command = [sys.executable, "-c", _ROTATING, str(stage.file)]
    with subprocess.Popen(command, env=environment) as other:
        while other.poll() is None:
            stage.call()
            time.sleep(0.002)
    assert other.returncode == 0


def _no_wider(performance: Performance) -> str:
    files = sorted(performance.folder.glob("app.log*"))
    modes = [stat.S_IMODE(file.stat().st_mode) for file in files]
    if len(modes) < 2:
        return "no new file"
    wider = {oct(mode) for mode in modes if mode & ~0o600}
    return f"new file {'/'.join(sorted(wider))}" if wider else ""


@case(27, _no_wider, watch=True, only=WATCHING)
def successor_of_a_private_file(stage: Stage) -> None:
    """A file with mode 0600 is renamed: its successor is not for others either."""
    os.umask(0o022)
    stage.call()
    stage.file.chmod(0o600)
    stage.file.rename(f"{stage.file}.1")
    _work(stage, 1.3)
