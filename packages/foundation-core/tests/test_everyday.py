"""Everyday calls: each shape is written as the processor lane writes it, and by which lane."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import json
import os
import sys
import threading
import uuid
import zoneinfo
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import attrs
import pytest

from installed_lanes import LANES
from provide.foundation import (
    Logger,
    LoggingConfig,
    TelemetryConfig,
    bound_contextvars,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation._runtime.state import STATE
from provide.foundation.config import Formatter
from provide.foundation.levels import INFO

FORMATS: tuple[Formatter, ...] = ("json", "key_value", "compact")
#: What a line begins with that is never the same twice.
STAMPS = {
    "json": len('{"timestamp":"2026-11-23T14:10:00.123456Z"'),
    "key_value": len("timestamp=2026-11-23T14:10:00.123456Z"),
    "compact": len("14:10:00.123"),
}


class Colour(enum.Enum):
    """Be an everyday enum."""

    RED = "red"


class Odd(enum.Enum):
    """Be one that says something else."""

    RED = "red"

    @property
    def value(self) -> str:
        """Return what its author wants."""
        return "scarlet"


class Failing(enum.Enum):
    """Be one that fails."""

    RED = "red"

    @property
    def value(self) -> str:
        """Fail."""
        raise RuntimeError("no value")


class Point(NamedTuple):
    """Be a named tuple with a name that is secret."""

    x: int
    token: str


class Told(ValueError):
    """Be an exception with words of its own."""

    def __str__(self) -> str:
        return "told\n" + repr(self.args)


class Zone(dt.tzinfo):
    """Be a time zone that fails."""

    def utcoffset(self, moment: dt.datetime | None) -> dt.timedelta:
        """Fail."""
        raise RuntimeError("no offset")

    dst = utcoffset

    def tzname(self, moment: dt.datetime | None) -> str:
        """Fail."""
        raise RuntimeError("no name")


class Logging:
    """Log when it is rendered."""

    def __repr__(self) -> str:
        get_logger("inner").info("within", moment=dt.date(2026, 1, 2), deep=[{"a": Colour.RED}])
        return "logging"


@dataclasses.dataclass
class Order:
    """Be a record, of which one field is not shown and one is secret."""

    number: int
    when: dt.datetime
    items: list[Any]
    api_key: str = "hunter2"
    hidden: str = dataclasses.field(default="hunter2", repr=False)


@attrs.define
class Slotted:
    """Be a record with slots."""

    a: Any
    b: Any = None


@dataclasses.dataclass
class Computed:
    """Be a record with a property over a field."""

    a: int

    @property
    def b(self) -> int:
        """Return something else."""
        return self.a


class Text(str):
    """Be no exact text."""


class Number(int):
    """Be no exact number."""

    def __repr__(self) -> str:
        return "number"


class Level(enum.IntEnum):
    """Be a number that is an enum."""

    LOW = 1


class Float(float):
    """Be no exact float."""


CYCLE: list[Any] = [1]
CYCLE.append(CYCLE)
UTC = dt.datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=dt.UTC)

VALUES: dict[str, Any] = {
    "nan": [float("nan"), {"a": float("-inf")}],
    "infinity": float("inf"),
    "big": 2**64,
    "least": -(2**63),
    "huge": [10**1200, -(2**63) - 1],
    "bytes": b"abc",
    "broken bytes": b"\xff\x00",
    "uuid": uuid.UUID(int=7),
    "decimal": decimal.Decimal("1.50"),
    "utc": UTC,
    "naive": UTC.replace(tzinfo=None),
    "zone": UTC.astimezone(dt.timezone(dt.timedelta(hours=2), "X")),
    "failing zone": dt.datetime(2026, 1, 2, tzinfo=Zone()),
    "date": dt.date(2026, 1, 2),
    "time": dt.time(1, 2, 3),
    "duration": dt.timedelta(days=1, milliseconds=5),
    "path": PurePosixPath("/a b/c"),
    "enum": Colour.RED,
    "odd enum": Odd.RED,
    "failing enum": [Failing.RED],
    "error": ValueError("a\nb", 7),
    "error without words": [KeyError("k"), ValueError()],
    "error of a secret": ValueError({"password": "hunter2"}),
    "error in words": Told(1),
    "os error": OSError(2, "none", "x"),
    "list": [1, 2.5, "x", None, True, [], {}, ()],
    "integers": list(range(40)),
    "big integers": [*range(40), 2**64],
    "booleans": [True, *range(40)],
    "floats": [[1.5] * 5, [*[1.5] * 5, float("nan")]],
    "decimals": [[decimal.Decimal("1.50")] * 5, [decimal.Decimal("1" * 30)] * 5],
    "ids": [[uuid.UUID(int=n) for n in range(5)], {"id": uuid.UUID(int=7)}],
    "texts": [["x" * 30] * 5, ["é" * 200, "y", "z"], ["a", "b", "c"]],
    "rows": [{"n": n, "token": "hunter2", "in": {"password": "hunter2"}} for n in range(40)],
    "too wide rows": [{f"k{n}": n for n in range(1001)}] * 3,
    "too many rows": [{f"k{n}": n for n in range(900)}] * 12,
    "deep rows": [json.loads('{"a":[' * 17 + "1" + "]}" * 17), *[{"a": 1}] * 40],
    "too long rows": [{"a": [[n, {"b": [n]}] for n in range(90)]}] * 3,
    "tuple": (1, (2, [3])),
    "named tuple": [Point(1, "hunter2"), Point(2, "y")],
    "set": {3, 1, 2},
    "set of texts": frozenset({"b", "a"}),
    "mixed set": {1, "a", 2.5},
    "dict": {"a": {"b": [{"c": (1, 2)}]}, "é": "日本"},
    "secret": {"password": "hunter2", "deep": [{"Api-Key": b"x", "n": 1}]},
    "header": [("Cookie", "hunter2"), (b"authorization", b"hunter2"), ["a", "b"], [1, 2]],
    "odd keys": {1: 2, None: 3, "1": 4, "x" * 70: 5, "": 6},
    "controls": ["\x1b[31m\x7f", {"\x9b": "\u202e\u2028"}],
    "surrogate": ["\ud800"],
    "punctuation": ['a "b" = \\ {c}', ""],
    "long": "x" * 3000,
    "long and odd": "\x85é" * 900,
    "deep": [[[[[[[[[[1]]]]]]]]]],
    "too deep": json.loads("[" * 40 + "]" * 40),
    "too many": list(range(1001)),
    "far too many": {f"k{n}": list(range(900)) for n in range(12)},
    "cycle": CYCLE,
    "shared": [[1, 2]] * 3,
    "logging": Logging(),
    "object": object,
    "record": Order(1, UTC, [decimal.Decimal(1), {"token": "hunter2"}]),
    "records": [Slotted(1, Slotted("x", b"y")), Computed(3)],
    "incomplete record": Slotted.__new__(Slotted),
    "text of a subclass": [Text("x\x7f"), {Text("k"): Text("v")}],
    "number of a subclass": [Number(7), Number(2**70), Float("nan"), Float(1.5), Level.LOW],
    "dict of a subclass": [
        OrderedDict(b=1, a=2),
        defaultdict(list, token="hunter2"),
        Counter("aab"),
    ],
    "place": UTC.astimezone(zoneinfo.ZoneInfo("Europe/Berlin")),
    "moments": {"a": [UTC, UTC.replace(tzinfo=None)], "b": dt.datetime(1, 2, 3)},
    "large": "x" * 40_000,
    "large and odd": ["\x7f" * 40_000, "é" * 20_000],
}


def log_odd_events(log: Logger) -> None:
    """Log events that are no texts."""
    for event in (7, None, b"y", ["token", 1], ValueError("x")):
        log.info(event, n=1)


def log_at_levels(log: Logger) -> None:
    """Log at levels by their number and name."""
    log.log(30, "e", n=1)
    log.log("warning", "e", n=[1])


def log_value(value: Any) -> Callable[[Logger], object]:
    """Return what logs a value."""
    return lambda log: log.info("e", v=value, n=1)


SHAPES: dict[str, Callable[[Logger], object]] = {
    "reserved": lambda log: log.info("e", timestamp=1, n=1, service="x", emoji="y"),
    "reserved and its successor": lambda log: log.info("e", timestamp=1, timestamp_=2, level=3),
    "secret": lambda log: log.info("e", token="hunter2", n=1),
    "override": lambda log: log.info("e", request="call", bound="call", n=1),
    "override alone": lambda log: log.info("e", bound="call"),
    "arguments": lambda log: log.info("took %d ms of %s", 7, "x y"),
    "arguments and fields": lambda log: log.info("took %d ms", 7, n=1),
    "arguments that fail": lambda log: log.info("took %d ms", "x", n=1),
    "arguments that fail beside some": lambda log: log.info("took %d ms", "x", args=1),
    "arguments that are objects": lambda log: log.info(
        "%s, %r, %s at %s of %s", ValueError("told"), KeyError("k", 1), Told(2), Path("/a"), UTC
    ),
    "arguments by name": lambda log: log.info("%(n)s of %(token)s", {"n": 1, "token": "hunter2"}),
    "arguments that log": lambda log: log.info("said %s", Logging(), n=1),
    "objects that fail": lambda log: log.info("took %d ms", ValueError("told"), n=1),
    "objects that fail beside some": lambda log: log.info("took %d", Path("/a"), args=1, k1="x"),
    "event an exception": lambda log: log.info(ValueError("told"), n=1, token="hunter2"),
    "event two of its arguments": lambda log: log.info(KeyError("k", b"x"), n=1),
    "event with words of its own": lambda log: log.warning(Told(("x", 1)), service="x"),
    "argument with a secret": lambda log: log.info("with %s", {"token": "hunter2"}),
    "no exception": lambda log: log.info("e", exc_info=None),
    "no exception, fields": lambda log: log.info("e", exc_info=False, n=1, stack_info=False),
    "stack level": lambda log: log.info("e", stacklevel=3, n=1),
    "exception": lambda log: log.error("e", exc_info=ValueError("x"), n=1),
    "event no text": log_odd_events,
    "event long": lambda log: log.info("e\n" * 100, n=[1]),
    "level": log_at_levels,
    "error level": lambda log: log.error("e", n=[1], timestamp=1),
    "many": lambda log: log.info("e", **{f"k{n}": [n] for n in range(120)}),
    "too many": lambda log: log.info("e", **{f"k{n}": [n] for n in range(1_001)}),
    "odd key": lambda log: log.info("e", **{"a b": [1], "timestamp": 2, "é": 3}),
    **{f"value: {name}": log_value(value) for name, value in VALUES.items()},
    "values together": lambda log: log.info(
        "e", **{n.replace(" ", "_"): v for n, v in VALUES.items() if "too" not in n}
    ),
}


def plainly(log: Logger, shape: Callable[[Logger], object]) -> None:
    """Play a shape with a logger that has no field."""
    shape(log)


def bound_to_some(log: Logger, shape: Callable[[Logger], object]) -> None:
    """Play it with bound fields, twice with the same logger."""
    bound = log.bind(bound="b", k1=7)
    shape(bound)
    shape(bound)


def bound_to_odd_ones(log: Logger, shape: Callable[[Logger], object]) -> None:
    """Play it with bound fields that take some care."""
    bound = log.bind(logger="x", password="hunter2", when=UTC, items=[1, {"token": "hunter2"}])
    shape(bound)
    shape(bound)


def in_context(log: Logger, shape: Callable[[Logger], object]) -> None:
    """Play it in a context that shares a name with the logger."""
    with bound_contextvars(request="r", bound="context"):
        shape(log)
        shape(log.bind(bound="b"))


def in_odd_context(log: Logger, shape: Callable[[Logger], object]) -> None:
    """Play it in a context that takes some care."""
    with bound_contextvars(id=uuid.UUID(int=9), secret="hunter2", span_id="s"):
        shape(log)
        shape(log.bind(b=1))


AROUND = (plainly, bound_to_some, bound_to_odd_ones, in_context, in_odd_context)


@contextmanager
def lane(name: str, formatter: Formatter, path: Path) -> Iterator[Logger]:
    """Set Foundation up on one lane, with one file."""
    reset_for_testing()
    os.environ["FOUNDATION_LANE"] = name
    try:
        config = LoggingConfig(
            log_file=path,
            console_formatter=formatter,
            capture_stdlib=False,
            capture_structlog=False,
        )
        setup_telemetry(TelemetryConfig(service_name="shop", logging=config))
        yield get_logger("app.part")
    finally:
        del os.environ["FOUNDATION_LANE"]
        reset_for_testing()


def written(name: str, formatter: Formatter, path: Path) -> list[bytes]:
    """Play every shape within everything that may be around it; return the lines."""
    with lane(name, formatter, path) as log:
        for around in AROUND:
            for title, shape in SHAPES.items():
                log.info(f"{around.__name__}, {title}")
                around(log, shape)
    return [line[STAMPS[formatter] :] for line in path.read_bytes().split(b"\n")[:-1]]


@pytest.mark.parametrize("formatter", FORMATS)
def test_lanes_write_alike(formatter: Formatter, tmp_path: Path) -> None:
    """Every everyday call is the same line, byte for byte, in every lane; no secret is in one."""
    expected = written("processor", formatter, tmp_path / "processor.log")
    assert len(expected) > 4 * len(SHAPES)
    assert not [line for line in expected if b"hunter2" in line]
    for name in LANES:
        if name != "processor":
            actual = written(name, formatter, tmp_path / f"{name}.log")
            assert expected == actual


@pytest.mark.parametrize("name", [name for name in LANES if name != "processor"])
def test_fast_lane_writes_everyday_calls(name: str, tmp_path: Path) -> None:
    """An everyday call stays with the fast lane; what leaves it is counted by its reason."""
    with lane(name, "json", tmp_path / "x.log") as log:
        for title in ("reserved", "secret", "arguments", "no exception", "event no text", "many"):
            for around in AROUND:
                around(log, SHAPES[title])
        log.bind(a=1).info("e", a=2, id=uuid.UUID(int=1), v={"a": [1, 2]}, e=ValueError("x"))
        stayed = dict(stats().fallbacks)
        log.info("e", **{"x" * 70: 1})
        left = stats().fallbacks
    assert {} == stayed
    assert {"keys": 1} == left == stats().as_dict()["fallbacks"] | left


@pytest.mark.parametrize("name", [name for name in LANES if name != "processor"])
def test_value_that_changes_meanwhile(name: str, tmp_path: Path) -> None:
    """A dict that another thread changes while it is logged leaks no secret and costs no line.

    It is looked at early, and what stands behind it takes so long that there is a change before
    the line is encoded.
    """
    path = tmp_path / "x.log"
    value: dict[str, Any] = {"a": 1, "list": [1, 2]}
    behind = [[[[1, "x"] * 400]]]
    done = threading.Event()

    def change() -> None:
        while not done.is_set():
            value["password"] = "hunter2"
            value["list"].append(float("nan"))
            value["deep"] = {"token": "hunter2", "set": {1}}
            del value["password"], value["deep"], value["list"][-1]

    thread = threading.Thread(target=change)
    interval = sys.getswitchinterval()
    with lane(name, "json", path) as log:
        sys.setswitchinterval(1e-6)
        try:
            thread.start()
            for number in range(300):
                log.info("e", v=value, n=number, w=[value], x=[value] * 3, y=behind)
        finally:
            done.set()
            thread.join()
            sys.setswitchinterval(interval)
    lines = path.read_bytes().splitlines()
    assert list(range(300)) == [json.loads(line)["n"] for line in lines]
    assert not [line for line in lines if b"hunter2" in line or b"null" in line]


@pytest.mark.parametrize("name", LANES)
def test_value_stays_as_it_is(name: str, tmp_path: Path) -> None:
    """What is masked or spelled in a line is left alone in the program's own containers."""
    moment, missing = dt.date(2026, 1, 2), float("nan")
    value = {"password": "p", "at": moment, "list": [missing, (moment,)]}
    with lane(name, "json", tmp_path / "x.log") as log:
        log.info("e", v=value, w=[value], timestamp=1)
        log.bind(v=value).info("e")
    assert {"password": "p", "at": moment, "list": [missing, (moment,)]} == value


