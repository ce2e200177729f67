"""What the fast lane costs, in calls and in memory, and when it steps aside."""

from __future__ import annotations

import gc
import os
import re
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import Any

import pytest
from orjson import loads

import interpreters
from provide.foundation import (
    Logger,
    LoggingConfig,
    TelemetryConfig,
    bind_contextvars,
    bound_contextvars,
    get_logger,
    reset_for_testing,
    set_level,
    setup_telemetry,
)
from provide.foundation._diagnostics.stats import COUNTERS, SAMPLE_EVERY
from provide.foundation.config import Formatter

pytestmark = pytest.mark.interpreter

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the fast lane write, whatever is installed."""
    monkeypatch.setenv("FOUNDATION_LANE", "fast")


@pytest.fixture
def log() -> Iterator[Logger]:
    """Give a logger that writes JSON to /dev/null through the fast lane, caches warm."""
    reset_for_testing()
    setup_telemetry(
        TelemetryConfig(
            logging=LoggingConfig(
                log_file=os.devnull, console_formatter="json", capture_stdlib=False
            )
        )
    )
    found = get_logger("app.part")
    for _ in range(2):
        found.info("e", a=1, b="x", c=2.5)
    yield found
    reset_for_testing()


def calls_of(call: Callable[[], object]) -> int:
    """Return how many Python functions a test's lambda enters, itself left out."""
    entered: list[str] = []

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            entered.append(frame.f_code.co_qualname)

    sys.setprofile(profile)
    try:
        call()
    finally:
        sys.setprofile(None)
    return len(entered) - 1


@pytest.mark.parametrize(
    ("call", "most"),
    [
        (lambda log: log.info("e", a=1, b="x", c=2.5), 1),
        (lambda log: log.info("e"), 1),
        (lambda log: log.info("e", v="x" * 500), 2),
        (lambda log: log.debug("e", a=1, b="x", c=2.5), 1),
    ],
    ids=["info", "info without fields", "info with a long string", "disabled"],
)
def test_python_calls(log: Logger, call: Callable[[Logger], object], most: int) -> None:
    """A common call enters two Python functions, a disabled one one: the level method.

    All extensions are installed where this runs; whether there are trace ids is asked of a C call.
    """
    call(log)
    # The least of three: a second may begin, or a call be timed, within one.
    assert most == min(calls_of(partial(call, log)) for _ in range(3))


def bytes_for_each(make: Callable[[int], object], number: int = 2000) -> float:
    """Return the bytes that stay allocated for each object that `make` returns."""
    kept: list[object] = [None] * number
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for i in range(number):
        kept[i] = make(i)
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / number


MEMORY_SCRIPT = """
import os, tracemalloc
from provide.foundation import *
setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=os.devnull, capture_stdlib=False)))
get_logger("warm").info("e", a=1)
names = [f"app.part.{n}" for n in range(10_000)]
tracemalloc.start()
before = tracemalloc.get_traced_memory()[0]
loggers = [get_logger(name) for name in names]
made = tracemalloc.get_traced_memory()[0]
for logger in loggers:
    logger.info("e", a=1)
used = tracemalloc.get_traced_memory()[0]
print((made - before) / len(names), (used - before) / len(names))
"""


def test_memory_of_a_logger() -> None:
    """A logger costs 150 bytes before its first line, the name's own left out, 240 after it.

    From Python 3.14 on it has 248 after it: the tuple of its beginning keeps its hash there.
    """
    # In a process of its own, where the table of names grows as it would in a program.
    printed = interpreters.run(
        [sys.executable, "-c", MEMORY_SCRIPT], capture_output=True, text=True, check=True
    ).stdout
    made, used = map(float, printed.split())
    assert 150 >= made
    hash_size = sys.getsizeof(()) - 40  # none up to 3.13
    assert 240 + hash_size >= used


def test_memory_of_a_bound_logger(log: Logger) -> None:
    """A logger bound to three fields costs 260 bytes before its first line, 700 after it."""
    assert 260 >= bytes_for_each(lambda n: log.bind(a=1, b=2, c=3))

    def used(n: int) -> Logger:
        bound = log.bind(a=1, b=2, c=3)
        bound.info("e", d=1)
        return bound

    assert 700 >= bytes_for_each(used)


@pytest.mark.parametrize(
    ("formatter", "event"), [("json", b'"event":"e"'), ("key_value", b" event=e")]
)
def test_bind_without_fields(formatter: Formatter, event: bytes, tmp_path: Path) -> None:
    """A logger bound to nothing writes the lines of the logger that it comes from."""
    path = tmp_path / "app.log"
    reset_for_testing()
    setup_telemetry(
        TelemetryConfig(logging=LoggingConfig(log_file=str(path), console_formatter=formatter))
    )
    plain = get_logger("bound.to.nothing")
    plain.bind(a=1).info("warm")
    for log in (plain, plain.bind()):
        for _ in range(3):
            log.info("e", b=2)
            log.info("e")
    reset_for_testing()
    lines = [line.partition(event) for line in path.read_bytes().splitlines()[1:]]
    assert [found for _, found, _ in lines] == [event] * 12
    assert [rest for *_, rest in lines[:6]] == [rest for *_, rest in lines[6:]]


