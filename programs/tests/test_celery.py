"""What becomes of Celery's rare tasks: each has one line at its end, whoever writes it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from programs.program import started
from programs.tasks import Line, await_lines, ends_of, read_lines, redis, run_code

APP = """
import logging, os, sys, time
from celery import Celery
from celery.exceptions import Ignore, Reject
from provide.foundation import bound_contextvars, get_logger, setup_telemetry
from provide.foundation.integrations.celery import install

setup_telemetry()
app = Celery("edges", broker=os.environ.get("BROKER"), backend=os.environ.get("BROKER"))
app.conf.update(
    beat_schedule={"tick": {"task": "edges.fine", "schedule": 0.2}},
    beat_schedule_filename="schedule", broker_connection_retry_on_startup=True,
    worker_redirect_stdouts_level="INFO",
)
install(app)
install(app)  # a second time, by mistake

@app.task(name="edges.fine")
def fine(*given):
    get_logger("shop").info("fine")

@app.task
def prints():
    print("a", 1, end="")
    print(", and so on")
    print("on stderr", file=sys.stderr)
    print("without an end", end="")

@app.task
def dies():
    os.kill(os.getpid(), 9)

@app.task
def leaves():
    sys.exit(3)

@app.task(time_limit=1)
def hangs():
    time.sleep(30)

@app.task(throws=(KeyError,))
def expected():
    raise KeyError("k")

@app.task
def ignores():
    raise Ignore()

@app.task
def rejects():
    raise Reject("no", requeue=False)

@app.task
def calls():
    fine.delay()

@app.task(autoretry_for=(OSError,), max_retries=1, retry_backoff=False, default_retry_delay=0)
def retries():
    raise OSError("still away")

def send(name, task_id, **context):
    with bound_contextvars(**context):
        globals()[name].apply_async(task_id=task_id)
"""


@attrs.frozen
class Worker:
    """A worker that runs: where it writes, and how it is reached.

    Attributes:
        folder: Has the application, and all that is written.
        broker: The address of its broker.
    """

    folder: Path
    broker: str

    def send(self, name: str, ends: int = 1, **context: str) -> list[Line]:
        """Send one task, and return its lines once it has come to its end."""
        task_id = f"id-{name}"
        self.run(f"edges.send({name!r}, {task_id!r}, **{context!r})")
        await_lines(self.folder, lambda lines: ends <= len(ends_of(lines, task_id)))
        # What else there is of it comes within a moment, or never.
        time.sleep(0.5)
        return [line for line in read_lines(self.folder) if line.get("task_id") == task_id]

    def run(self, code: str) -> None:
        """Run code in a process that can send tasks."""
        run_code(self.folder, f"import edges\n{code}", BROKER=self.broker)


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """Give a worker of two processes."""
    folder = tmp_path_factory.mktemp("celery")
    (folder / "edges.py").write_text(APP)
    command = ["celery", "-A", "edges", "worker", "--concurrency", "2", "--logfile", "own.log"]
    with (
        redis(folder) as broker,
        started(command, folder, PYTHONPATH=str(folder), BROKER=broker),
    ):
        await_lines(folder, lambda lines: any(" ready." in line["event"] for line in lines))
        yield Worker(folder, broker)


@pytest.mark.parametrize(
    ("name", "level", "state", "error", "exceptions"),
    [
        ("fine", "info", "SUCCESS", None, 0),
        ("dies", "error", "FAILURE", "billiard.exceptions.WorkerLostError", 1),
        ("leaves", "error", "FAILURE", "billiard.exceptions.WorkerLostError", 1),
        ("hangs", "error", "FAILURE", "billiard.exceptions.TimeLimitExceeded", 1),
        ("expected", "warning", "FAILURE", "KeyError", 0),
        ("ignores", "info", "IGNORED", None, 0),
        ("rejects", "warning", "REJECTED", "celery.exceptions.Reject", 0),
    ],
)
def test_task_has_one_line(
    worker: Worker,
    name: str,
    level: str,
    state: str,
    error: str | None,
    exceptions: int,
) -> None:
    """A task that ends in any way has one line that says so, and its exception once at most."""
    lines = worker.send(name)

    (end,) = ends_of(lines)
    assert (level, state, error) == (end["level"], end["state"], end.get("error.type"))
    assert exceptions == sum("exception" in line for line in lines)


def test_each_attempt_has_a_line(worker: Worker) -> None:
    """A task that is retried has a line for each attempt, and the exception on the last one."""
    lines = worker.send("retries", ends=2)

    ends = [(line["state"], line["retries"], "exception" in line) for line in ends_of(lines)]
    assert [("RETRY", 0, False), ("FAILURE", 1, True)] == sorted(ends, key=lambda end: end[1])
    assert 1 == sum("exception" in line for line in lines)


def test_prints_areread_lines(worker: Worker) -> None:
    """What a task prints is one line for each end of line, with the task's id."""
    lines = worker.send("prints")

    printed = [line["event"] for line in lines if line["logger"] == "celery.redirected"]
    assert ["a 1, and so on", "on stderr", "without an end"] == printed


