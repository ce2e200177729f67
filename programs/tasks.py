"""Run a task queue: start its broker and workers, send tasks, and gather what was written."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from programs.load import FAILING, plan_requests, send_requests
from programs.program import APPS, Failure, Run, environment, free_port, started, wait_for_http

Line = dict[str, Any]

_PATIENCE_S = 90.0
#: Every so manieth task is tried twice, where the queue can do that.
_RETRIED = 13


def plan_tasks(count: int, *, retries: bool = False) -> dict[str, str]:
    """Return ids and what is asked for: work, and now and then a failure or a second attempt."""
    kinds = {7: "fail", **({_RETRIED: "retry"} if retries else {})}
    return {
        f"task-{number:05}": f"/{kinds.get(number % FAILING, 'items')}/{number}"
        for number in range(count)
    }


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Run a Redis server of one's own, and give its address.

    Raises:
        Failure: It has not begun.
    """
    port = str(free_port())
    command = ["redis-server", "--port", port, "--save", "", "--dir", str(folder)]
    with (folder / "redis").open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    try:
        _wait(lambda: b"Ready to accept" in (folder / "redis").read_bytes(), server, "redis-server")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.kill()
        server.wait()


def work(
    *commands: Sequence[str],
    app: str,
    ready: str,
    retries: bool = False,
    end: signal.Signals = signal.SIGTERM,
    **more: str,
) -> Callable[[Path, int], Run]:
    """Return what runs workers, and has them do tasks that another process sends.

    Args:
        *commands: The commands of the workers; ``{broker}`` in them is the address of Redis, which
            is the variable BROKER as well.
        app: The module of `programs/apps` that has the tasks; its function ``send`` takes ids and
            what is asked for.
        ready: What a worker writes once it takes tasks.
        retries: Whether some tasks are tried twice.
        end: The signal that asks a worker to end.
        **more: Variables of its environment.
    """

    def run(folder: Path, count: int) -> Run:
        tasks = plan_tasks(count, retries=retries)
        with redis(folder) as broker, ExitStack() as workers:
            variables = {**more, "BROKER": broker}
            for words in commands:
                command = [word.replace("{broker}", broker) for word in words]
                enter_worker(workers, command, folder, ready, end, variables)
            send_tasks(app, folder, tasks, **variables)
            wait_for_ends(folder, tasks, "task_id")
        return Run((folder / "written").read_bytes(), tasks)

    return run


def run_alone(script: str, *options: str, **more: str) -> Callable[[Path, int], Run]:
    """Return what runs a program that does tasks by itself, and ends when they are done.

    Args:
        script: A file of `programs/apps`; it reads ids, and what is asked for, from stdin.
        *options: Its arguments.
        **more: Variables of its environment.
    """

    def run(folder: Path, count: int) -> Run:
        tasks = plan_tasks(count)
        _give(folder, [str(APPS / script), *options], tasks, more)
        return Run((folder / "written").read_bytes(), tasks)

    return run


def serve_and_work(
    server: Sequence[str], worker: Sequence[str], ready: str
) -> Callable[[Path, int], Run]:
    """Return what runs a web server that sends a task for each request, and a worker.

    Args:
        server: The server's command; ``{port}`` in it is where it has to listen.
        worker: The worker's command.
        ready: What the worker writes once it takes tasks.
    """

    def run(folder: Path, count: int) -> Run:
        port, requests = str(free_port()), plan_requests(count)
        words = [word.replace("{port}", port) for word in server]
        with redis(folder) as broker, ExitStack() as running:
            variables = {"BROKER": broker}
            enter_worker(running, worker, folder, ready, signal.SIGTERM, variables)
            process = running.enter_context(started(words, folder, BROKER=broker))
            wait_for_http(process, f"http://127.0.0.1:{port}/health")
            send_requests(int(port), requests)
            sent = [each for each, path in requests.items() if path.startswith("/items")]
            wait_for_ends(folder, sent, "request_id")
        return Run((folder / "written").read_bytes(), requests)

    return run