@pytest.mark.slow
def test_nothing_stays_allocated(log: Logger) -> None:
    """30,000 lines leave memory where it was."""
    tracemalloc.start()
    for n in range(10_000):
        log.info("e", a=n, b="x", c=2.5)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    for n in range(30_000):
        log.info("e", a=n, b="x", c=2.5)
    gc.collect()
    growth = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert 1000 > growth


def test_hostile_events_and_keys_stay_bounded(log: Logger) -> None:
    """Events and keys that never come twice leave no more than the caches' bounds."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for n in range(8_000):
        log.info(f"event {n}", **{f"key{n}": n})
    growth = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert 600_000 > growth


def test_one_call_in_64_is_timed(log: Logger) -> None:
    """Latency samples are as many as the share says, and plausible."""
    before = len(COUNTERS.latency.taken())
    for _ in range(SAMPLE_EVERY * 10):
        log.info("e", a=1)
    samples = COUNTERS.latency.taken()
    assert 10 == len(samples) - before
    assert all(200 < elapsed_ns for elapsed_ns in samples)


def test_seconds_roll_over(tmp_path: Path) -> None:
    """Lines across several seconds have rising times, each with six digits."""
    path = tmp_path / "x.log"
    reset_for_testing()
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path)))
    import time

    log, end, written = get_logger("app"), time.time() + 1.3, 0
    while time.time() < end:
        log.info("e")
        written += 1
    reset_for_testing()
    times = [line[14:41] for line in path.read_text().splitlines()]
    assert written == len(times)
    assert sorted(times) == times
    assert 2 <= len({moment[:19] for moment in times})
    assert {27} == {len(moment) for moment in times}


def test_context_is_rendered_once(log: Logger) -> None:
    """Context fields cost no Python call once they have been rendered."""
    bind_contextvars(request_id="r", user=7)
    log.info("e", a=1)
    assert 1 == min(calls_of(lambda: log.info("e", a=1)) for _ in range(3))


def events(path: Path) -> list[Any]:
    """Return the events of a file of JSON lines."""
    return [loads(line)["event"] for line in path.read_bytes().splitlines()]


def use_file(path: Path, **options: Any) -> Logger:
    """Set up JSON to a file and return a logger that is new to it."""
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path, **options)))
    return get_logger("app.part")


def test_kept_method_follows_levels_and_set_ups(tmp_path: Path) -> None:
    """A level method that was kept while its level was off writes once it is on."""
    reset_for_testing()
    log = use_file(tmp_path / "first.log")
    debug = log.debug
    debug("off")
    set_level("DEBUG", logger="app")
    debug("on")
    set_level("INFO", logger="app")
    debug("off again")
    use_file(tmp_path / "second.log")
    debug("still off")
    use_file(tmp_path / "third.log", default_level="DEBUG")
    debug("in the third")
    reset_for_testing()

    assert (["on"], [], ["in the third"]) == (
        events(tmp_path / "first.log"),
        events(tmp_path / "second.log"),
        events(tmp_path / "third.log"),
    )


@pytest.mark.parametrize("formatter", ["json", "key_value"])
def test_bound_fields_in_each_line(tmp_path: Path, formatter: str) -> None:
    """The first lines of a bound logger, each made in another way, agree with the later ones."""
    reset_for_testing()
    log = use_file(tmp_path / "x.log", console_formatter=formatter, omit_timestamp=False)
    log.info("e")
    awkward = {"float": float("nan"), "big": 1 << 70, "list": [1], "long": "x" * 200, "n": None}
    for key, value in {**awkward, "plain": 1}.items():
        bound = log.bind(first=1, **{key: value})
        for _ in range(4):
            bound.info("fields", call=2.5)
        for _ in range(2):
            bound.info("none")
            bound.info("collides", first=2)
        with bound_contextvars(context=True):
            bound.info("fields", call=2.5)
        bound.info("none")
        bound.info("fields", call=2.5)
    reset_for_testing()
    lines = [
        re.sub(rb"\d{4}-\d\d-\d\dT\S{15}", b"", line)
        for line in (tmp_path / "x.log").read_bytes().splitlines()
    ]
    assert 1 + 11 * 6 == len(lines)
    assert all(1 == line.count(b"first") for line in lines[1:])
    for start in range(1, len(lines), 11):
        group = lines[start : start + 11]
        assert {group[0]} == {*group[:4], group[10]}
        assert group[4:6] == group[6:8]
        assert group[4] == group[9]
        assert b"context" in group[8]


@pytest.mark.parametrize("formatter", ["json", "key_value"])
def test_values_under_names_that_are_known(
    tmp_path: Path, formatter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That the same names were bound before, to harmless values, says nothing of these values."""
    found = {}
    for lane in ("fast", "processor"):
        reset_for_testing()
        monkeypatch.setenv("FOUNDATION_LANE", lane)
        path = tmp_path / f"{lane}.log"
        log = use_file(path, console_formatter=formatter)
        for awkward in (float("nan"), 1 << 70, [1], "a\u2028\x1b[31m\nb", "x" * 200, b"x", None):
            for value in (1, awkward, "plain", awkward):
                bound = log.bind(first=1, key=value)
                for _ in range(3):
                    bound.info("e", call=2.5)
        reset_for_testing()
        found[lane] = re.sub(rb"\d{4}-\d\d-\d\dT\S{15}", b"", path.read_bytes()).splitlines()
    assert 7 * 4 * 3 == len(found["fast"])
    assert found["processor"] == found["fast"]


