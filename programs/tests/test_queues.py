"""What becomes of the rare tasks of RQ, dramatiq and APScheduler: each has one line at its end."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from programs.program import started
from programs.tasks import Line, await_lines, ends_of, redis, run_code

RQ = """
import os, sys, time
from provide.foundation import bind_contextvars, get_logger
from provide.foundation.integrations.rq import Queue
from redis import Redis
from rq import Retry

def fine():
    get_logger("shop").info("fine")

def dies():
    os.kill(os.getpid(), 9)

def hangs():
    get_logger("shop").info("hangs")
    time.sleep(60)

def fails():
    raise OSError("still away")

def send():
    bind_contextvars(request_id="r-1")
    queue = Queue(connection=Redis.from_url(os.environ["BROKER"]))
    queue.enqueue(fails, job_id="fails", retry=Retry(max=1))
    queue.enqueue(dies, job_id="dies")
    queue.enqueue(hangs, job_id="late", job_timeout=1)
    queue.enqueue(hangs, job_id="stopped")
    bind_contextvars(request_id="x" * 10_000)
    queue.enqueue(fine, job_id="fine")
"""

DRAMATIQ = """
import os, time
import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import CurrentMessage, SkipMessage
from provide.foundation import bind_contextvars, get_logger, setup_telemetry
from provide.foundation.integrations.dramatiq import install

setup_telemetry()
broker = RedisBroker(url=os.environ["BROKER"])
broker.add_middleware(CurrentMessage())
dramatiq.set_broker(broker)
install(broker)
install(broker)  # a second time, by mistake

@dramatiq.actor(max_retries=1, min_backoff=1, max_backoff=2)
def fails():
    raise OSError("still away")

@dramatiq.actor(throws=(KeyError,))
def expected():
    raise KeyError("k")

@dramatiq.actor(time_limit=500, max_retries=0)
def hangs():
    for _ in range(200):
        time.sleep(0.05)

@dramatiq.actor(max_age=1)
def old():
    pass

@dramatiq.actor
def calls():
    expected.send()

def send():
    broker.enqueue(old.message().copy(message_id="old", message_timestamp=1))
    bind_contextvars(request_id="r-1")
    for actor in (fails, hangs, calls):
        broker.enqueue(actor.message().copy(message_id=actor.actor_name))
"""

APSCHEDULER = """
import asyncio, datetime, functools, time
from apscheduler.schedulers.background import BackgroundScheduler
from provide.foundation import setup_telemetry
from provide.foundation.integrations.apscheduler import install

setup_telemetry()

def fine(number=0):
    pass

def slow():
    time.sleep(1.2)

def run():
    scheduler = BackgroundScheduler()
    install(scheduler)
    install(scheduler)  # a second time, by mistake
    long_ago = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    scheduler.add_job(fine, id="missed", next_run_time=long_ago, misfire_grace_time=1)
    scheduler.add_job(functools.partial(fine, number=1), id="partial", name="part")
    scheduler.add_job(slow, "interval", seconds=0.4, id="slow", max_instances=1)
    scheduler.start()
    time.sleep(1.5)
    scheduler.remove_job("slow")
    scheduler.shutdown()
