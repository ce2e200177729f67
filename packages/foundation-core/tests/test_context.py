"""Context fields: they follow tasks and threads, and come back as they were."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import json
import sys
import threading
import types
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import structlog

import interpreters
from installed_lanes import LANES
from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    bind_contextvars,
    bound_contextvars,
    clear_contextvars,
    get_contextvars,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    unbind_contextvars,
)
from provide.foundation.context import context_fields, structlog_variables

Fields = Callable[[], list[dict[str, Any]]]

log = get_logger("context.test")


@pytest.fixture(params=LANES)
def fields(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Fields]:
    """Set up with a JSON file, in each lane, and give what reads the fields of its lines."""
    monkeypatch.setenv("FOUNDATION_LANE", request.param)
    reset_for_testing()
    path = tmp_path / "app.log"
    logging = LoggingConfig(log_file=path, capture_stdlib=False)
    setup_telemetry(TelemetryConfig(logging=logging))
    yield lambda: [
        dict(list(json.loads(line).items())[4:]) for line in path.read_text().splitlines()
    ]
    forget_structlog_variables()
    reset_for_testing()


def forget_structlog_variables() -> None:
    """Undo every binding: the fast lane is left as long as structlog knows any variable."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars._CONTEXT_VARS.clear()


def test_bind_unbind_and_clear(fields: Fields) -> None:
    """Bound fields are on every line until they are unbound."""
    bind_contextvars(a=1, b=2)
    log.info("e")
    bind_contextvars(a=3)
    log.info("e", call=True)
    unbind_contextvars("a", "never bound")
    log.info("e")
    clear_contextvars()
    log.info("e")
    unbind_contextvars("a")
    log.info("e")
    assert [{"a": 1, "b": 2}, {"a": 3, "b": 2, "call": True}, {"b": 2}, {}, {}] == fields()


def test_call_over_bound_over_context(fields: Fields) -> None:
    """Where names collide the call wins, then the logger, then the context."""
    bind_contextvars(a="context", b="context", c="context")
    log.bind(a="bound", b="bound").info("e", a="call")
    assert [{"a": "call", "b": "bound", "c": "context"}] == fields()


def test_any_name_can_be_bound(fields: Fields) -> None:
    """No parameter takes a field's name away."""
    bind_contextvars(self=1, fields=2, function=3)
    with bound_contextvars(self=4, fields=5):
        log.info("e")
    log.info("e")
    expected = [{"self": 4, "fields": 5, "function": 3}, {"self": 1, "fields": 2, "function": 3}]
    assert expected == fields()


def test_block_puts_back_what_was_there(fields: Fields) -> None:
    """A block restores its own names only; what it bound otherwise stays."""
    bind_contextvars(a="outer")
    with bound_contextvars(a="block", b="block"):
        log.info("e")
        with bound_contextvars(a="inner"):
            log.info("e")
        bind_contextvars(c="later")
        log.info("e")
    log.info("e")
    expected = [
        {"a": "block", "b": "block"},
        {"a": "inner", "b": "block"},
        {"a": "block", "b": "block", "c": "later"},
        {"a": "outer", "c": "later"},
    ]
    assert expected == fields()


def test_block_restores_after_an_exception(fields: Fields) -> None:
    """An exception leaves the block as it came, and the fields as they were."""
    with pytest.raises(KeyError, match="x"), bound_contextvars(a=1):
        raise KeyError("x")
    log.info("e")
    assert [{}] == fields()


def test_block_may_be_entered_again(fields: Fields) -> None:
    """One block object can be nested in itself and used again."""
    block = bound_contextvars(a=1)
    with block, block:
        log.info("e")
    log.info("e")
    with block:
        log.info("e")
    assert [{"a": 1}, {}, {"a": 1}] == fields()


def test_block_survives_a_clear_inside(fields: Fields) -> None:
    """Fields that were cleared inside of a block come back where the block restores them."""
    bind_contextvars(a="before", z="before")
    with bound_contextvars(a="block"):
        clear_contextvars()
        log.info("e")
    log.info("e")
    assert [{}, {"a": "before"}] == fields()


def test_block_may_end_in_another_context(fields: Fields) -> None:
    """A block that a framework ends in another context raises nothing there."""
    block = bound_contextvars(a=1)
    contextvars.copy_context().run(block.__enter__)
    contextvars.copy_context().run(block.__exit__, None, None, None)
    log.info("e")
    assert [{}] == fields()


def test_decorated_function(fields: Fields) -> None:
    """A decorated function keeps name, result and exceptions, and has the fields while it runs."""

    @bound_contextvars(job="x")
    def work(fail: bool) -> int:
        """Work."""
        log.info("e")
        if fail:
            raise KeyError("failed")
        return 7

    assert ("work", "Work.", 7) == (work.__name__, work.__doc__, work(False))
    with pytest.raises(KeyError, match="failed"):
        work(True)
    log.info("e")
    assert [{"job": "x"}, {"job": "x"}, {}] == fields()


def test_decorated_coroutines_overlap(fields: Fields) -> None:
    """A decorated coroutine function keeps its fields over every await, in each task alone."""

    @bound_contextvars(job="x")
    async def work(number: int) -> int:
        bind_contextvars(number=number)
        await asyncio.sleep(0)
        log.info("e")
        return number

    async def main() -> list[int]:
        with bound_contextvars(main=True):
            found = await asyncio.gather(*(work(number) for number in range(3)))
            await work(9)
            log.info("e")
        return found

    assert [0, 1, 2] == asyncio.run(main())
    expected = [{"main": True, "job": "x", "number": number} for number in (0, 1, 2, 9)]
    assert [*expected, {"main": True, "number": 9}] == fields()


