"""Records of `logging` that are one plain call: the line is the one of the long way."""

from __future__ import annotations

import enum
import importlib.util
import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    bound_contextvars,
    reset_for_testing,
    set_level,
    setup_telemetry,
)
from provide.foundation._bridges.plain_records import write_plain
from provide.foundation._bridges.stdlib_handler import FoundationHandler
from provide.foundation._runtime.foreign import call_plainly

LANES = ["fast", "processor"]
if importlib.util.find_spec("provide.foundation.native") is not None:
    LANES.append("native")


class Text(str):
    """Be a string of a class of the user's."""


class Level(enum.IntEnum):
    """Be a level that is no plain integer."""

    HIGH = logging.INFO


class OwnRecord(logging.LogRecord):
    """Be a record of a class of the user's."""


def record(
    msg: Any = "request handled",
    args: Any = (),
    *,
    number: Any = logging.INFO,
    name: Any = "some.library",
    kind: type[logging.LogRecord] = logging.LogRecord,
    **extra: Any,
) -> logging.LogRecord:
    """Make a record as `Logger.makeRecord` does."""
    made = kind(name, number, "app.py", 7, msg, args, None, "main")
    made.__dict__.update(extra)
    return made


def without(name: str, **extra: Any) -> logging.LogRecord:
    """Make a record from which a filter has deleted an attribute."""
    made = record(**extra)
    delattr(made, name)
    return made


PLAIN = {
    "bare": lambda: record(),
    "extra": lambda: record(user="alice", status=200, ms=2.5, ok=True, none=None),
    "arguments": lambda: record("took %d ms for %s, %.1f", (7, "alice", 2.5), n=1),
    "percent sign": lambda: record("100% done"),
    "reserved": lambda: record(event="other", level="high", logger="x", timestamp=3, self=1),
    "secret": lambda: record(password="pw", nested={"token": "t", "n": 1}),
    "objects": lambda: record(when=Path("/srv"), numbers=[1, 2, {"a": float("nan")}], text=Text()),
    "controls in a field": lambda: record(text="a\x1b[31mb\n"),
    "long": lambda: record("e" * 5000, text="t" * 5000),
    "critical": lambda: record(number=logging.CRITICAL),
    "trace": lambda: record(number=5),
    "below the level": lambda: record(number=logging.DEBUG),
    "not ASCII": lambda: record("Zürich %s", ("こんにちは",)),
    "uvicorn": lambda: record(name="uvicorn.access", status_code=200),
    "name of a parameter": lambda: record(args_=1, name_=2),
    "values under names of objects": lambda: record(request="r-7", response=b"", websocket=[1]),
}
LONG = {
    "own class": lambda: record(kind=OwnRecord),
    "exception": lambda: record(exc_info=(ValueError, ValueError("no"), None)),
    "text of an exception": lambda: record(exc_text="Traceback: no"),
    "stack": lambda: record(stack_info="Stack: here"),
    "level between": lambda: record(number=25),
    "level of a class": lambda: record(number=Level.HIGH),
    "own string": lambda: record(Text("text")),
    "no string": lambda: record(ValueError("no")),
    "dict": lambda: record({"event": "e", "n": 1}),
    "name of a class": lambda: record(name=Text("some.library")),
    "colours": lambda: record("\x1b[31mred\x1b[0m\n"),
    "colours in an argument": lambda: record("%r", ("\x1b[31mred\x1b[0m",)),
    "end of line in an argument": lambda: record("said %s", ("so\r\n",)),
    "object as argument": lambda: record("%s", ([1, {"token": "t"}],)),
    "string of a class as argument": lambda: record("%s", (Text("a"),)),
    "mapping as argument": lambda: record("%(a)s", ({"a": 1},)),
    "too few arguments": lambda: record("%s and %s", (1,)),
    "wrong argument": lambda: record("%d", ("x",)),
    "stacklevel": lambda: record(stacklevel=2),
    "object of a framework": lambda: record(request=Path("/srv"), n=1),
    "uvicorn's colours": lambda: record(name="uvicorn", color_message="red"),
    "formatted before": lambda: record(message="request handled", asctime="then", n=1),
    "deleted": lambda: without("thread", a=1, b=2),
    "deleted for another": lambda: without("thread", a=1),
    "older": lambda: record(created=time.time() - 3, n=1),
    "of another time": lambda: record(created=1e9),
    "no time": lambda: record(created="then"),
}
LINES: dict[str, Callable[[], logging.LogRecord]] = {**PLAIN, **LONG}


