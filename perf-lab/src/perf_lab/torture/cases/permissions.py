"""Files get no wider: the permissions of successors, and links."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import manner

_WATCHING = ("foundation", "logging", "loguru", "picologging", "logbook")
_STAMP = "20200101T000000.000000Z"


def _judge_modes(performance: Performance) -> str:
    found = manner(performance)
    if found:
        return found
    modes = [
        stat.S_IMODE(file.stat().st_mode) for file in sorted(performance.folder.glob("app.log*"))
    ]
    if len(modes) < 2:
        return "no new file"
    wider = {oct(mode) for mode in modes if mode & ~0o600}
    return f"new file {'/'.join(sorted(wider))}" if wider else KEPT


@case(27, _judge_modes, watch=True, only=_WATCHING)
def successor_of_a_private_file(stage: Stage) -> None:
    """A file with mode 0600 is renamed: its successor is not for others either."""
    os.umask(0o022)
    stage.call()
    stage.file.chmod(0o600)
    stage.file.rename(f"{stage.file}.1")
    end = time.monotonic() + 1.3
    while time.monotonic() < end:
        stage.call()
        time.sleep(0.02)


@case(27, _judge_modes, only=("foundation",),
      options={"rotation": {"max_bytes": 2000, "compress": True}})  # fmt: skip
def generations_of_a_private_file(stage: Stage) -> None:
    """A file with mode 0600 is rotated and compressed: all that comes of it is as private."""
    os.umask(0)
    stage.call()
    stage.file.chmod(0o600)
    for _ in range(200):
        stage.call()
    time.sleep(0.5)


def _judge_links(performance: Performance) -> str:
    found = manner(performance)
    if found:
        return found
    if (performance.folder / "victim").read_bytes() != b"mine":
        return "a link was followed"
    made = Path(f"{performance.folder / 'app.log'}.{_STAMP}.gz")
    if not made.exists():
        return "not compressed"
    return "setuid" if made.stat().st_mode & 0o7000 else KEPT


@case(27, _judge_links, only=("foundation",), output="none")
def links_in_the_folder(stage: Stage) -> None:
    """Links stand where compressed files are made, and an earlier file is setuid."""
    from provide.foundation import LoggingConfig, Rotation, TelemetryConfig, setup_telemetry

    victim = stage.file.with_name("victim")
    victim.write_bytes(b"mine")
    earlier = Path(f"{stage.file}.{_STAMP}")
    earlier.write_bytes(b"{}\n")
    earlier.chmod(0o6640)
    Path(f"{earlier}.gz.part").symlink_to(victim)
    logging = LoggingConfig(log_file=stage.file, rotation=Rotation(max_bytes=2000, compress=True))
    setup_telemetry(TelemetryConfig(logging=logging))
    end = time.monotonic() + 5
    while earlier.exists() and time.monotonic() < end:
        time.sleep(0.02)