"""


def _states(lines: list[Line], task_id: str) -> list[tuple[str, str, str | None]]:
    """Return level, state and kind of error of each line at the end of a task."""
    return [
        (line["level"], line["state"], line.get("error.type")) for line in ends_of(lines, task_id)
    ]


def _exceptions(lines: list[Line], task_id: str) -> int:
    return sum("exception" in line for line in lines if line.get("task_id") == task_id)


def test_rare_jobs_of_rq(tmp_path: Path) -> None:
    """A job that is retried, killed, out of time or stopped has its lines, an exception once."""
    (tmp_path / "edges.py").write_text(RQ)
    command = ["rq", "worker", "--worker-class", "provide.foundation.integrations.rq.Worker"]
    with redis(tmp_path) as broker:
        path = str(tmp_path)
        with started([*command, "--url", broker], tmp_path, PYTHONPATH=path, BROKER=broker):
            run_code(tmp_path, "import edges; edges.send()", BROKER=broker)
            await_lines(
                tmp_path,
                lambda lines: any(
                    line["event"] == "hangs" and line["task_id"] == "stopped" for line in lines
                ),
            )
            stop = (
                "import os; from redis import Redis; from rq.command import send_stop_job_command;"
                "send_stop_job_command(Redis.from_url(os.environ['BROKER']), 'stopped')"
            )
            run_code(tmp_path, stop, BROKER=broker)
            lines = await_lines(
                tmp_path,
                lambda lines: {"fine", "stopped"} <= {e["task_id"] for e in ends_of(lines)},
            )

    assert [("warning", "RETRY", "OSError"), ("error", "FAILURE", "OSError")] == _states(
        lines, "fails"
    )
    assert [("error", "FAILURE", None)] == _states(lines, "dies")
    assert [signal.SIGKILL] == [line["signal"] for line in ends_of(lines, "dies")]
    assert [("error", "FAILURE", "rq.timeouts.JobTimeoutException")] == _states(lines, "late")
    assert [("warning", "REVOKED", None)] == _states(lines, "stopped")
    assert [("info", "SUCCESS", None)] == _states(lines, "fine")
    assert [1, 0, 1, 0] == [_exceptions(lines, job) for job in ("fails", "dies", "late", "stopped")]
    assert not [line for line in lines if "Traceback" in str(line["event"])]
    with_id = {line["task_id"] for line in ends_of(lines) if line.get("request_id") == "r-1"}
    assert {"fails", "dies", "late", "stopped"} == with_id


def test_rare_messages_of_dramatiq(tmp_path: Path) -> None:
    """A message that is retried, expected to fail, out of time or skipped has its lines."""
    (tmp_path / "edges.py").write_text(DRAMATIQ)
    command = [sys.executable, "-m", "provide.foundation.integrations.dramatiq", "edges"]
    with redis(tmp_path) as broker:
        path = str(tmp_path)
        with started(
            [*command, "--processes", "1", "--threads", "2"],
            tmp_path,
            PYTHONPATH=path,
            BROKER=broker,
        ):
            run_code(tmp_path, "import edges; edges.send()", BROKER=broker)
            lines = await_lines(tmp_path, lambda lines: 6 == len(ends_of(lines)))

    assert [("warning", "RETRY", "OSError"), ("error", "FAILURE", "OSError")] == _states(
        lines, "fails"
    )
    too_long = "dramatiq.middleware.time_limit.TimeLimitExceeded"
    assert [("error", "FAILURE", too_long)] == _states(lines, "hangs")
    assert [("info", "SKIPPED", None)] == _states(lines, "old")
    (sent,) = [line for line in ends_of(lines) if line["task_name"] == "expected"]
    assert ("warning", "FAILURE", "KeyError") == (sent["level"], sent["state"], sent["error.type"])
    assert "r-1" == sent["request_id"]
    assert [1, 1, 0, 0] == [
        _exceptions(lines, task) for task in ("fails", "hangs", "old", sent["task_id"])
    ]


def test_killed_worker_of_dramatiq(tmp_path: Path) -> None:
    """The lines of a worker process that is killed are whole, and its message runs again."""
    app = DRAMATIQ + (
        "\n@dramatiq.actor\ndef dies():\n"
        "    if not os.path.exists('died'):\n"
        "        open('died', 'w').close()\n"
        "        os.kill(os.getpid(), 9)\n"
    )
    (tmp_path / "edges.py").write_text(app)
    command = [sys.executable, "-m", "provide.foundation.integrations.dramatiq", "edges"]
    options = ["--processes", "1", "--threads", "1"]
    with redis(tmp_path) as broker:
        path = str(tmp_path)
        code = "import edges; edges.broker.enqueue(edges.dies.message().copy(message_id='dies'))"
        with started([*command, *options], tmp_path, BROKER=broker, PYTHONPATH=path) as process:
            run_code(tmp_path, code, BROKER=broker)
            assert 0 != process.wait(60)
        lines = await_lines(tmp_path, bool)

    assert (tmp_path / "died").exists()
    assert [] == ends_of(lines, "dies")
    assert any("exited unexpectedly" in line["event"] for line in lines)


def test_rare_runs_of_apscheduler(tmp_path: Path) -> None:
    """A run that is missed has a line, and what is said of another job has its id."""
    (tmp_path / "edges.py").write_text(APSCHEDULER)

    run_code(tmp_path, "import edges; edges.run()")

    lines = await_lines(tmp_path, bool)
    assert [("warning", "MISSED", None)] == _states(lines, "missed")
    assert [("part", "SUCCESS")] == [
        (line["task_name"], line["state"]) for line in ends_of(lines, "partial")
    ]
    skipped = [line for line in lines if "maximum number of running" in line["event"]]
    assert {"slow"} == {line["task_id"] for line in skipped}
