"""uWSGI with the loggers of docs/integrations/uwsgi.md."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from programs.program import APPS, Program, Run
from programs.web import Disturb, serve, wait_for_lines

#: uWSGI says so before its loggers are there.
_EARLY = {
    "[uWSGI] getting INI configuration": "printed before the loggers are set",
    "[log-encoder] registered": "printed while the loggers are being set",
}


def _run(module: str, *options: str, disturb: Disturb | None = None) -> Callable[[Path, int], Run]:
    ini = str(APPS / "uwsgi.ini")
    command = (
        "uwsgi",
        "--ini",
        ini,
        "--http-socket",
        "127.0.0.1:{port}",
        "--pythonpath",
        str(APPS),
    )
    address = ("--http-socket", "127.0.0.1:{port}")
    return serve(*command, *address, "--module", module, *options, disturb=disturb)


def _kill_worker(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Kill a worker, wherever it is; uWSGI itself stands still where more of them die at once."""
    lines = wait_for_lines(folder, 200)
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    os.kill(int(listed.split()[0]), signal.SIGKILL)
    wait_for_lines(folder, 300, lines)


PROGRAMS = [
    Program("Flask, uWSGI", "pyuwsgi", _run("flask_app:create_app()"), allowed_plain=_EARLY),
    Program("WSGI, uWSGI", "pyuwsgi", _run("wsgi_app"), 2000, quick=True, allowed_plain=_EARLY),
    Program(
        "WSGI, uWSGI, SIGKILL under load",
        "pyuwsgi",
        _run("wsgi_app", disturb=_kill_worker),
        1000,
        allowed_plain=_EARLY,
    ),
]
