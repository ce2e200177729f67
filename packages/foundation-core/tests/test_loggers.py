"""Loggers: their methods and async twins, binding, and that they follow every set-up."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from installed_lanes import LANES
from provide.foundation import (
    Logger,
    LoggingConfig,
    TelemetryConfig,
    get_logger,
    logger,
    reset_for_testing,
    set_level,
    setup_telemetry,
    stats,
)
from provide.foundation.levels import TABLE

Lines = Callable[[], list[dict[str, Any]]]

LEVEL_METHODS = {
    "trace": "trace",
    "debug": "debug",
    "info": "info",
    "warning": "warning",
    "warn": "warning",
    "error": "error",
    "critical": "critical",
    "fatal": "critical",
    "exception": "error",
}


@pytest.fixture(params=LANES)
def lines(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Lines]:
    """Set up with a JSON file, in each lane, and give what reads its lines."""
    monkeypatch.setenv("FOUNDATION_LANE", request.param)
    reset_for_testing()
    path = tmp_path / "app.log"
    set_up_file(path, default_level="TRACE")
    yield lambda: read_lines(path)
    reset_for_testing()


def set_up_file(path: Path, **config: Any) -> None:
    """Set up with JSON to a file."""
    logging = LoggingConfig(log_file=path, capture_stdlib=False, **config)
    setup_telemetry(TelemetryConfig(logging=logging))


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a file, parsed, without their timestamps."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        del line["timestamp"]
    return lines


@pytest.mark.parametrize(("method", "level"), LEVEL_METHODS.items())
def test_method_writes_its_level(lines: Lines, method: str, level: str) -> None:
    """Each method writes one line at its level, with event, arguments and fields."""
    getattr(get_logger("app"), method)("took %d ms", 7, a=1)
    expected = {"level": level, "logger": "app", "event": "took 7 ms", "a": 1}
    assert [expected] == lines()


@pytest.mark.parametrize(("method", "level"), LEVEL_METHODS.items())
def test_async_twin_writes_the_same(lines: Lines, method: str, level: str) -> None:
    """Each async twin writes what its method writes, before it returns."""
    log = get_logger("app").bind(b=2)

    async def main() -> list[dict[str, Any]]:
        await getattr(log, f"a{method}")("took %d ms", 7, a=1)
        return lines()

    expected = {"level": level, "logger": "app", "event": "took 7 ms", "b": 2, "a": 1}
    assert [expected] == asyncio.run(main())


@pytest.mark.parametrize(
    ("level", "written", "field"),
    [
        ("info", "info", None),
        ("WARN", "warning", None),
        ("Fatal", "critical", None),
        (5, "trace", None),
        (40, "error", None),
        ("loud", "error", "loud"),
        ("", "error", ""),
        (25, "error", 25),
        (True, "error", True),
        (None, "error", None),
    ],
)
def test_log_takes_a_level(lines: Lines, level: Any, written: str, field: Any) -> None:
    """log() writes at its level; one that does not exist is ERROR, with the level as a field."""
    get_logger("app").log(level, "event %s", "x", a=1)
    asyncio.run(get_logger("app").alog(level, "event %s", "x", a=1))
    expected = {"level": written, "logger": "app", "event": "event x", "a": 1}
    if written == "error" and level != 40:
        expected["level_"] = field
    assert [expected, expected] == lines()


@pytest.mark.parametrize("level", ["trace", "debug", "info", "warning", "error", "critical"])
def test_call_below_the_level_does_nothing(lines: Lines, level: str) -> None:
    """A call below the level evaluates nothing of what it was given, and writes nothing."""

    class Hostile:
        def __str__(self) -> str:
            raise AssertionError("must not be asked")

    numbers = {"trace": 5, "debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
    set_level(level)
    log = get_logger("app")
    for name, number in numbers.items():
        if number < numbers[level]:
            getattr(log, name)(Hostile(), Hostile(), exc_info=Hostile())
            log.log(name, Hostile())
        assert (number >= numbers[level]) is log.is_enabled_for(number)
        assert (number >= numbers[level]) is log.isEnabledFor(name.upper())
    assert [] == lines()
    assert numbers[level] == log.get_effective_level() == log.getEffectiveLevel()


def test_unknown_level_is_not_enabled(lines: Lines) -> None:
    """A level name that does not exist is never enabled."""
    assert not logger.is_enabled_for("loud")


@pytest.mark.parametrize("method", ["info", "trace", "exception"])
def test_event_is_required(lines: Lines, method: str) -> None:
    """A call without an event is Python's own TypeError, and is not counted."""
    with pytest.raises(TypeError, match="event"):
        getattr(logger, method)(a=1)
    assert [] == lines()


