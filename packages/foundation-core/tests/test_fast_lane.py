"""What the fast lane costs, in calls and in memory, and when it steps aside."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from provide.foundation import (
    Logger,
    LoggingConfig,
    TelemetryConfig,
    bind_contextvars,
    get_logger,
    reset_for_testing,
    setup_telemetry,
)
from provide.foundation.ledger import LEDGER, SAMPLE_EVERY


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
        (lambda log: log.info("e", a=1, b="x", c=2.5), 2),
        (lambda log: log.info("e"), 2),
        (lambda log: log.info("e", v="x" * 500), 3),
        (lambda log: log.debug("e", a=1, b="x", c=2.5), 1),
    ],
    ids=["info", "info without fields", "info with a long string", "disabled"],
)
def test_python_calls(log: Logger, call: Callable[[Logger], object], most: int) -> None:
    """A common call enters two Python functions, a disabled one one: the level method."""
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
    """A logger costs 150 bytes before its first line, the name's own left out, 420 after it."""
    # In a process of its own, where the table of names grows as it would in a program.
    printed = subprocess.run(
        [sys.executable, "-c", MEMORY_SCRIPT], capture_output=True, text=True, check=True
    ).stdout
    made, used = map(float, printed.split())
    assert 150 >= made
    assert 420 >= used


def test_memory_of_a_bound_logger(log: Logger) -> None:
    """A logger bound to three fields costs 260 bytes before its first line, 700 after it."""
    assert 260 >= bytes_for_each(lambda n: log.bind(a=1, b=2, c=3))

    def used(n: int) -> Logger:
        bound = log.bind(a=1, b=2, c=3)
        bound.info("e", d=1)
        return bound

    assert 700 >= bytes_for_each(used)


def test_nothing_stays_allocated(log: Logger) -> None:
    """100,000 lines leave memory where it was."""
    tracemalloc.start()
    for n in range(10_000):
        log.info("e", a=n, b="x", c=2.5)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    for n in range(100_000):
        log.info("e", a=n, b="x", c=2.5)
    gc.collect()
    growth = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert 1000 > growth


def test_hostile_events_and_keys_stay_bounded(log: Logger) -> None:
    """Events and keys that never come twice leave no more than the caches' bounds."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for n in range(20_000):
        log.info(f"event {n}", **{f"key{n}": n})
    growth = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert 600_000 > growth


def test_one_call_in_64_is_timed(log: Logger) -> None:
    """Latency samples are as many as the share says, and plausible."""
    before = len(LEDGER.latency.taken())
    for _ in range(SAMPLE_EVERY * 10):
        log.info("e", a=1)
    samples = LEDGER.latency.taken()
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
    assert 2 == min(calls_of(lambda: log.info("e", a=1)) for _ in range(3))
