"""Lazy values in the compiled lane: computed once, by lines that it writes itself."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from provide.foundation import (
    LoggingConfig,
    OutputConfig,
    TelemetryConfig,
    get_logger,
    lazy,
    reset_for_testing,
    setup_telemetry,
    stats,
)

pytest.importorskip("provide.foundation.native._lane")

STAMPS = re.compile(r'"timestamp":"[^"]*"|timestamp=\S+|\d\d:\d\d:\d\d\.\d{3}')
FORMATS = (("json",), ("key_value",), ("compact",), ("json", "key_value"), ("json", "json"))


class Numbers:
    """Count on, so that a value that is computed twice is another."""

    def __init__(self) -> None:
        self.last = 0

    def __call__(self) -> int:
        """Return the next number."""
        self.last += 1
        return self.last


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    """Begin and end with nothing set up."""
    reset_for_testing()
    yield
    reset_for_testing()


def fail() -> object:
    """Be a function that raises."""
    raise ValueError("no")


def make_calls(numbers: Numbers) -> None:
    """Make calls with lazy values of many kinds."""
    log = get_logger("app")
    value = lazy(numbers)
    for _ in range(2):
        log.info("said", a=1, n=value)
        log.info("said", n=value, twice=value, other=lazy(lambda: {"token": "t", "n": [1.5, None]}))
        log.bind(n=7).info("said", n=value)
        log.info("said", password=value, exc_info=None)
        log.info("said", event=value, level="x")
        log.info("said", failed=lazy(fail), nested=lazy(lambda: lazy(numbers)))
        log.info("said %d", 5, n=value)
        log.error("said", exc_info=ValueError("no"), n=value)
        log.info("said", within=[value], t="t" * 9000)
        log.bind(bound=value).info("said", n=value)


@pytest.mark.parametrize("formats", FORMATS, ids="+".join)
def test_lines_are_those_of_core(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, formats: tuple[Any, ...]
) -> None:
    """The compiled lane writes what the lanes in Python write, and computes as often."""
    found = []
    for lane in ("native", "fast"):
        monkeypatch.setenv("FOUNDATION_LANE", lane)
        paths = [tmp_path / f"{lane}{number}" for number in range(len(formats))]
        outputs = [
            OutputConfig(path, formatter=each) for path, each in zip(paths, formats, strict=True)
        ]
        setup_telemetry(
            TelemetryConfig(logging=LoggingConfig(outputs=outputs, capture_stdlib=False))
        )
        assert (lane == "native") == (stats().lane == "native")
        numbers = Numbers()
        make_calls(numbers)
        found.append(([STAMPS.sub("", path.read_text("utf-8")) for path in paths], numbers.last))
        reset_for_testing()
    native, core = found

    assert core == native


@pytest.mark.parametrize("formats", FORMATS, ids="+".join)
def test_lines_stay_in_the_lane(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, formats: tuple[Any, ...]
) -> None:
    """A line with lazy values is not handed to a lane in Python, once the lane has met one."""
    monkeypatch.setenv("FOUNDATION_LANE", "native")
    outputs = [
        OutputConfig(tmp_path / str(number), formatter=each) for number, each in enumerate(formats)
    ]
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(outputs=outputs, capture_stdlib=False)))
    log, numbers, called = get_logger("app"), Numbers(), set()

    def watch(frame: FrameType, kind: str, _: object) -> None:
        if kind == "call":
            called.add(frame.f_code.co_name)

    log.info("said", a="a", n=lazy(numbers))
    sys.setprofile(watch)
    try:
        log.info("said", a="a", n=lazy(numbers))
    finally:
        sys.setprofile(None)

    assert 2 == numbers.last
    assert {"compute", "force", "__log__"} <= called
    assert not called & {"emit", "encode_value", "force_arguments"}
    assert all(b"2" in (tmp_path / str(at)).read_bytes()[-4:] for at in range(len(formats)))
