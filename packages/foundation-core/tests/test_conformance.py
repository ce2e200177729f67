"""Every lane writes the same lines: the same cases through each, parsed and compared.

The lanes differ in speed only. The native lane takes part where it is compiled.
"""

from __future__ import annotations

import enum
import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from installed_lanes import LANES as INSTALLED
from provide.foundation import (
    Logger,
    LoggingConfig,
    TelemetryConfig,
    bind_contextvars,
    bound_contextvars,
    clear_contextvars,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation.config import Formatter

LANES = (*INSTALLED, *(f"{name} with a processor" for name in INSTALLED if name != "fast"))


class Colour(enum.Enum):
    """Be a value that orjson would render by a rule of its own."""

    RED = "red"


class Hostile:
    """Raise from everything that rendering could call."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    __str__ = __repr__


class Text(str):
    """Be a string that is not exactly one."""


def log_failure(log: Logger) -> None:
    """Log an exception with a cause."""
    try:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise ValueError("outer") from error
    except ValueError:
        log.exception("failed", a=1)


def log_in_context(log: Logger) -> None:
    """Log with context fields that meet bound fields and call fields."""
    with bound_contextvars(request_id="r-1", user="context"):
        log.info("plain")
        log.bind(user="bound", b=2).info("meets bound", c=3)
        log.info("meets call", user="call")
    bind_contextvars(mutable=[1])
    log.info("mutable", a=1)
    clear_contextvars()
    log.info("cleared", a=1)


def log_in_empty_context(log: Logger) -> None:
    """Log in a context that has been made, and has no field."""
    with bound_contextvars():
        log.info("empty")
        log.info("empty", a=1)
        log.bind(b=2).info("empty")


def log_mutable_bound(log: Logger) -> None:
    """Log twice with a bound list that changes in between."""
    items = [1]
    bound = log.bind(items=items)
    bound.info("before")
    items.append(2)
    bound.info("after", a=1)


def log_unknown_level(log: Logger) -> None:
    """Log at levels that do not exist."""
    log.log("bogus", "name")
    log.log(17, "number", level="x")
    log.log("warn", "alias")


def log_odd_events(log: Logger) -> None:
    """Log events that are no exact strings."""
    for event in (None, 7, ["x"], b"y", Text("z")):
        log.info(event)


def log_punctuation(log: Logger) -> None:
    """Log events that hold what a text format uses itself."""
    for event in ('a "b" \\', "a=b", "é=\n", 'é"'):
        log.info(event, a=1)


def log_text_of_one_kind(log: Logger) -> None:
    """Log texts with one character each of those that formats use themselves."""
    for text in ("1:2", "a,b", "{x", "y}", "x=y", "a b", 'q"q', "b\\c", "", "[1]", "é", "\x7f"):
        log.info("e", a=text, n=1)
        log.bind(b=text).info("e")


CASES: dict[str, Callable[[Logger], object]] = {
    "static": lambda log: log.info("static"),
    "scalars": lambda log: log.info("e", i=1, f=2.5, s="x", t=True, n=None, neg=-7, e=""),
    "levels": lambda log: [getattr(log, name)("e", a=1) for name in ("info", "warn", "fatal")],
    "level off": lambda log: log.debug("e", a=1),
    "bound": lambda log: log.bind(a=1, b="x").bind(c=2.5).info("e", d=4),
    "bound meets call": lambda log: log.bind(a=1, b=2).info("e", a="call"),
    "bound without call fields": lambda log: log.bind(a=1).info("e"),
    "bound mutable": log_mutable_bound,
    "bound secret": lambda log: log.bind(password="x").info("e"),
    "bound reserved": lambda log: log.bind(timestamp="x", level="y").info("e", event="z"),
    "bound call parameter": lambda log: log.bind(exc_info=True).info("e"),
    "context": log_in_context,
    "context empty": log_in_empty_context,
    "reserved": lambda log: log.info("e", timestamp=1, logger="x", timestamp_="y"),
    "secret": lambda log: log.info("e", api_key="k", Authorization="a", max_tokens=7),
    "secret nested": lambda log: log.info("e", a={"password": "x", "b": [{"token": "y"}]}),
    "positional": lambda log: log.info("took %d ms", 7, a=1),
    "positional mapping": lambda log: log.info("took %(n)d ms", {"n": 7}),
    "positional that fails": lambda log: log.info("took %d ms", "x", a=1),
    "percent without arguments": lambda log: log.info("100% %s done", a=1),
    "exception": log_failure,
    "exc_info without exception": lambda log: log.info("e", exc_info=True, a=1),
    "exc_info object": lambda log: log.info("e", exc_info=ValueError("given")),
    "exc_info false": lambda log: log.info("e", exc_info=False, stack_info=False, stacklevel=2),
    "unknown level": log_unknown_level,
    "not a number": lambda log: log.info("e", a=float("nan"), b=float("inf"), c=-float("inf")),
    "big integers": lambda log: log.info("e", a=2**63, b=2**64, c=-(2**70), d=10**400),
    "controls": lambda log: log.info("a\nb\x1b[31m", v="\x00\x7f\x85\u2028\u202e\u061c", k="\t"),
    "controls in key": lambda log: log.info("e", **{"a\nb": 1, 'q"': 2, "": 3}),
    "surrogates": lambda log: log.info("\ud800", v="\udfff", **{"k\ud800": 1}),
    "not ascii": lambda log: log.info("grün", v="日本語", w="🚀 é", x="\u3000"),
    "long strings": lambda log: log.info("e" * 500, v="x" * 70_000, w="y\x7f" * 500),
    "containers": lambda log: log.info("e", a=[1, (2, 3)], b={"x": {"y": None}}, c=[]),
    "odd types": lambda log: log.info("e", a=Colour.RED, b=uuid.UUID(int=7), c=Text("t"), d=b"x"),
    "texts": lambda log: log.info("two words", a="x=y", b='q"q', c="", d="/api/v1", e="1:2,3{}"),
    "texts of one kind": log_text_of_one_kind,
    "texts bound": lambda log: log.bind(a="two words", b="x:y").info("e", **{"http.method": "GET"}),
    "hostile": lambda log: log.info("e", a=Hostile(), b=[Hostile()], c=1),
    "event not text": log_odd_events,
    "event hostile": lambda log: log.info(Hostile()),
    "event with punctuation": log_punctuation,
    "event empty": lambda log: log.info(""),
    "field named self": lambda log: log.info("e", self=1, args=2, fields=3),
    "many fields": lambda log: log.info("e", **{f"k{n}": n for n in range(200)}),
    "too many fields": lambda log: log.info("e", **{f"k{n}": n for n in range(1_001)}),
    "too many with bound ones": lambda log: log.bind(**{f"b{n}": n for n in range(600)}).info(
        "e", **{f"k{n}": n for n in range(600)}
    ),
}


@contextmanager
def lane(name: str, path: Path, formatter: Formatter = "json", **config: Any) -> Iterator[Logger]:
    """Set Foundation up on one lane, with one file."""
    if name.endswith("with a processor"):
        config["processors"] = [lambda logger, method, event_dict: event_dict]
    reset_for_testing()
    os.environ["FOUNDATION_LANE"] = name.split()[0]
    try:
        # To take structlog's loggers over walks all objects of the process, here hundreds of times.
        config = {"capture_structlog": False, **config}
        logging = LoggingConfig(log_file=path, console_formatter=formatter, **config)
        setup_telemetry(TelemetryConfig(service_name="shop", logging=logging))
        yield get_logger("app.part")
    finally:
        del os.environ["FOUNDATION_LANE"]
        reset_for_testing()


def refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object, and refuse one that has a key twice."""
    found = dict(pairs)
    assert len(pairs) == len(found), pairs
    return found


def lines_of(name: str, path: Path, case: Callable[[Logger], object]) -> list[dict[str, Any]]:
    """Run a case on one lane and return its lines, parsed, without their times."""
    path.unlink(missing_ok=True)
    with lane(name, path) as log:
        case(log)
        case(log)  # once with cold caches, once with warm ones
        counted = sum(stats().outputs[str(path)].written.values())
    lines = [
        json.loads(line, object_pairs_hook=refuse_duplicates)
        for line in path.read_bytes().decode().split("\n")[:-1]
    ]
    assert counted == len(lines)
    for line in lines:
        assert len("2026-11-23T14:10:00.123456Z") == len(line.pop("timestamp"))
    return lines


@pytest.mark.parametrize("name", LANES[1:])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_lanes_agree(case: Callable[[Logger], object], name: str, tmp_path: Path) -> None:
    """A call gives the same line, with its keys in the same order, in every lane."""
    expected = lines_of("fast", tmp_path / "fast.log", case)
    actual = lines_of(name, tmp_path / "other.log", case)
    assert [list(line.items()) for line in expected] == [list(line.items()) for line in actual]


#: What a line in each text format begins with, and that is never the same twice.
STAMPS: dict[Formatter, int] = {
    "key_value": len("timestamp=2026-11-23T14:10:00.123456Z"),
    "compact": len("14:10:00.123"),
}


def text_of(
    name: str, path: Path, case: Callable[[Logger], object], formatter: Formatter = "key_value"
) -> list[str]:
    """Run a case on one lane in a text format and return its lines without their times."""
    path.unlink(missing_ok=True)
    with lane(name, path, formatter) as log:
        case(log)
        case(log)
    return [line[STAMPS[formatter] :] for line in path.read_bytes().decode().split("\n")[:-1]]


@pytest.mark.parametrize("formatter", STAMPS)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_lanes_agree_in_text(
    case: Callable[[Logger], object], formatter: Formatter, tmp_path: Path
) -> None:
    """A call gives the same text, byte for byte, in every lane."""
    expected = text_of("processor", tmp_path / "processor.log", case, formatter)
    for name in LANES:
        if name != "processor":
            assert expected == text_of(name, tmp_path / "other.log", case, formatter)


def log_kinds(log: Logger) -> None:
    """Log what emoji sets look at: in the call, bound, and in the context."""
    log.info("login", domain="user", action="login", status="success")
    log.bind(domain="payment").error("charge", status="error", reason="two words")
    with bound_contextvars(domain="database"):
        log.warning("a\tb", action="query", v='q"q')
        log.bind(status="success").info("é = e")
    log.info("nothing to show")
    log_failure(log)


@pytest.mark.parametrize("formatter", STAMPS)
def test_lanes_agree_on_emoji(formatter: Formatter, tmp_path: Path) -> None:
    """Emoji prefixes stand in the same places in every lane."""
    pytest.importorskip("provide.foundation.emoji")
    found = {}
    for name in LANES:
        path = tmp_path / f"{name}.log"
        with lane(name, path, formatter, das_emoji_prefix_enabled=True) as log:
            log_kinds(log)
            log_kinds(log)
        lines = path.read_text("utf-8").split("\n")[:-1]
        assert any("✅" in line for line in lines)
        found[name] = "\n".join(line[STAMPS[formatter] :] for line in lines)
    assert {found["processor"]} == set(found.values())


COLOUR_SCRIPT = """
from provide.foundation import Console, LoggingConfig, TelemetryConfig, get_logger, setup_telemetry
setup_telemetry(TelemetryConfig(logging=LoggingConfig(
    output="stdout", console_formatter="compact", console=Console(colors=True))))
for log in (get_logger("app"), get_logger("app").bind(a=1)):
    for _ in range(3):
        log.info("two words", user_id=7, s="x=y")
"""


def test_lanes_agree_on_colours() -> None:
    """A compact line with colours is the same in every lane."""
    found = set()
    for name in INSTALLED:
        printed = subprocess.run(
            [sys.executable, "-c", COLOUR_SCRIPT],
            env={**os.environ, "FOUNDATION_LANE": name}, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        found.add(re.sub(r"\d\d:\d\d:\d\d\.\d+", "", printed))
    assert 1 == len(found)
    assert 6 == found.pop().count("\x1b[38;5;30muser_id")


@pytest.mark.parametrize(
    ("formatter", "module"),
    [
        ("json", "_lanes.json"),
        ("key_value", "_lanes.logfmt"),
        ("compact", "_lanes.compact"),
    ],
)
def test_fast_lane_is_taken(formatter: Formatter, module: str, tmp_path: Path) -> None:
    """The lanes that are compared are really two: the level methods differ."""
    found = []
    for name in ("fast", "processor"):
        with lane(name, tmp_path / "x.log", formatter):
            found.append(Logger.info.__module__.removeprefix("provide.foundation."))
    assert [module, "_pipeline.pipeline"] == found


KEYS = st.text(min_size=0, max_size=6)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80)
VALUES = st.recursive(
    SCALARS | st.binary(max_size=8) | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    event=st.text(max_size=80),
    bound=st.dictionaries(KEYS, VALUES, max_size=3),
    fields=st.dictionaries(KEYS, VALUES, max_size=4),
)
def test_lanes_agree_on_anything(
    event: str, bound: dict[str, Any], fields: dict[str, Any], tmp_path: Path
) -> None:
    """Whatever event, bound fields and fields, every lane writes the same text and strict JSON."""
    # As parameters of the call they are not data, and a traceback would show where they stand.
    for key in ("exc_info", "stack_info", "stacklevel"):
        fields.pop(key, None)

    def case(log: Logger) -> None:
        log.bind(**bound).info(event, **fields)

    for formatter in STAMPS:
        expected_text = text_of("processor", tmp_path / "a.log", case, formatter)
        for name in INSTALLED:
            if name != "processor":
                assert expected_text == text_of(name, tmp_path / "b.log", case, formatter)
    expected = lines_of("fast", tmp_path / "fast.log", case)
    for name in LANES[1:]:
        actual = lines_of(name, tmp_path / "other.log", case)
        assert [list(line.items()) for line in expected] == [list(line.items()) for line in actual]