def test_decorated_partial_of_a_coroutine_function(fields: Fields) -> None:
    """A partial of a coroutine function is recognised as one."""

    async def work(number: int) -> None:
        await asyncio.sleep(0)
        log.info("e", number=number)

    partial: Any = functools.update_wrapper(functools.partial(work, 1), work)
    asyncio.run(bound_contextvars(job="x")(partial)())
    assert [{"job": "x", "number": 1}] == fields()


def test_generators_cannot_be_decorated() -> None:
    """A generator function would run without the fields, so it is refused when it is decorated."""

    def generate() -> Iterator[int]:
        yield 1

    async def generate_async() -> Any:
        yield 1

    for function in (generate, generate_async):
        with pytest.raises(TypeError, match="generator"):
            bound_contextvars(a=1)(function)


def test_tasks_inherit_and_stay_apart(fields: Fields) -> None:
    """A task starts with the fields of its maker; what it binds is its own."""

    async def child(number: int) -> None:
        bind_contextvars(child=number)
        await asyncio.sleep(0)
        log.info("child")

    async def main() -> None:
        bind_contextvars(request="r")
        await asyncio.gather(*(asyncio.create_task(child(number)) for number in range(3)))
        log.info("main")

    asyncio.run(main())
    log.info("outside")
    expected = [{"request": "r", "child": number} for number in (0, 1, 2)]
    assert [*expected, {"request": "r"}, {}] == fields()


def test_threads_and_executors(fields: Fields) -> None:
    """to_thread and a copied context carry fields over; a thread's own bindings stay in it."""
    bind_contextvars(a=1)

    def work() -> None:
        log.info("e")
        bind_contextvars(mine=threading.get_ident())

    async def main() -> None:
        await asyncio.to_thread(work)
        await asyncio.get_running_loop().run_in_executor(None, work)

    asyncio.run(main())
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(contextvars.copy_context().run, work).result()
    thread = threading.Thread(target=contextvars.Context().run, args=(work,))
    thread.start()
    thread.join()
    log.info("e")
    found = fields()
    assert [{"a": 1}, {"a": 1}, {}, {"a": 1}] == [found[0], *found[2:]]


def test_a_mutable_value_is_rendered_at_each_call(fields: Fields) -> None:
    """A bound list shows what it holds at the time of each line."""
    items = [1]
    bind_contextvars(items=items)
    log.info("e")
    items.append(2)
    log.info("e")
    assert [{"items": [1]}, {"items": [1, 2]}] == fields()


def test_structlog_bindings_are_honoured(fields: Fields) -> None:
    """Fields of structlog.contextvars join in, below ours, for as long as they are bound."""
    log.info("e")
    structlog.contextvars.bind_contextvars(a="structlog", b="structlog")
    bind_contextvars(b="ours")
    log.info("e")
    log.bind(a="bound").info("e", b="call")
    structlog.contextvars.unbind_contextvars("a")
    log.info("e")
    clear_contextvars()
    with structlog.contextvars.bound_contextvars(c="block"):
        log.info("e")
    structlog.contextvars.clear_contextvars()
    log.info("e")
    expected = [
        {},
        {"a": "structlog", "b": "ours"},
        {"a": "bound", "b": "call"},
        {"b": "ours"},
        {"b": "structlog", "c": "block"},
        {},
    ]
    assert expected == fields()


@pytest.mark.parametrize("lane", LANES)
def test_structlog_may_be_half_imported(lane: str) -> None:
    """A line that comes while another thread imports structlog is written; later ones have all."""
    code = """
import sys, types
from provide.foundation import logger
logger.info("before")
sys.modules["structlog.contextvars"] = types.ModuleType("structlog.contextvars")
logger.info("meanwhile", a=1)
del sys.modules["structlog.contextvars"]
import structlog
structlog.contextvars.bind_contextvars(b=2)
logger.info("after", a=1)
"""
    done = interpreters.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={"FOUNDATION_LANE": lane},
        timeout=60,
        check=True,
    )
    found = [list(json.loads(line).items())[3:] for line in done.stderr.splitlines()]
    expected = [
        [("event", "before")],
        [("event", "meanwhile"), ("a", 1)],
        [("event", "after"), ("b", 2), ("a", 1)],
    ]
    assert expected == found


def test_a_half_imported_module_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is concluded from a module that another thread is still importing."""
    name = "structlog.contextvars"
    monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    assert structlog_variables() is None


def test_fields_are_never_changed_in_place() -> None:
    """What somebody has read of the context stays as it was read."""
    clear_contextvars()
    with bound_contextvars(a=1):
        read = context_fields()
        with bound_contextvars(a=2, b=3):
            unbind_contextvars("a")
        assert {"a": 1} == dict(read)


def test_fields_can_be_read() -> None:
    """What is bound can be read, as a dict that is the reader's own."""
    clear_contextvars()
    assert {} == get_contextvars()

    bind_contextvars(request_id="r-1")
    get_contextvars()["request_id"] = "r-2"

    assert {"request_id": "r-1"} == get_contextvars()
    clear_contextvars()