@pytest.mark.parametrize("formatter", ["json", "key_value"])
def test_bound_loggers_of_one_name(tmp_path: Path, formatter: str) -> None:
    """Loggers of one name that write one line each, or several, write what was bound to each.

    What the lane learns of the first holds for the others until it looks around, in line 64.
    """
    reset_for_testing()
    log = use_file(tmp_path / "x.log", console_formatter=formatter)
    wanted = []
    for number in range(300):
        shape = {f"key_{number % 3}": number, "text": "x" * (number % 90)}
        if number % 7 == 0:
            shape["list"] = [number]
        bound = log.bind(**shape)
        for turn in range(1 + (number // 50 + number) % 3):
            bound.info("e", **{f"key_{number % 2}": turn, "call": number})
            wanted.append({**shape, f"key_{number % 2}": turn, "call": number})
    reset_for_testing()
    lines = (tmp_path / "x.log").read_bytes().splitlines()
    assert len(wanted) == len(lines)
    for line, fields in zip(lines, wanted, strict=True):
        if formatter == "json":
            assert fields == dict([*loads(line).items()][4:])
        frame = '"%s":' if formatter == "json" else " %s="
        assert all(1 == line.count((frame % key).encode()) for key in fields)


def test_what_is_learnt_of_a_name_is_forgotten(log: Logger) -> None:
    """Only what is bound soon after a logger of the name wrote twice is rendered by itself."""

    def calls() -> int:
        bound = log.bind(a=1, b="x")
        return calls_of(lambda: bound.info("e", c=2))

    calls()  # the keys are new
    once = calls()
    twice = log.bind(a=1, b="x")
    for _ in range(2):
        twice.info("e", c=2)
    assert once < calls()
    for _ in range(SAMPLE_EVERY):
        log.info("e")
    assert once == calls()


@pytest.mark.parametrize("formatter", ["json", "key_value"])
def test_timestamp_is_that_of_the_call(tmp_path: Path, formatter: str) -> None:
    """From four threads, over the turn of a second, each line has the time of its own call."""
    reset_for_testing()
    log = use_file(tmp_path / "x.log", console_formatter=formatter, omit_timestamp=False)
    began: dict[int, int] = {}
    ended: dict[int, int] = {}
    turn = int(time.time() + 0.5) + 1

    def write(thread: int) -> None:
        number = thread * 1_000_000
        # Slowly until shortly before the turn: a machine under load may wake a thread late.
        late = False
        while not late:
            late = time.time() > turn + 0.02
            number += 1
            began[number] = time.time_ns()
            log.info("e", number=number)
            ended[number] = time.time_ns()
            if ended[number] / 1e9 < turn - 0.03:
                time.sleep(0.01)

    threads = [Thread(target=write, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reset_for_testing()
    lines = (tmp_path / "x.log").read_text().splitlines()
    assert len(began) == len(lines)
    seconds = set()
    for line in lines:
        text, number = re.findall(r"(\d{4}-\S*?Z).*number\W+(\d+)", line)[0]
        micros = (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)
        seconds.add(micros // 1_000_000)
        assert began[int(number)] // 1000 <= micros <= ended[int(number)] // 1000
    assert 2 <= len(seconds)


@pytest.mark.slow
def test_names_of_bound_fields_stay_bounded(tmp_path: Path) -> None:
    """Keys that are bound under thousands of names take no memory that grows."""
    reset_for_testing()
    log = use_file(tmp_path / "x.log")

    def use(number: int) -> None:
        bound = log.bind(**{f"key_{number}": number})
        for _ in range(3):
            bound.info("e", **{f"call_{number}": number})

    for number in range(2_000):
        use(number)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(2_000, 12_000):
        use(number)
    gc.collect()
    growth = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    reset_for_testing()
    assert 300_000 > growth


def test_changes_of_levels_leave_the_class_alone_in_the_end(tmp_path: Path) -> None:
    """A level that is set again changes nothing there; a thousand changes stop doing so."""
    reset_for_testing()
    path = tmp_path / "x.log"
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path, capture_stdlib=False)))
    log = get_logger("app")
    before = dict(vars(Logger))
    set_level("INFO")
    assert before == dict(vars(Logger))
    for number in range(1000):
        set_level("DEBUG" if number % 2 else "INFO")
    set_level("INFO")
    settled = dict(vars(Logger))
    log.debug("off")
    set_level("DEBUG")
    log.debug("on")
    assert settled == dict(vars(Logger))
    assert 1 == len(path.read_bytes().splitlines())
    reset_for_testing()
