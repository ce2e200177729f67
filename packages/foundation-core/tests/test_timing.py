"""`timed` writes one line at the end of a block or a call, with the seconds that it took."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from installed_lanes import LANES
from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation.testing import capture_logs

log = get_logger("app.jobs").bind(tenant="acme")


@pytest.fixture(name="lines")
def capture() -> Iterator[list[dict[str, Any]]]:
    """Keep the lines of a test."""
    with capture_logs() as captured:
        yield captured


def test_block_writes_one_line(lines: list[dict[str, Any]]) -> None:
    """It has its own fields, those that were added, and the seconds."""
    with log.timed("load %s", "orders", table="orders") as timing:
        time.sleep(0.02)
        timing.add(rows=3, table="basket")

    [line] = lines
    assert 0.02 <= line.pop("duration_s") < 30
    assert {
        "event": "load orders",
        "level": "info",
        "logger": "app.jobs",
        "tenant": "acme",
        "table": "basket",
        "rows": 3,
    } == line


def test_exception_is_part_of_the_line(lines: list[dict[str, Any]]) -> None:
    """It goes on, and the line is an error, or what it would be if that is more."""
    for level in ("DEBUG", "CRITICAL"):
        with pytest.raises(ValueError, match="full"), log.timed("load", level=level, over_s=60):
            raise ValueError("full")

    assert [("error", "full"), ("critical", "full")] == [
        (line["level"], line["exception"]["message"]) for line in lines
    ]


def test_cancellation_is_no_error(lines: list[dict[str, Any]]) -> None:
    """A task that is cancelled has its line, at its level, and that says what has ended it."""

    @log.timed("wait", level="WARNING")
    async def wait() -> None:
        await asyncio.sleep(60)

    async def cancel() -> None:
        task = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(cancel())

    assert [("warning", "CancelledError")] == [(line["level"], line["ended_by"]) for line in lines]
    assert "exception" not in lines[0]


def test_only_what_is_slow(lines: list[dict[str, Any]]) -> None:
    """With `over_s` a faster block has no line."""
    with log.timed("fast", over_s=60):
        pass
    with log.timed("slow", over_s=0.001):
        time.sleep(0.01)

    assert ["slow"] == [line["event"] for line in lines]


def test_functions_keep_their_kind(lines: list[dict[str, Any]]) -> None:
    """Each call of a function or a coroutine has a line of its own; what it returns is returned."""

    @log.timed("divided", by="call")
    def divide(number: int) -> float:
        """Divide."""
        return 1 / number if number > 1 else divide(number + 1)

    @log.timed("later")
    async def later(number: int) -> int:
        await asyncio.sleep(0.01)
        return number

    class Service:
        @log.timed("static")
        @staticmethod
        def static() -> int:
            return 7

    async def both() -> list[int]:
        return list(await asyncio.gather(later(1), later(2)))

    assert (0.5, [1, 2], 7) == (divide(1), asyncio.run(both()), Service.static())
    assert inspect.iscoroutinefunction(later)
    assert ("Divide.", "(number: 'int') -> 'float'") == (
        divide.__doc__,
        str(inspect.signature(divide)),
    )
    events = [line["event"] for line in lines]
    assert ["divided", "divided", "later", "later", "static"] == events
    assert all(line["duration_s"] >= 0.01 for line in lines if line["event"] == "later")


def test_fields_of_the_same_names_survive(lines: list[dict[str, Any]]) -> None:
    """A field called like the seconds, or like a parameter, is kept under another name."""
    with log.timed("load", self=1, event=2, duration_s=3, duration_s_=4) as timing:
        timing.add(level="high", over_s=5, self=6)
    with pytest.raises(SystemExit), log.timed("end", ended_by="an owner"):
        raise SystemExit

    line, end = lines
    assert isinstance(line["duration_s"], float)
    assert ("SystemExit", "an owner") == (end["ended_by"], end["ended_by_"])
    assert (6, 2, 3, 4, "high", 5) == (
        line["self"],
        line["event_"],
        line["duration_s__"],
        line["duration_s_"],
        line["level_"],
        line["over_s"],
    )


def test_generators_are_refused() -> None:
    """Their time is that of whoever asks them for more."""

    def numbers() -> Iterator[int]:
        yield 1

    for function in (numbers, functools.partial(numbers)):
        with pytest.raises(TypeError, match="timed takes no generator function"):
            log.timed("numbers")(function)
    with pytest.raises(TypeError, match="takes a function"):
        log.timed("number")(5)  # type: ignore[type-var]


def test_bad_arguments_cost_nothing(lines: list[dict[str, Any]]) -> None:
    """A bad `over_s` counts as none, and a bad level as ERROR; the exception is the block's own."""
    with log.timed("fine", over_s="0.5"):  # type: ignore[arg-type]
        pass
    with pytest.raises(KeyError), log.timed("failed", level=[]):  # type: ignore[arg-type]
        raise KeyError

    found = [(line["event"], line["level"]) for line in lines if line["logger"] == log.name]
    assert [("fine", "info"), ("failed", "error")] == found


@pytest.mark.parametrize("lane", LANES)
def test_every_lane_has_the_line(
    lane: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is one call: it is counted, has the call site, and is off with its level."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    file = tmp_path / "app.log"
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=file, callsite=True)))
    with log.timed("load", rows=1):
        pass
    with log.timed("off", level="DEBUG"):
        pass
    with log.timed("unknown", level="LOUD"):
        pass
    written = stats().outputs[str(file)].written
    reset_for_testing()

    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert {"info": 1, "error": 1} == written
    assert [("load", "info"), ("unknown", "error")] == [(x["event"], x["level"]) for x in lines]
    assert {__file__} == {line["callsite"]["file"] for line in lines}
