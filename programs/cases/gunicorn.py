"""gunicorn, while things happen to it: signals, workers that end, workers that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from programs.program import Program, Run
from programs.web import Disturb, serve, wait_for_lines

_LOGGER = "provide.foundation.integrations.gunicorn.Logger"


def _run(
    *options: str,
    app: str = "flask_app:create_app()",
    disturb: Disturb | None = None,
    files: Sequence[str] = (),
    log_file: str = "",
) -> Callable[[Path, int], Run]:
    command = ("gunicorn", "-b", "127.0.0.1:{port}", "-w", "2", "--logger-class", _LOGGER)
    return serve(*command, *options, app, disturb=disturb, files=files, PROVIDE_LOG_FILE=log_file)


def _hang_up(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Have gunicorn read its configuration again, and replace its workers, three times."""
    lines = wait_for_lines(folder, 200)
    for _ in range(3):
        process.send_signal(signal.SIGHUP)
        lines = wait_for_lines(folder, 400, lines)


def _kill_workers(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Kill a worker three times, wherever it is."""
    lines = wait_for_lines(folder, 200)
    for _ in range(3):
        os.kill(_workers_of(process)[0], signal.SIGKILL)
        lines = wait_for_lines(folder, 400, lines)


def _move_file(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Move the log file away, as logrotate does, and tell gunicorn."""
    current = folder / "shop.log"
    while current.stat().st_size < 50_000:
        pass
    current.rename(folder / "shop.log.1")
    process.send_signal(signal.SIGUSR1)


def _workers_of(process: subprocess.Popen[bytes]) -> list[int]:
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(child) for child in listed.split()]


PROGRAMS = [
    Program(
        "gunicorn, HUP under load",
        "gunicorn",
        _run("--access-logfile", "-", disturb=_hang_up),
        requests=1000,
    ),
    Program(
        "gunicorn, HUP under load, preload",
        "gunicorn",
        _run("-k", "gthread", "--preload", disturb=_hang_up),
        requests=1000,
    ),
    Program("gunicorn, --max-requests", "gunicorn", _run("--max-requests", "50"), requests=500),
    Program("gunicorn, SIGKILL under load", "gunicorn", _run(disturb=_kill_workers), requests=1000),
    Program(
        "gunicorn, file moved, USR1",
        "gunicorn",
        _run(
            disturb=_move_file,
            files=("shop.log.1", "shop.log"),
            log_file="shop.log",
        ),
        requests=1000,
    ),
    Program(
        "FastAPI, gunicorn uvicorn_worker",
        "gunicorn",
        _run("-k", "uvicorn_worker.UvicornWorker", app="fastapi_app:app"),
        requests=1000,
        quick=True,
    ),
]
