"""What is bound through structlog's context variables: the same line in every lane."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.contextvars import (
    bind_contextvars,
    bound_contextvars,
    clear_contextvars,
    unbind_contextvars,
)

from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation import bound_contextvars as bound_ours
from provide.foundation.config import Formatter
from provide.foundation.context import CURRENT, join_context, structlog_variables

LANES = ["fast"]
if importlib.util.find_spec("provide.foundation.native") is not None:
    LANES.append("native")
FORMATS: list[Formatter] = ["json", "key_value", "compact"]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Undo every binding."""
    reset_for_testing()
    yield
    reset_for_testing()
    clear_contextvars()
    structlog.contextvars._CONTEXT_VARS.clear()


def log_all() -> None:
    """Log with every kind of variable, and while they change."""
    log = get_logger("app")
    bound = log.bind(tenant="bound", n=1)

    def write() -> None:
        for logger in (log, bound):
            for _ in range(2):
                logger.info("said")
                logger.info("said", user="alice", n=2)
                logger.warning("took %d", 3, request_id="call's")
                logger.info("said", path=Path("/srv"), password="pw")

    write()
    bind_contextvars(request_id="a81f", tenant=42)
    write()
    bind_contextvars(request_id=True)
    write()
    bind_contextvars(request_id=1)
    write()
    with bound_ours(request_id="ours", region="eu"):
        write()
        with bound_contextvars(zone="z", objects=[1, {"token": "t"}], api_key="k"):
            write()
    unbind_contextvars("tenant")
    write()
    with bound_contextvars(level="reserved", **{"two words": "x y", "é": float("nan")}):
        write()
    clear_contextvars()
    write()


def lines_of(lane: str, formatter: Formatter, path: Path, patch: pytest.MonkeyPatch) -> list[str]:
    """Return the lines of a lane without their times."""
    patch.setenv("FOUNDATION_LANE", lane)
    logging = LoggingConfig(log_file=path, console_formatter=formatter, capture_stdlib=False)
    setup_telemetry(TelemetryConfig(service_name="shop", logging=logging))
    log_all()
    assert lane == stats().lane
    return re.sub(r"(\d{4}-\d\d-\d\dT)?\d\d:\d\d:\d\d\.\d+Z?", "", path.read_text()).splitlines()


@pytest.mark.parametrize("formatter", FORMATS)
@pytest.mark.parametrize("lane", LANES)
def test_lanes_agree(
    lane: str, formatter: Formatter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line is byte for byte what the steps of the pipeline make."""
    expected = lines_of("processor", formatter, tmp_path / "processor.log", monkeypatch)
    found = lines_of(lane, formatter, tmp_path / "lane.log", monkeypatch)
    assert 9 * 16 == len(expected)
    assert expected == found


def fields_of(path: Path) -> list[str]:
    """Return what the lines of a JSON file have behind their events."""
    return [line.partition('"said"')[2] for line in path.read_text().splitlines()]


@pytest.mark.parametrize("lane", LANES)
def test_tasks_and_threads_have_their_own(
    lane: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a task, or a thread, has bound stands in its lines, however they take turns."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    path = tmp_path / "app.log"
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path, capture_stdlib=False)))
    log = get_logger("app")

    async def task(number: int) -> None:
        bind_contextvars(task=number)
        for _ in range(3):
            log.info("said")
            await asyncio.sleep(0)

    async def tasks() -> None:
        await asyncio.gather(task(0), task(1))

    asyncio.run(tasks())
    log.info("said")

    def bind() -> None:
        bind_contextvars(task=2)
        log.info("said")

    thread = threading.Thread(target=bind)
    thread.start()
    thread.join()
    log.info("said")
    turns = [',"task":0}', ',"task":1}'] * 3
    assert [*turns, "}", ',"task":2}', "}"] == fields_of(path)


def test_context_is_the_same_object_while_it_stays() -> None:
    """It is made anew when a value changes, and when our own context does, and not before."""
    bind_contextvars(a=1, b=2)
    variables: Any = structlog_variables()

    def joined() -> Any:
        return join_context(variables, CURRENT.get())

    first = joined()
    assert {"a": 1, "b": 2} == first.fields
    assert first is joined()
    bind_contextvars(a=True)
    second = joined()
    assert "{'a': True, 'b': 2}" == str(second.fields)
    with bound_ours(b=3):
        assert {"a": True, "b": 3} == joined().fields
    clear_contextvars()
    assert joined() is None


def test_other_structlog_is_asked_each_time() -> None:
    """Where structlog keeps its variables elsewhere, what it says stands in the context."""
    bind_contextvars(a=1)
    found = join_context(True, None)
    assert found is not None
    assert {"a": 1} == found.fields
    clear_contextvars()
    assert join_context(True, None) is None
