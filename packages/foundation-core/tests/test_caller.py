"""The names of thread and task in lines: looked up with each line, whatever has them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from installed_lanes import LANES as INSTALLED
from provide.foundation import LoggingConfig, get_logger, reset_for_testing, setup_telemetry
from provide.foundation._pipeline.caller import Caller, Joined, find_tasks
from provide.foundation.config import TelemetryConfig

pytestmark = pytest.mark.interpreter

LANES = (*INSTALLED, "processor")


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    name = threading.current_thread().name
    yield
    threading.current_thread().name = name
    reset_for_testing()


@pytest.mark.parametrize("lane", LANES)
def test_names_are_those_of_the_call(
    lane: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line has the names of its own thread and task, also after these have been renamed."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    file = tmp_path / "app.log"
    logging = LoggingConfig(log_file=file, thread=True, task=True, extensions=[])
    setup_telemetry(TelemetryConfig(logging=logging))
    log = get_logger("app")
    log.info("e")
    threading.current_thread().name = 'the "main" one\n'
    log.info("e", a=1)

    async def work(names: list[str]) -> None:
        for name in names:
            task: Any = asyncio.current_task()
            task.set_name(name)
            log.info("e")
            await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.gather(work(["a", "b"]), work(["c", "d"]))

    asyncio.run(main())
    thread = threading.Thread(target=log.info, args=("e",), name="worker")
    thread.start()
    thread.join()
    log.info("e")
    named = [json.loads(line) for line in file.read_text("utf-8").splitlines()]

    main_name = 'the "main" one\n'
    assert [
        ("MainThread", None),
        (main_name, None),
        *[(main_name, task) for task in "acbd"],
        ("worker", None),
        (main_name, None),
    ] == [(line["thread"], line.get("task")) for line in named]


def test_task_alone() -> None:
    """Where lines name the task alone, there is nothing outside of one."""
    caller = Caller(thread=False, task=True)

    async def ask() -> bytes:
        task: Any = asyncio.current_task()
        task.set_name("t")
        return caller()

    assert (b"", b'"task":"t"') == (caller(), asyncio.run(ask()))


def test_stamp_stays_while_the_names_do() -> None:
    """The version stamp is one object for one name, and the names that are kept have a bound."""
    caller = Caller(thread=True, task=False)
    stamp = caller.version_stamp()
    again = caller.version_stamp()
    for number in range(1100):
        threading.current_thread().name = f"n{number}"
        assert f'"thread":"n{number}"'.encode() == caller()

    assert stamp is again
    assert caller._kept < 1024


def test_both_stamps_are_one() -> None:
    """Beside an extension's, the stamp changes with either, and is false with neither."""
    ids = [b'"trace_id":"1"']

    def give() -> bytes:
        return ids[0]

    give.version_stamp = give  # type: ignore[attr-defined]
    joined = Joined(give, Caller(thread=True, task=False))
    first = joined.version_stamp()
    assert first is joined.version_stamp()
    assert b'"trace_id":"1","thread":"MainThread"' == joined()
    ids[0] = b""
    second = joined.version_stamp()
    assert first is not second
    assert b'"thread":"MainThread"' == joined()
    threading.current_thread().name = "other"

    assert second is not joined.version_stamp()
    assert None is Joined(give, Caller(thread=False, task=True)).version_stamp()


def test_thread_that_python_has_not_started() -> None:
    """A thread of C code is named as `threading` names it."""
    import _thread

    named: list[bytes] = []
    done = threading.Event()
    caller = Caller(thread=True, task=False)

    def ask() -> None:
        named.append(caller())
        done.set()

    _thread.start_new_thread(ask, ())
    done.wait(60)

    assert named[0].startswith(b'"thread":"Dummy-')


def test_asyncio_that_is_being_imported() -> None:
    """A module that is not complete yet has no tasks."""
    assert None is find_tasks(SimpleNamespace())[0]
