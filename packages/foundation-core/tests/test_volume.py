"""Sampling, rate limits, repeats and kept lines at once: no call goes uncounted."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from provide.foundation import (
    LoggingConfig,
    RateLimit,
    Sample,
    TelemetryConfig,
    buffered,
    get_logger,
    setup_telemetry,
    shutdown_telemetry,
    stats,
)

RULES = {"s": Sample(first=2, thereafter=7, per_s=0.01), "r": RateLimit(2, 0.01)}
#: What is counted for lines that wait in a block, and what is said by lines of its own.
SAID = {"sampled", "rate_limited", "repeated"}


@pytest.fixture
def path(each_lane: str, tmp_path: Path) -> Path:
    """Write through each lane."""
    return tmp_path / "x.log"


@pytest.mark.parametrize("delivery", ["direct", "background"])
def test_calls_are_lines_and_counts(path: Path, delivery: Any) -> None:
    """8 threads and 200 tasks, half of which fail: calls are lines and counts, each told once."""
    setup_telemetry(
        TelemetryConfig(logging=LoggingConfig(log_file=path, delivery=delivery, sampling=RULES))
    )
    calls = [0] * 208

    def request(me: int, number: int) -> None:
        """Log 7 or 8 lines, as a request would."""
        with buffered(max_lines=2):
            get_logger("s.work").debug("begun", number=number)
            get_logger("s.work").info("done", number=number)
            get_logger("r").info("limited", number=number)
            get_logger("r").debug("looked", number=number)
            get_logger("free").every(3).warning("third", number=number)
            get_logger("free").debug("kept", number=number)
            get_logger("free").info("written", number=number)
            calls[me] += 7
            if me % 2:
                get_logger("s.work").error("failed", number=number)
                calls[me] += 1

    def work(me: int) -> None:
        for number in range(60):
            request(me, number)

    async def task(me: int) -> None:
        for number in range(4):
            request(me, number)
            await asyncio.sleep(0)

    async def tasks() -> None:
        await asyncio.gather(*(task(me) for me in range(8, 208)))

    threads = [threading.Thread(target=work, args=(me,)) for me in range(8)]
    for thread in threads:
        thread.start()
    asyncio.run(tasks())
    for thread in threads:
        thread.join()
    shutdown_telemetry()

    counts = stats().outputs[str(path)]
    every = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    told = [line for line in every if "left_out" in line]
    dropped = dict(counts.dropped)
    assert {*SAID, "buffered"} == dropped.keys()
    assert sum(calls) == len(every) - len(told) + sum(dropped.values())
    assert sum(counts.written.values()) == len(every) - len(told)
    assert sum(line["left_out"] for line in told) == sum(dropped[name] for name in SAID)
    # One more line of a debug level than a block keeps: who fails loses one.
    failed = sum(line["event"] == "failed" for line in every)
    debug = sum(line["level"] == "debug" for line in every)
    assert (4 * 60 + 100 * 4, 2 * failed) == (failed, debug)