def test_event_may_also_be_a_field(lines: Lines) -> None:
    """Parameters of the methods are positional, so that no field name is taken."""
    logger.info("x", event="y", self=1, args=2, level=3)
    expected = {"level": "info", "logger": "root", "event": "x"}
    assert [{**expected, "event_": "y", "self": 1, "args": 2, "level_": 3}] == lines()


@pytest.mark.parametrize(
    ("event", "args", "expected"),
    [
        ("100%", (), {"event": "100%"}),
        ("%s %(a)s", (), {"event": "%s %(a)s"}),
        ("%s is %d", ("x", 1), {"event": "x is 1"}),
        ("%(a)s", ({"a": 1},), {"event": "1"}),
        ("%s", ({},), {"event": "{}"}),
        ("%s", ((1, 2),), {"event": "(1, 2)"}),
        ("no signs", (1, "x"), {"event": "no signs", "args": [1, "x"]}),
        ("%d", ("x",), {"event": "%d", "args": ["x"]}),
        ("%", (1,), {"event": "%", "args": [1]}),
        (7, (), {"event": "7"}),
        (None, (), {"event": "None"}),
    ],
)
def test_positional_arguments(
    lines: Lines, event: object, args: tuple[object, ...], expected: dict[str, Any]
) -> None:
    """An event is a format string only with arguments; those that do not fit become a field."""
    logger.info(event, *args)
    assert [{"level": "info", "logger": "root", **expected}] == lines()


def test_bind_adds_and_leaves_the_older_logger_alone(lines: Lines) -> None:
    """bind, unbind, try_unbind and new each give a new logger."""
    log = get_logger("app")
    one = log.bind(a=1, b=2)
    made = [one.bind(b=3), one.unbind("a"), one.try_unbind("b", "zzz"), one.new(c=4), one, log]
    for each in made:
        each.info("e")
    base = {"level": "info", "logger": "app", "event": "e"}
    fields: list[dict[str, int]] = [{"a": 1, "b": 3}, {"b": 2}, {"a": 1}, {"c": 4}]
    assert [base | f for f in (*fields, {"a": 1, "b": 2}, {})] == lines()


def test_unbind_of_an_unbound_name_is_an_error() -> None:
    """Unbind insists that the name is bound; the logger stays as it was."""
    log = get_logger("app").bind(a=1)
    with pytest.raises(KeyError, match="b"):
        log.unbind("a", "b")
    assert {"a": 1} == dict(log.bound_fields)


def test_bound_fields_cannot_be_written() -> None:
    """bound_fields is a view, and read-only."""
    fields: Any = get_logger("app").bind(a=1).bound_fields
    with pytest.raises(TypeError, match="assignment"):
        fields["a"] = 2


def test_repr_shows_no_values() -> None:
    """A logger's repr names its fields only: values may be secret."""
    assert "<Logger app a, token>" == repr(get_logger("app").bind(a=1, token="s3cr3t"))


def test_one_logger_per_name() -> None:
    """get_logger gives one object per name, and the default one without a name."""
    assert get_logger("app.a") is get_logger("app.a")
    assert get_logger() is get_logger("root") is get_logger(None) is logger
    assert "app.a" == get_logger("app.a").name


def test_a_shallow_copy_follows_levels(lines: Lines) -> None:
    """A copied logger is a logger like any other."""
    clone = copy.copy(get_logger("app").bind(a=1))
    set_level("ERROR", logger="app")
    clone.info("off")
    clone.error("on")
    assert ["on"] == [line["event"] for line in lines()]


