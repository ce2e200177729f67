"""Processes that a program starts: their set-up, their shared file, and their end."""

from __future__ import annotations

import io
import json
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from provide.foundation import (
    ConfigurationError,
    LoggingConfig,
    OutputConfig,
    TelemetryConfig,
    bind_contextvars,
    clear_contextvars,
    get_contextvars,
)
from provide.foundation.integrations.multiprocessing import WorkerSetup, with_context
from provide.foundation.integrations.trace_context import (
    bind_trace,
    current_traceparent,
    parse_traceparent,
    restore_trace,
)

pytestmark = pytest.mark.slow

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

HEAD = """
import multiprocessing, os, sys, time
from provide.foundation import *
from provide.foundation.integrations.multiprocessing import WorkerSetup, with_context
log = get_logger("shop")
"""


def run(folder: Path, code: str, *args: str) -> tuple[list[dict[str, Any]], int]:
    """Run a program, and return the lines that it wrote, which have to be JSON, and its status."""
    (folder / "program.py").write_text(HEAD + code)
    done = subprocess.run(
        [sys.executable, "program.py", *args], cwd=folder, capture_output=True, timeout=100
    )
    return [json.loads(row) for row in (done.stdout + done.stderr).splitlines()], done.returncode


@pytest.fixture(autouse=True)
def _no_context() -> Iterator[None]:
    clear_contextvars()
    yield
    clear_contextvars()


def fields_here() -> tuple[dict[str, Any], str | None]:
    """Return what is bound."""
    return get_contextvars(), current_traceparent()


def test_context_is_that_of_the_moment() -> None:
    """The function has the fields of the moment of `with_context`, and gives back its own."""
    bind_contextvars(request_id="r-1")
    earlier = bind_trace(parse_traceparent(TRACE))
    carried = with_context(fields_here)
    restore_trace(earlier)
    bind_contextvars(request_id="r-2")
    found: list[Any] = []

    def call() -> None:
        bind_contextvars(worker=3)
        found.append(carried())
        found.append(fields_here())

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()

    assert ({"worker": 3, "request_id": "r-1"}, TRACE) == found[0]
    assert ({"worker": 3}, None) == found[1]
    assert ({"request_id": "r-2"}, None) == fields_here()
    assert "fields_here" == vars(carried)["__name__"]


def test_context_is_given_back_after_a_failure() -> None:
    """An exception of the function is its caller's, and nothing stays bound."""
    bind_contextvars(request_id="r-1")
    carried = with_context(int)
    clear_contextvars()

    with pytest.raises(ValueError, match="invalid literal"):
        carried("x")

    assert {} == get_contextvars()


def test_field_that_cannot_travel_is_a_text() -> None:
    """A context field whose value cannot be pickled goes as its text."""
    lock = threading.Lock()
    bind_contextvars(lock=lock, number=7)

    carried = pickle.loads(pickle.dumps(with_context(fields_here)))

    clear_contextvars()
    assert {"lock": str(lock), "number": 7} == carried()[0]