def enter_worker(
    running: ExitStack,
    command: Sequence[str],
    folder: Path,
    ready: str,
    end: signal.Signals,
    variables: Mapping[str, str],
) -> None:
    """Start a worker, and wait until it says that it takes tasks.

    Raises:
        Failure: It has ended, or has not said so.
    """
    written, text = folder / "written", ready.encode()
    before = written.read_bytes().count(text) if written.exists() else 0
    process = running.enter_context(started(command, folder, end=end, **dict(variables)))
    _wait(lambda: written.read_bytes().count(text) > before, process, ready)


def send_tasks(app: str, folder: Path, tasks: Mapping[str, str], **more: str) -> None:
    """Have a process of its own send tasks; what it writes is judged, too.

    Raises:
        Failure: It has failed.
    """
    code = f"import json, sys, {app}; {app}.send(json.load(sys.stdin))"
    _give(folder, ["-c", code], tasks, more)


def _give(
    folder: Path, options: list[str], tasks: Mapping[str, str], more: Mapping[str, str]
) -> None:
    with (folder / "written").open("ab") as written:
        done = subprocess.run(
            [sys.executable, *options], cwd=folder, input=json.dumps(dict(tasks)).encode(),
            stdout=written, stderr=written, env=environment(**more), timeout=_PATIENCE_S,
        )  # fmt: skip
    if done.returncode:
        raise Failure(f"{options[0]} ended with {done.returncode}")


def wait_for_ends(folder: Path, ids: Iterable[str], id_field: str) -> None:
    """Wait until each task has come to its end, by the line that says so.

    Args:
        folder: Where the lines are written.
        ids: Of the tasks, or of the requests that have sent them.
        id_field: The field that has these ids.

    Raises:
        Failure: Some have not, in a minute and a half.
    """
    still, deadline, place = set(ids), time.monotonic() + _PATIENCE_S, 0
    while still and time.monotonic() < deadline:
        time.sleep(0.1)
        with (folder / "written").open("rb") as written:
            written.seek(place)
            *rows, _ = written.read().split(b"\n")
        place += sum(len(row) + 1 for row in rows)
        still -= {str(each.get(id_field)) for each in map(_read, rows) if _is_last(each)}
    if still:
        raise Failure(f"{len(still)} tasks have no end, such as {sorted(still)[:3]}")


def await_lines(
    folder: Path, found: Callable[[list[Line]], bool], patience_s: float = 60
) -> list[Line]:
    """Return all lines once they are as a function of them says.

    Raises:
        Failure: They are not, in time.
    """
    deadline = time.monotonic() + patience_s
    while not found(lines := read_lines(folder)):
        if time.monotonic() > deadline:
            raise Failure(f"they have not come: {lines[-20:]}")
        time.sleep(0.05)
    return lines


def read_lines(folder: Path) -> list[Line]:
    """Return what was written so far, which has to be JSON."""
    return [json.loads(row) for row in (folder / "written").read_bytes().split(b"\n")[:-1]]


def ends_of(lines: Iterable[Line], task_id: str | None = None) -> list[Line]:
    """Return the lines at the ends of tasks, or of one."""
    return [
        line
        for line in lines
        if line["event"] == "task_finished" and task_id in (None, line.get("task_id"))
    ]


def run_code(folder: Path, code: str, **more: str) -> None:
    """Run code in a process that can import what the folder has; it writes to the same file."""
    with (folder / "written").open("ab") as written:
        subprocess.run(
            [sys.executable, "-c", code], cwd=folder, stdout=written, stderr=written, check=True,
            env=environment(PYTHONPATH=str(folder), **more), timeout=_PATIENCE_S,
        )  # fmt: skip


def _read(row: bytes) -> dict[str, object]:
    try:
        line = json.loads(row)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}


def _is_last(line: Mapping[str, object]) -> bool:
    return line.get("event") == "task_finished" and line.get("state") != "RETRY"


def _wait(done: Callable[[], bool], process: subprocess.Popen[bytes], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not done():
        if process.poll() is not None:
            raise Failure(f"it ended with {process.returncode} before it was ready: {what}")
        if time.monotonic() > deadline:
            raise Failure(f"it is not ready: {what}")
        time.sleep(0.05)