@pytest.fixture(params=LANES)
def set_up(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Callable[[], list[str]]]]:
    """Give a function that sets up with a file, and returns what reads its lines."""
    path = tmp_path / "app.log"
    monkeypatch.setenv("FOUNDATION_LANE", request.param)

    def apply(**config: Any) -> Callable[[], list[str]]:
        setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path, **config)))
        return lambda: path.read_text().splitlines()

    reset_for_testing()
    yield apply
    reset_for_testing()


def ours() -> FoundationHandler:
    """Return the handler that takes records to Foundation."""
    (found,) = [h for h in logging.getLogger().handlers if isinstance(h, FoundationHandler)]
    return found


def without_time(line: str) -> str:
    """Return a line without its timestamp."""
    return re.sub('"timestamp":"[^"]*",', "", line, count=1)


def test_lines_are_those_of_the_long_way(set_up: Callable[..., Callable[[], list[str]]]) -> None:
    """Each record, plain or not, comes out byte for byte as the long way writes it."""
    lines = set_up()
    handler = ours()
    for name, make in LINES.items():
        with bound_contextvars(tenant=name):
            handler.emit(make())
            handler.handle(make())
    written = [without_time(line) for line in lines()]
    assert 2 * (len(LINES) - 2) == len(written)  # without the two that are below the level
    assert written[::2] == written[1::2]


@pytest.mark.parametrize("name", LINES)
def test_plain_records_are_told_from_others(
    set_up: Callable[..., Callable[[], list[str]]], name: str
) -> None:
    """A record without rarities is written by its logger's own method, any other is not."""
    set_up()
    # A busy machine may let the record grow old on the way: one of several is young enough.
    taken = [write_plain(LINES[name](), call_plainly) for _ in range(20)]
    assert (name in PLAIN) == any(taken)


def test_call_sites_are_the_record_s(set_up: Callable[..., Callable[[], list[str]]]) -> None:
    """Where lines have a call site, it is the record's."""
    lines = set_up(callsite=True)
    ours().handle(record())
    assert {"file": "app.py", "line": 7, "function": "main"} == json.loads(lines()[0])["callsite"]


def test_older_records_keep_their_time(set_up: Callable[..., Callable[[], list[str]]]) -> None:
    """A record that has waited, in a queue or behind a slow filter, has its own time."""
    lines = set_up()
    ours().handle(record(created=1e9))
    assert lines()[0].startswith('{"timestamp":"2001-09-09T01:46:40.000000Z"')


@pytest.mark.parametrize(("age_s", "is_plain"), [(0.0003, True), (0.005, False)])
def test_records_of_this_moment_are_plain_calls(
    set_up: Callable[..., Callable[[], list[str]]], age_s: float, is_plain: bool
) -> None:
    """A record that has waited for its thread is written as others are; an older one is not."""
    set_up()
    # A busy machine may let the record grow old on the way: one of several is young enough.
    taken = [write_plain(record(created=time.time() - age_s), call_plainly) for _ in range(20)]
    assert is_plain == any(taken)


def test_levels_and_later_set_ups_are_followed(
    set_up: Callable[..., Callable[[], list[str]]], tmp_path: Path
) -> None:
    """A level that changes later, and a later set-up, hold for the next record."""
    lines = set_up()
    log = logging.getLogger("some.library")
    log.info("one")
    set_level("ERROR", "some")
    log.info("two")
    set_level("INFO", "some")
    log.info("three")
    other = tmp_path / "other.log"
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=other)))
    log.info("four", extra={"n": 1})
    assert ["one", "three"] == [json.loads(line)["event"] for line in lines()]
    assert ["four"] == [json.loads(line)["event"] for line in other.read_text().splitlines()]
