"""Run a web program: start its server, load it, end it, and gather all that was written."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from programs.load import plan_requests, send_requests
from programs.program import Failure, Run, free_port, started, wait_for_http

#: ``(process, folder)``: does something to a server while it is loaded; `wait_for_lines` says when.
Disturb = Callable[[subprocess.Popen[bytes], Path], None]


def serve(
    *command: str,
    end: signal.Signals = signal.SIGTERM,
    files: Sequence[str] = (),
    disturb: Disturb | None = None,
    **more: str,
) -> Callable[[Path, int], Run]:
    """Return what runs a server's command; ``{port}`` in it is where it has to listen.

    Args:
        *command: The command.
        end: The signal that asks it to end.
        files: Log files that it writes in its folder besides.
        disturb: What happens to it while it is loaded. A request whose connection breaks may then
            have lines, and nothing else is expected of it.
        **more: Variables of its environment, ``{port}`` in them likewise.
    """

    def run(folder: Path, count: int) -> Run:
        port = str(free_port())
        words = [word.replace("{port}", port) for word in command]
        variables = {name: value.replace("{port}", port) for name, value in more.items()}
        requests = plan_requests(count)
        with started(words, folder, end=end, **variables) as process:
            wait_for_http(process, f"http://127.0.0.1:{port}/health")
            if disturb is None:
                send_requests(int(port), requests)
            else:
                broken: set[str] = set()
                with ThreadPoolExecutor(1) as aside:
                    disturbed = aside.submit(disturb, process, folder)
                    send_requests(int(port), requests, broken)
                disturbed.result()
                requests = {key: path for key, path in requests.items() if key not in broken}
        written = (folder / "written").read_bytes()
        return Run(written + b"".join((folder / each).read_bytes() for each in files), requests)

    return run


def wait_for_lines(folder: Path, count: int, since: int = 0) -> int:
    """Wait until a program has written so many lines, and return how many it has.

    Args:
        folder: The program's.
        count: How many lines more than `since`.
        since: How many there were before.

    Raises:
        Failure: They have not come within 30 seconds.
    """
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        there = (folder / "written").read_bytes().count(b"\n")
        if there >= since + count:
            return there
        time.sleep(0.02)
    raise Failure(f"fewer than {count} lines have come")
