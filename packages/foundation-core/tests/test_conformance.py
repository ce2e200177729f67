"""Every lane writes the same lines: the same cases through each, parsed and compared.

The lanes differ in speed only. The native lane takes part where it is compiled.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import interpreters
from conformance_cases import CASES, log_kinds
from installed_lanes import ALL as INSTALLED
from provide.foundation import (
    Logger,
    LoggingConfig,
    TelemetryConfig,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation.config import Formatter

pytestmark = pytest.mark.interpreter

LANES = (*INSTALLED, *(f"{name} with a processor" for name in INSTALLED if name != "fast"))


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


@pytest.mark.parametrize("formatter", STAMPS)
def test_lanes_agree_on_emoji(formatter: Formatter, tmp_path: Path) -> None:
    """Emoji prefixes stand in the same places in every lane."""
    pytest.importorskip("provide.foundation.emoji")
    found = {}
    for name in {"processor", *LANES}:
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
        printed = interpreters.run(
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
