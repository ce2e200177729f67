"""`once`, `every` and `every_s`: the first calls are written, the others counted and told of."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from installed_lanes import LANES
from provide.foundation import (
    LoggingConfig,
    Sample,
    TelemetryConfig,
    flush,
    get_logger,
    setup_telemetry,
    shutdown_telemetry,
    stats,
)
from provide.foundation.testing import capture_logs


@pytest.fixture
def path(each_lane: str, tmp_path: Path) -> Path:
    """Return the file that a lane writes to."""
    file = tmp_path / "x.log"
    set_up(file)
    return file


def set_up(path: Path, **options: Any) -> None:
    """Set up a file."""
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path, **options)))


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def told(path: Path) -> list[tuple[str, int]]:
    """Return the events of calls that have been left out, and how many they were."""
    return [(line["like"], line["left_out"]) for line in lines(path) if "left_out" in line]


def check_balance(path: Path, calls: int) -> None:
    """Compare calls, lines, counts and what the lines tell."""
    counts = stats().outputs[str(path)]

    assert calls == sum("left_out" not in line for line in lines(path)) + counts.dropped["repeated"]
    assert sum(number for _, number in told(path)) == counts.dropped["repeated"]


def test_some_calls_are_written(path: Path) -> None:
    """Each kind writes its calls, by logger, level and event, and the rest is told at the end."""
    log = get_logger("app")
    for n in range(7):
        log.once().info("once", n=n)
        log.bind(a=1).once().warning("once", n=n)
        get_logger("other").once().info("once", n=n)
        log.every(3).error("third", n=n)
        log.every_s(60).info("minute", n=n)
        log.once().debug("disabled", n=n)
        log.every(2).log("INFO", "level", n=n)
        log.once().log([], "no level", n=n)  # type: ignore[arg-type]
    flush()

    assert [("once", 0)] * 3 == [
        (line["event"], line["n"]) for line in lines(path) if line["event"] == "once"
    ]
    assert {"third": [0, 3, 6], "minute": [0], "level": [0, 2, 4, 6]} == {
        event: [line["n"] for line in lines(path) if line["event"] == event]
        for event in ("third", "minute", "level")
    }
    assert [("once", 6)] * 3 + [("third", 4), ("minute", 6), ("level", 3), ("no level", 6)] == (
        told(path)
    )
    check_balance(path, 49)


def test_seconds_end(path: Path) -> None:
    """An event is written again when its seconds are over, and so many were between."""
    for _ in range(3):
        get_logger("app").every_s(0.05).info("e")
    time.sleep(0.06)
    get_logger("app").every_s(0.05).info("e")

    assert ["e", "2 more like this in 0.05 s", "e"] == [line["event"] for line in lines(path)]


def test_callers_and_exceptions_are_found(path: Path) -> None:
    """The line has the call site and the exception of the code that logged."""
    set_up(path, callsite=True)

    def inner() -> None:
        try:
            raise ValueError("told")
        except ValueError:
            get_logger("app").once().exception("failed")
        get_logger("app").once().info("level", stacklevel=2)

    inner()
    failed, level = lines(path)

    assert inner.__qualname__ == failed["callsite"]["function"]
    assert "told" == failed["exception"]["message"]
    assert test_callers_and_exceptions_are_found.__qualname__ == level["callsite"]["function"]


def test_threads_write_one_line_once(path: Path) -> None:
    """Of calls from 8 threads one is written, and each other one is counted."""
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        for _ in range(200):
            get_logger("app").once().info("once")
            get_logger("app").every(100).info("hundredth")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shutdown_telemetry()

    events = Counter(line["event"] for line in lines(path) if "left_out" not in line)
    assert {"once": 1, "hundredth": 16} == events
    check_balance(path, 3200)


def test_set_ups_tell_what_was_theirs(path: Path, tmp_path: Path) -> None:
    """A later configuration writes nothing again, and each tells what has been left out of it."""
    other = tmp_path / "other.log"
    log = get_logger("app")
    for _ in range(3):
        log.once().info("e")
    set_up(other, sampling={"": Sample(first=1, thereafter=0, per_s=60)})
    for _ in range(4):
        log.once().info("e")
        log.every(2).info("f")
    flush()

    assert [("e", 2)] == told(path)
    assert [("f", 1), ("e", 4), ("f", 2)] == told(other)
    assert {"repeated": 6, "sampled": 1} == dict(stats().outputs[str(other)].dropped)


def test_captures_begin_anew(path: Path) -> None:
    """Each capture of a test has the first call again."""
    for _ in range(2):
        with capture_logs() as captured:
            get_logger("app").once().info("e")
            get_logger("app").once().info("e")
        assert ["e"] == [line["event"] for line in captured]


def test_bad_arguments_write_all_lines(path: Path) -> None:
    """A number that is none leaves nothing out."""
    log: Any = get_logger("app")
    for _ in range(2):
        log.every(0).info("e")
        log.every("x").info("e")
        log.every_s(-1).info("e")
        log.every_s(None).info("e")

    assert 8 == len(lines(path))


def test_events_without_bound_share_counters(path: Path) -> None:
    """Beyond a thousand events, those of one logger and level share a counter."""
    for n in range(1005):
        get_logger("app").once().info(f"e{n}")
    flush()

    assert [("<other events>", 4)] == told(path)
    check_balance(path, 1005)


FORKS = """
import os
from provide.foundation import *
setup_telemetry(TelemetryConfig(logging=LoggingConfig(
    log_file="x.log", sampling={"s": Sample(first=1, thereafter=0, per_s=60)})))
def work():
    for _ in range(5):
        get_logger("app").once().info("once", pid=os.getpid())
        get_logger("s").info("sampled", pid=os.getpid())
work()
child = os.fork()
work()
flush()
if child:
    os.waitpid(child, 0)
else:
    os._exit(0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.parametrize("lane", LANES)
def test_children_count_anew(lane: str, tmp_path: Path) -> None:
    """A forked child writes first lines of its own, and tells nothing that its parent tells."""
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKS],
        cwd=tmp_path, timeout=60, check=True, env={**os.environ, "FOUNDATION_LANE": lane},
    )  # fmt: skip
    written = lines(tmp_path / "x.log")

    assert {"once": 2, "sampled": 2} == Counter(
        line["event"] for line in written if "left_out" not in line
    )
    assert {("once", 4), ("sampled", 4), ("once", 9), ("sampled", 9)} == {*told(tmp_path / "x.log")}