def test_ids_travel(worker: Worker) -> None:
    """The id of a request is on the lines of a task, and of the task that this one sends."""
    worker.send("calls", request_id="r-1")

    lines = await_lines(
        worker.folder,
        lambda lines: 2 == sum(line.get("request_id") == "r-1" for line in ends_of(lines)),
    )
    ends = [line["task_name"] for line in ends_of(lines) if line.get("request_id") == "r-1"]
    assert ["edges.calls", "edges.fine"] == sorted(ends)


@pytest.mark.parametrize("given", ["x" * 10_000, "a\nb", ""])
def test_invalid_id_does_not_travel(worker: Worker, given: str) -> None:
    """An id that is none is left where it is."""
    worker.run(f"edges.send('fine', 'id-{len(given)}', request_id={given!r})")

    lines = await_lines(worker.folder, lambda lines: bool(ends_of(lines, f"id-{len(given)}")))

    assert "request_id" not in ends_of(lines, f"id-{len(given)}")[0]


def test_revoked_task_has_a_line(worker: Worker) -> None:
    """A task that is revoked before it runs has the line, with what travelled with it."""
    worker.run(
        "with edges.bound_contextvars(request_id='r-2'):\n"
        "    edges.fine.apply_async(task_id='revoked', expires=-1)\n"
    )

    lines = await_lines(worker.folder, lambda lines: bool(ends_of(lines, "revoked")))

    (end,) = ends_of(lines, "revoked")
    assert ("REVOKED", True, "r-2") == (end["state"], end["expired"], end["request_id"])


def test_logfile_is_not_written(worker: Worker) -> None:
    """`--logfile` does nothing but be said: where lines go is for Foundation's set-up."""
    assert not (worker.folder / "own.log").exists()
    assert ["own.log"] == [
        line["logfile"]
        for line in read_lines(worker.folder)
        if line["event"] == "celery's --logfile is not used"
    ]


def test_eager_task_keeps_context(tmp_path: Path) -> None:
    """A task that runs in the place of its sender has the sender's id, and gives it back."""
    (tmp_path / "edges.py").write_text(APP)
    code = """
import edges, provide.foundation
edges.app.conf.task_always_eager = True
provide.foundation.bind_contextvars(request_id="r-3")
edges.fine.apply_async(task_id="eager")
edges.get_logger("shop").info("after")
"""
    run_code(tmp_path, code)

    fine, end, after = read_lines(tmp_path)[-3:]  # kombu warns that there is no broker
    assert ("r-3", "eager") == (fine["request_id"], fine["task_id"])
    assert ("SUCCESS", "r-3") == (end["state"], end["request_id"])
    assert ("after", "r-3", None) == (after["event"], after["request_id"], after.get("task_id"))


def test_eager_failure_goes_to_the_caller(tmp_path: Path) -> None:
    """An exception that an eager task hands on is the caller's; the line says its type."""
    (tmp_path / "edges.py").write_text(APP)
    code = """
import edges
edges.app.conf.update(task_always_eager=True, task_eager_propagates=True)
try:
    edges.expected.delay()
except KeyError:
    edges.get_logger("shop").exception("caught")
"""
    run_code(tmp_path, code)

    end, caught = read_lines(tmp_path)[-2:]
    assert ("FAILURE", "KeyError") == (end["state"], end["error.type"])
    assert [False, True] == ["exception" in line for line in (end, caught)]


def test_beat_writesread_lines(tmp_path: Path) -> None:
    """The scheduler's process writes lines only, its banner is one of them, and it sends tasks."""
    (tmp_path / "edges.py").write_text(APP)
    with redis(tmp_path) as broker:
        more = {"PYTHONPATH": str(tmp_path), "BROKER": broker}
        command = ["celery", "-A", "edges", "beat", "--loglevel", "INFO"]
        with started(command, tmp_path, end=signal.SIGTERM, **more):
            lines = await_lines(
                tmp_path,
                lambda lines: any("Sending due task" in str(line["event"]) for line in lines),
            )

    assert 1 == sum(line["event"] == "beat_starting" for line in lines)
