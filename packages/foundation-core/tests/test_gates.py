"""Gates around the level methods: where they stand, and what they must not change."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provide.foundation import (
    Logger,
    LoggingConfig,
    TelemetryConfig,
    get_logger,
    reset_for_testing,
    set_level,
    setup_telemetry,
)
from provide.foundation._logger.gates import leave, stay
from provide.foundation.levels import ERROR, METHODS

Method = Callable[..., None]

# As gates of Foundation's are: a function of a module of ours, whose frame is no caller's.
_MAKE: dict[str, Any] = {"__name__": "provide.foundation.gate_of_a_test"}
exec(
    """
def make(seen, method):
    def log(self, event, /, *args, **fields):
        seen.append((type(self).__name__, event))
        method(self, event, *args, **fields)
    return log
""",
    _MAKE,
)


class Watching:
    """Be a gate that lets all calls of levels below ERROR through, and notes them."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, object]] = []

    def wraps(self, level: int, lowest: int) -> bool:
        """Say that it is for the levels below ERROR that are written."""
        return lowest <= level < ERROR

    def make(self, level: int, method: Method) -> Method:
        """Return what notes a call and makes it."""
        made: Method = _MAKE["make"](self.seen, method)
        return made


@pytest.fixture
def path(each_lane: str, tmp_path: Path) -> Path:
    """Return the file that a lane writes to, with call sites."""
    file = tmp_path / "x.log"
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=file, callsite=True)))
    return file


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_nothing_is_wrapped_by_default(path: Path) -> None:
    """Without a gate the class has the lane's methods, and has them again once a gate leaves."""
    before, gate = dict(METHODS), Watching()
    own = Logger.info
    stay(gate)
    between = dict(METHODS)
    leave(gate)
    get_logger("app").info("e")

    assert "gate_of_a_test" not in str(getattr(own, "__globals__", ""))
    assert before[20] is not between[20]
    assert before[40] is between[40]
    assert before == dict(METHODS)
    assert own is Logger.info
    assert [] == gate.seen
    assert ["e"] == [line["event"] for line in lines(path)]


def test_callers_are_found_through_gates(path: Path) -> None:
    """Call sites, `stacklevel` and stacks name the code that logged, behind two gates."""
    first, second = Watching(), Watching()
    stay(first)
    stay(second)

    def inner() -> None:
        get_logger("app").bind(a=1).info("site", n=1)
        get_logger("app").info("level", stacklevel=2)
        get_logger("app").info("stack", stack_info=True)

    inner()
    leave(first)
    leave(second)
    site, level, stack = lines(path)

    assert 3 == len(first.seen) == len(second.seen)
    assert inner.__qualname__ == site["callsite"]["function"]
    assert test_callers_are_found_through_gates.__qualname__ == level["callsite"]["function"]
    assert stack["stack"].rstrip().splitlines()[-1].strip().startswith("get_logger")
    assert "gate_of_a_test" not in stack["stack"]


@pytest.mark.usefixtures("path")
def test_gates_say_what_methods_say() -> None:
    """A method behind a gate has the name, signature and documentation that it has without."""
    gate = Watching()
    stay(gate)
    shown = (
        Logger.info.__name__,
        inspect.getdoc(Logger.info),
        [*inspect.signature(Logger.info).parameters],
    )
    leave(gate)

    assert shown == (
        "info",
        inspect.getdoc(Logger.info),
        [*inspect.signature(Logger.info).parameters],
    )


def test_gates_follow_levels_and_set_ups(path: Path) -> None:
    """A gate that stays stands around the methods of a later level and a later configuration."""
    gate = Watching()
    stay(gate)
    kept: Any = Logger.info
    get_logger("app").debug("off")
    set_level("DEBUG")
    get_logger("app").debug("on")
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path)))
    get_logger("app").info("anew")
    leave(gate)
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path)))
    kept(get_logger("app"), "kept")

    assert ["on", "anew", "kept"] == [event for _, event in gate.seen]
    assert ["on", "anew", "kept"] == [line["event"] for line in lines(path)]


@pytest.mark.usefixtures("path")
def test_gates_stand_around_no_start() -> None:
    """A process in which nothing is set up has its own methods, which know no gates."""
    gate, gone = Watching(), Watching()
    stay(gone)
    reset_for_testing()
    stay(gate)
    unstarted = Logger.info
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=os.devnull)))
    get_logger("app").info("e")
    leave(gate)

    assert "start_and_write" in unstarted.__code__.co_names
    assert [("NamedLogger", "e")] == gate.seen
    assert [] == gone.seen