@pytest.mark.parametrize("name", [name for name in LANES if name != "processor"])
def test_value_runs_once(name: str, tmp_path: Path) -> None:
    """Code of a value's that logs writes one line for each time the value is logged."""
    path = tmp_path / "x.log"
    with lane(name, "json", path) as log:
        log.info("out %s", Logging(), v=Logging(), timestamp=1)
        log.info("\ud800", v=Logging())
    events = [json.loads(line)["event"] for line in path.read_bytes().splitlines()]
    assert ["within", "within", "out logging", "within", "\\ud800"] == events


def nest(value: Any, times: int, width: int) -> Any:
    """Return lists inside of each other, each of which holds the next one so often."""
    for _ in range(times):
        value = [value] * width
    return value


@pytest.mark.parametrize("lane", LANES)
def test_shared_and_deep_lists_have_an_end(
    lane: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists that hold the next one twice, 40 times over, and deep ones are cut as in the steps."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    path = tmp_path / "app.log"
    logging = LoggingConfig(log_file=path, capture_stdlib=False)
    reset_for_testing()
    setup_telemetry(TelemetryConfig(logging=logging))
    log = get_logger("app")
    values = (nest("x", 40, 2), nest({"token": 1}, 60, 1), nest({"token": 1}, 31, 1))
    for value in values:
        log.info("said", value=value, more=[nest(1, 29, 1)] * 3)
        assert STATE.pipeline is not None
        STATE.pipeline.emit(log, INFO, "said", (), {"value": value, "more": [nest(1, 29, 1)] * 3})
    lines = [line[STAMPS["json"] :] for line in path.read_text("utf-8").splitlines()]
    reset_for_testing()

    assert (6, lines[::2]) == (len(lines), lines[1::2])