def test_ten_thousand_loggers_are_cheap() -> None:
    """10,000 loggers take under half a second of CPU and 600 bytes each, names included."""
    taken_s = []
    for turn in range(3):  # a busy machine makes one of them longer, and seldom all
        started = time.thread_time()
        for number in range(10_000):
            get_logger(f"cheap.logger.of.turn.{turn}.number.{number}")
        taken_s.append(time.thread_time() - started)
    tracemalloc.start()
    kept = [get_logger(f"cheap.logger.number.{number}") for number in range(10_000)]
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # They stay for as long as the process, and each later test would set their levels.
    for name in [name for name in TABLE.sites if name.startswith("cheap.logger.")]:
        del TABLE.sites[name]

    assert 10_000 == len(set(map(id, kept)))
    assert min(taken_s) < 0.5
    assert size / 10_000 < 600


def test_threads_get_the_same_logger() -> None:
    """Threads that race for a new name get one object."""
    barrier = threading.Barrier(8)
    found: list[Logger] = []

    def ask() -> None:
        barrier.wait()
        found.append(get_logger("raced.for"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 == len(set(map(id, found)))


@pytest.mark.parametrize("method", ["error", "exception", "aerror", "aexception", "log", "alog"])
def test_exc_info_is_the_callers_exception(lines: Lines, method: str) -> None:
    """exc_info=True within `except` writes the exception that is being handled."""
    args = ("error", "failed") if method.endswith("log") else ("failed",)
    try:
        raise KeyError("the caller's")
    except KeyError:
        result = getattr(get_logger("app").bind(mutable=[1]), method)(*args, exc_info=True)
        if result is not None:
            asyncio.run(result)
    (line,) = lines()
    assert "KeyError" == line["exception"]["type"]
    assert "test_exc_info_is_the_callers_exception" == line["exception"]["frames"][-1]["function"]


def test_exc_info_survives_a_full_disk() -> None:
    """A failed write does not put itself in place of the caller's exception."""
    reset_for_testing()
    set_up_file(Path("/dev/full"))
    try:
        raise KeyError("the caller's")
    except KeyError:
        logger.info("e", a=1)
        logger.exception("failed")
        assert {"enospc": 2} == stats().outputs["/dev/full"].dropped
    reset_for_testing()


@pytest.mark.parametrize(
    ("exc_info", "expected"),
    [
        (ValueError("given"), "given"),
        ((ValueError, ValueError("tuple"), None), "tuple"),
        (False, None),
        (None, None),
        (True, None),
        ((None, None, None), None),
    ],
)
def test_exc_info_forms(lines: Lines, exc_info: object, expected: str | None) -> None:
    """exc_info is an exception, a tuple or a flag; outside of `except` a flag finds nothing."""
    logger.error("e", exc_info=exc_info)
    logger.exception("e", exc_info=exc_info)
    found = [line.get("exception", {}).get("message") for line in lines()]
    assert [expected, expected] == found


def test_kept_methods_follow_every_set_up(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A bound method that was kept writes where the latest set-up says, and once."""
    for lane in LANES:
        monkeypatch.setenv("FOUNDATION_LANE", lane)
        reset_for_testing()
        log = get_logger("app").bind(a=1)
        kept = [log.info]
        for number in range(3):
            set_up_file(tmp_path / f"{lane}{number}")
            kept.append(log.info)
            for info in kept:
                info("e")
        for number in range(3):
            assert number + 2 == len(read_lines(tmp_path / f"{lane}{number}"))
        reset_for_testing()
        capfd.readouterr()
        for info in kept:
            info("after the reset")
        assert 4 == capfd.readouterr().err.count("after the reset")
    reset_for_testing()


def test_bind_takes_any_name(lines: Lines) -> None:
    """No parameter of bind and new takes a field's name away."""
    get_logger("app").new(self=1).bind(self=2, fields=3).info("e")
    assert [{"level": "info", "logger": "app", "event": "e", "self": 2, "fields": 3}] == lines()


@pytest.mark.parametrize(
    "clone", [copy.copy, copy.deepcopy, lambda log: pickle.loads(pickle.dumps(log))]
)
def test_logger_can_be_copied_and_pickled(lines: Lines, clone: Callable[[Logger], Logger]) -> None:
    """A clone has the name and the fields, and follows levels and set-ups like its original."""
    log = get_logger("app").bind(a=[1])
    log.info("rendered once")
    cloned = clone(log)
    set_level("ERROR", logger="app")
    cloned.info("off")
    cloned.error("on")
    assert {"level": "error", "logger": "app", "event": "on", "a": [1]} == lines()[-1]
    assert 2 == len(lines())
    assert logger is clone(logger)
