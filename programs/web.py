"""Run a web program: start its server, load it, end it, and gather all that was written."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from programs.load import plan_requests, send_requests
from programs.program import Run, free_port, started, wait_for_http


def serve(
    *command: str, end: signal.Signals = signal.SIGTERM, files: Sequence[str] = (), **more: str
) -> Callable[[Path, int], Run]:
    """Return what runs a server's command; ``{port}`` in it is where it has to listen.

    Args:
        *command: The command.
        end: The signal that asks it to end.
        files: Log files that it writes in its folder besides.
        **more: Variables of its environment, ``{port}`` in them likewise.
    """

    def run(folder: Path, count: int) -> Run:
        port = str(free_port())
        words = [word.replace("{port}", port) for word in command]
        variables = {name: value.replace("{port}", port) for name, value in more.items()}
        requests = plan_requests(count)
        with started(words, folder, end=end, **variables) as process:
            wait_for_http(process, f"http://127.0.0.1:{port}/health")
            send_requests(int(port), requests)
        written = (folder / "written").read_bytes()
        return Run(written + b"".join((folder / each).read_bytes() for each in files), requests)

    return run
