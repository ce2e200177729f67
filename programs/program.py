"""What a program is to this laboratory: how it is started, loaded, and what it has to write."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import attrs

APPS = Path(__file__).parent / "apps"
#: Nothing that configures Foundation, Python or pytest comes from outside.
_FOREIGN = ("PROVIDE_", "FOUNDATION_", "OTEL_", "DD_", "PYTHON", "PYTEST_", "LOG_LEVEL", "COVERAGE")
_PATIENCE_S = 60.0


class Failure(Exception):
    """Say why a program could not be judged at all: it did not start, or did not end."""


@attrs.frozen
class Run:
    """What a program was asked to do, and what it wrote.

    Attributes:
        written: All that came on stdout and stderr of all its processes, and in its log files.
        requests: The id of each request or task that it was given, and what it was asked for: a
            path, whose first part is its kind.
    """

    written: bytes
    requests: Mapping[str, str]


@attrs.frozen
class Program:
    """A program with its load.

    Attributes:
        name: What the table calls it, such as ``"FastAPI, uvicorn --workers 2"``.
        distribution: What the table shows the version of.
        run: ``(folder, requests) -> Run``: start it in an empty folder, load it, end it.
        requests: How many requests or tasks it gets.
        quick: Whether `nox -s programs -- --quick` has it: one of each kind of program, if its
            framework's own tests do not load it already.
        events: What each request that does not fail has to write, once: the events.
        failing_events: Likewise for each one that fails.
        other_events: Likewise for those of other kinds, by the first part of what was asked for;
            an event that has to come twice stands there twice: ``{"retry": (...)}``.
        exceptions: How often the exception of a failing request stands in the lines.
        id_field: The field that says which request or task a line belongs to.
        allowed_plain: Lines that are no JSON and may be, by the reason of each: a banner of a
            program that nobody can turn off.
    """

    name: str
    distribution: str
    run: Callable[[Path, int], Run]
    requests: int = 500
    quick: bool = False
    events: Sequence[str] = ("item_shown", "stock read", "request_finished")
    failing_events: Sequence[str] = ("request_finished",)
    other_events: Mapping[str, Sequence[str]] = attrs.field(factory=dict)
    exceptions: int = 1
    id_field: str = "request_id"
    allowed_plain: Mapping[str, str] = attrs.field(factory=dict)


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which nothing configures Foundation, and programs are ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    return {**kept, "PATH": path, "PYTHONPATH": str(APPS), "PYTHONUNBUFFERED": "1", **more}


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(
    command: Sequence[str], folder: Path, *, end: signal.Signals = signal.SIGTERM, **more: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command with stdout and stderr in ``folder/written``; end it, and its children, after.

    Args:
        command: The program and its arguments.
        folder: Where it runs.
        end: The signal that asks it to end.
        **more: Variables of its environment.

    Raises:
        Failure: It did not end within 30 seconds.
    """
    with (folder / "written").open("ab") as written:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(**more), stdin=subprocess.DEVNULL,
            stdout=written, stderr=written, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
        process.send_signal(end)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            raise Failure(f"{command[0]} did not end by {end.name}") from None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for_http(process: subprocess.Popen[bytes], url: str) -> None:
    """Wait until a server answers, whatever its answer is.

    Raises:
        Failure: It has ended, or has not answered within a minute.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Failure(f"it ended with {process.returncode} before it answered")
        try:
            urlopen(url, timeout=5).close()
        except HTTPError as answer:
            answer.close()
            return
        except (URLError, OSError):
            time.sleep(0.05)
        else:
            return
    raise Failure(f"{url} has not answered")
