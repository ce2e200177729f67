"""What is left out is counted and told whoever comes between: handlers, set-ups, other threads."""

from __future__ import annotations

import io
import json
import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from installed_lanes import LANES
from provide.foundation import (
    LoggingConfig,
    OutputConfig,
    Sample,
    TelemetryConfig,
    flush,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
NOTHING = Sample(first=0, thereafter=0, per_s=3600)


class Stop(Exception):
    """Be what a time limit raises."""


@pytest.fixture(params=LANES)
def path(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Path]:
    """Return the file that a lane writes to."""
    reset_for_testing()
    monkeypatch.setenv("FOUNDATION_LANE", request.param)
    yield tmp_path / "x.log"
    reset_for_testing()


def set_up(path: Path, **options: Any) -> None:
    """Set up a file."""
    if "outputs" not in options:
        options["log_file"] = path
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(**options)))


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def told(path: Path) -> list[tuple[str, int]]:
    """Return the events of calls that have been left out, and how many they were."""
    return [(line["like"], line["left_out"]) for line in lines(path) if "left_out" in line]


@contextmanager
def at_begin_of(function: Callable[..., Any], act: Callable[[], None]) -> Iterator[None]:
    """Do something where a function begins for the first time, in the midst of a log call."""
    code: CodeType = function.__code__
    before = sys.gettrace()

    def trace(frame: Any, event: str, argument: object) -> None:
        if frame.f_code is code:
            sys.settrace(before)
            act()

    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def stopped_in(function: Callable[..., Any]) -> Iterator[None]:
    """Have a signal handler raise where a function begins for the first time."""

    def handle(*_: object) -> None:
        raise Stop

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        with (
            pytest.raises(Stop),
            at_begin_of(function, lambda: signal.raise_signal(signal.SIGUSR1)),
        ):
            yield
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("kind", ["sampled", "repeated"])
def test_handlers_are_asked_for_their_level(path: Path, kind: str) -> None:
    """A handler counts what it would have had, and is told of no more."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setLevel(logging.WARNING)
    handler.set_name("mine")
    set_up(
        path,
        outputs=[path, handler],
        sampling={"": NOTHING} if kind == "sampled" else {},
    )
    log = get_logger("app")
    for _ in range(5):
        each = log if kind == "sampled" else log.once()
        each.info("e")
        each.warning("w")
    flush()
    number = 5 if kind == "sampled" else 4

    assert {kind: 2 * number} == stats().outputs[str(path)].dropped
    assert {kind: number} == stats().outputs["mine"].dropped


def test_filters_are_not_asked_below_the_level_of_a_handler(path: Path) -> None:
    """A handler counts no line as held back by a filter that it would not have had."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setLevel(logging.WARNING)
    handler.set_name("mine")
    set_up(path, outputs=[path, OutputConfig(handler, filter=lambda line: False)])
    get_logger("app").info("e")
    get_logger("app").warning("w")

    assert {"filtered": 1} == stats().outputs["mine"].dropped