@pytest.mark.parametrize(
    ("logging", "name"),
    [
        ({"outputs": [sys.stdout]}, "logging.outputs[0].target"),
        ({"outputs": ["stderr", io.StringIO()]}, "logging.outputs[1].target"),
        ({"outputs": [lambda _data: None]}, "logging.outputs[0].target"),
        (
            {"outputs": [OutputConfig("stderr", filter=lambda _record: True)]},
            "logging.outputs[0].filter",
        ),
        ({"processors": [lambda _logger, _name, event: event]}, "logging.processors[0]"),
        ({"censor": lambda _value: "x"}, "logging.censor"),
        ({"fields": {"lock": threading.Lock()}}, "logging.fields['lock']"),
    ],
    ids=["stream", "copyable-stream", "callable", "filter", "processor", "censor", "field"],
)
def test_what_cannot_be_shared_is_refused(logging: dict[str, Any], name: str) -> None:
    """A part of the configuration that belongs to this process is an error that names it."""
    config = TelemetryConfig(logging=LoggingConfig(**logging))

    with pytest.raises(ConfigurationError) as caught:
        WorkerSetup(config)

    assert name == caught.value.field


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_configuration_reaches_the_children(tmp_path: Path, method: str) -> None:
    """Children write by the parent's configuration, with the context where it is asked for."""
    code = """
def work(number):
    log.debug("worked", number=number)

if __name__ == "__main__":
    config = TelemetryConfig(service_name="shop", logging=LoggingConfig(default_level="DEBUG"))
    setup_telemetry(config)
    bind_contextvars(batch="b-1")
    setup = WorkerSetup(config, context=True)
    clear_contextvars()
    with multiprocessing.get_context(sys.argv[1]).Pool(2, setup) as pool:
        pool.map(work, range(20))
"""
    lines, status = run(tmp_path, code, method)

    assert 0 == status
    assert list(range(20)) == sorted(line["number"] for line in lines)
    assert {("shop", "debug", "b-1")} == {
        (line["service"], line["level"], line["batch"]) for line in lines
    }


def test_file_is_shared_and_rotated(tmp_path: Path) -> None:
    """Lines of the parent and of four children are whole, in one file that is rotated."""
    code = """
def work(number):
    for step in range(250):
        log.info("worked", worker=number, step=step, padding="x" * 200)

if __name__ == "__main__":
    config = TelemetryConfig(
        logging=LoggingConfig(
            log_file="shop.log", rotation=Rotation(max_bytes=50_000, backup_count=50)
        )
    )
    setup_telemetry(config)
    setup = WorkerSetup(config)
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=setup.run, args=(work, n)) for n in range(1, 5)]
    for child in children:
        child.start()
    work(0)
    for child in children:
        child.join()
"""
    lines, status = run(tmp_path, code)

    files = list(tmp_path.glob("shop*.log*"))
    rows = [row for file in files for row in file.read_bytes().splitlines()]
    written = [json.loads(row) for row in rows]
    assert ([], 0) == (lines, status)
    assert len(files) > 3
    wanted = {(worker, step) for worker in range(5) for step in range(250)}
    found = [(line["worker"], line["step"]) for line in written if line["event"] == "worked"]
    assert (len(wanted), wanted) == (len(found), set(found))


def test_failure_of_a_process_is_a_line(tmp_path: Path) -> None:
    """An exception that nobody catches in a child is one record, and the status is 1."""
    code = """
def work():
    raise RuntimeError("boom")

if __name__ == "__main__":
    setup = WorkerSetup(TelemetryConfig())
    child = multiprocessing.get_context("spawn").Process(target=setup.run, args=(work,))
    child.start()
    child.join()
    sys.exit(child.exitcode + 40)
"""
    (line,), status = run(tmp_path, code)

    assert 41 == status
    assert ("critical", "process_failed", "work") == (
        line["level"], line["event"], line["function"],
    )  # fmt: skip
    assert "boom" == line["exception"]["message"]


def test_worker_that_dies_is_replaced_with_its_set_up(tmp_path: Path) -> None:
    """A pool that replaces a dead process sets the new one up as well."""
    code = """
def work(number):
    log.info("worked", number=number)
    if number == 3:
        os.kill(os.getpid(), 9)

if __name__ == "__main__":
    setup_telemetry()
    setup = WorkerSetup(TelemetryConfig(service_name="shop"))
    with multiprocessing.get_context("spawn").Pool(1, setup) as pool:
        pool.map(work, [1, 2])
        pool.apply_async(work, (3,))
        pool.apply_async(work, (4,)).get(60)
"""
    lines, status = run(tmp_path, code)

    assert 0 == status
    worked = [(line["number"], line["service"]) for line in lines]
    assert [(1, "shop"), (2, "shop"), (3, "shop"), (4, "shop")] == worked
