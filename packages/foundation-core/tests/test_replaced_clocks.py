"""Clocks that a test has put in the place of Python's: lines carry their time, in each lane."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from typing import Any

import pytest

LANES = ["fast", "processor"]
if importlib.util.find_spec("provide.foundation.native") is not None:
    LANES.append("native")

THEN = "2001-02-03T04:05:06.750000Z"
NS = 981173106750000000

CODE = """
import sys
OPTIONS = {}
from unittest import mock
from provide.foundation import *

def set_up():
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(
        console_formatter="json", capture_stdlib=False, **OPTIONS)))

if sys.argv[1] == "earlier":
    set_up()
    get_logger("app").info("before")
with {frozen}:
    if sys.argv[1] != "earlier":
        set_up()
    for number in range(3):
        get_logger("app").info("then", number=number)
        get_logger("app").bind(a=1).info("then")
get_logger("app").info("now")
"""
FROZEN = {
    "freezegun": "__import__('freezegun').freeze_time('2001-02-03 04:05:06.75')",
    "time-machine": "__import__('time_machine').travel(981173106.75, tick=False)",
    "time_ns": f"mock.patch('time.time_ns', return_value={NS})",
    "time": f"mock.patch('time.time', return_value={NS / 1e9})",
}


def times(lane: str, frozen: str, when: str) -> dict[str, set[str]]:
    """Return the times of a process's lines, by the event."""
    done = subprocess.run(
        [sys.executable, "-c", CODE.replace("{frozen}", FROZEN[frozen]), when],
        capture_output=True,
        timeout=60,
        check=True,
        env={**os.environ, "FOUNDATION_LANE": lane, "TZ": "UTC"},
    )
    found: dict[str, set[str]] = {}
    for line in map(json.loads, done.stderr.splitlines()):
        found.setdefault(line["event"], set()).add(line["timestamp"])
    return found


@pytest.mark.parametrize("when", ["earlier", "within"])
@pytest.mark.parametrize("frozen", ["freezegun", "time-machine"])
@pytest.mark.parametrize("lane", LANES)
def test_frozen_time_is_the_time_of_lines(lane: str, frozen: str, when: str) -> None:
    """What freezegun and time-machine say is in the line, and afterwards the clock's time is."""
    found = times(lane, frozen, when)
    assert {THEN} == found["then"]
    assert all(each > "2025" for each in found["now"] | found.get("before", {"2026"}))


@pytest.mark.skipif("native" not in LANES, reason="foundation-native is not compiled")
@pytest.mark.parametrize("when", ["earlier", "within"])
@pytest.mark.parametrize("frozen", ["time_ns", "time"])
def test_native_lane_asks_a_mock_of_the_clock(frozen: str, when: str) -> None:
    """A plain mock in the module `time` is asked; the fast lane has its function already."""
    found = times("native", frozen, when)
    assert {THEN} == found["then"]
    assert all(each > "2025" for each in found["now"])


@pytest.mark.parametrize("lane", LANES)
def test_clock_that_raises_costs_no_line(lane: str) -> None:
    """Nor does one that returns what is no time: the line has the system's time, and comes out."""
    for what in ("side_effect=ValueError", "return_value='noon'", "return_value=10**40"):
        frozen = f"mock.patch('time.time_ns', {what})"
        done = subprocess.run(
            [sys.executable, "-c", CODE.replace("{frozen}", frozen), "earlier"],
            capture_output=True,
            timeout=60,
            check=True,
            env={**os.environ, "FOUNDATION_LANE": lane},
        )
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        assert ["before", *["then"] * 6, "now"] == [line["event"] for line in lines]


@pytest.mark.parametrize(
    "options",
    [
        {"schema": "otel", "output": "stderr"},
        {"timestamp": "epoch_ms"},
        {"redact_patterns": ["email"]},
    ],
    ids=str,
)
def test_frozen_time_is_the_time_of_variants(options: dict[str, Any]) -> None:
    """A log call with other constants looks at the clock that freezegun has put there, too."""
    code = CODE.replace("{frozen}", FROZEN["freezegun"]).replace("{}", repr(options), 1)
    done = subprocess.run(
        [sys.executable, "-c", code, "earlier"],
        capture_output=True,
        timeout=60,
        check=True,
        env={**os.environ, "FOUNDATION_LANE": "fast", "TZ": "UTC"},
    )
    lines = [next(iter(json.loads(line).values())) for line in done.stderr.splitlines()]
    then = NS // 1_000_000 if "timestamp" in options else THEN
    assert [True, *[False] * 6, True] == [each > then for each in lines]
    assert {then} == set(lines[1:7])
