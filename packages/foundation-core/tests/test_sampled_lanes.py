"""Lanes that ask rules of sampling within the log call: which do, and that they do as others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from time import sleep, time_ns
from typing import Any

import pytest

from provide.foundation import (
    LoggingConfig,
    OutputConfig,
    RateLimit,
    Sample,
    TelemetryConfig,
    flush,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation._diagnostics.stats import COUNTERS, SAMPLE_EVERY
from provide.foundation._lanes.sampled import json as sampled_json
from provide.foundation._logger.logger import Logger
from provide.foundation.config import RecordView

RULES = {
    "app": Sample(first=3, thereafter=7, per_s=3600),
    "app.http": Sample(first=0, thereafter=4, per_s=3600),
    "app.limit": RateLimit(lines=5, per_s=36_000),
    "app.all": Sample(first=10**6, per_s=3600),
}
NAMES = ("app", "app.http", "app.limit", "app.all", "apparatus")
TIME = re.compile(r"\d\d:\d\d:\d\d\.\d+|\d{13}|\d{4}-\d\d-\d\dT")


class Text(str):
    """Be a text of a class of its own."""


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the fast lanes of pure Python write."""
    monkeypatch.setenv("FOUNDATION_LANE", "fast")
    reset_for_testing()
    yield
    reset_for_testing()


def set_up(path: Path, **options: Any) -> None:
    """Set up with rules."""
    options = {"default_level": "DEBUG", "sampling": RULES, "capture_stdlib": False, **options}
    if "outputs" not in options:
        options["log_file"] = path
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(**options)))


def lets_pass(record: RecordView) -> bool:
    """Let every record pass."""
    return True


#: What asks within the call, and the module whose log call that is.
WITHIN: list[tuple[dict[str, Any], str]] = [
    ({}, "json"),
    ({"console_formatter": "key_value"}, "logfmt"),
    ({"console_formatter": "compact"}, "compact"),
    ({"schema": "ecs", "timestamp": "epoch_ms"}, "json"),
    ({"schema": "otel"}, "json"),
    ({"redact_patterns": ("email",)}, "json"),
    ({"console_formatter": "compact", "redact_patterns": ("email",)}, "compact"),
]


@pytest.mark.parametrize(("options", "module"), WITHIN)
def test_lanes_of_one_output_ask_within_the_call(
    tmp_path: Path, options: dict[str, Any], module: str
) -> None:
    """Their method is a log call of its own, below ERROR; from there on it is the plain one."""
    set_up(tmp_path / "x.log", **options)
    found = [Path(getattr(Logger, name).__code__.co_filename) for name in ("info", "error")]

    assert [("sampled", f"{module}.py"), ("_lanes", f"{module}.py")] == [
        (file.parent.name, file.name) for file in found
    ]


@pytest.mark.parametrize(
    "options",
    [
        {"processors": [lambda logger, level, fields: fields]},
        {"callsite": True},
        {"outputs": "two"},
        {"outputs": "filtered"},
    ],
)
def test_all_others_have_a_gate(tmp_path: Path, options: dict[str, Any]) -> None:
    """Each call is decided about once there, too."""
    path = tmp_path / "x.log"
    if options.get("outputs") == "two":
        options = {"outputs": [OutputConfig(path), OutputConfig(tmp_path / "y.log")]}
    elif options.get("outputs") == "filtered":
        options = {"outputs": [OutputConfig(path, filter=lets_pass)]}
    set_up(path, **options)
    for n in range(24):
        get_logger("app").info("tick", n=n)

    assert "gate.py" == Path(Logger.info.__code__.co_filename).name
    assert 3 + 3 == path.read_text("utf-8").count("tick")
    assert {"sampled": 18} == stats().outputs[str(path)].dropped


def make_calls() -> None:
    """Make calls of many kinds, some often and some once."""
    for number in range(40):
        for name in NAMES:
            log = get_logger(name)
            log.info("tick", n=number)
            log.bind(b=number).info("tick")
            log.warning("took %d ms", number)
            log.info("".join(("ti", "ck")), other="the same text")
            log.error("failed", n=number)
            log.info(number % 3)
            log.info([number % 3])
            log.info(Text("tick"))
            log.info("tick", user="alice@example.com", nested={"a": [number]})
            log.debug("e" * 300 + str(number % 2))
            log.trace("disabled")
    for number in range(1100):
        get_logger("app").debug(f"event {number}")
        get_logger("app").debug(f"event {number % 5}")
    flush()


@pytest.mark.parametrize("options", [options for options, _ in WITHIN])
def test_decisions_are_those_of_a_gate(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: dict[str, Any]
) -> None:
    """Lines, what is told of the others and the counts are those of the processor lane."""
    found = []
    for lane in ("processor", "fast"):
        monkeypatch.setenv("FOUNDATION_LANE", lane)
        path = tmp_path / lane
        set_up(path, **options)
        make_calls()
        counts = stats().outputs[str(path)]
        lines = TIME.sub("", path.read_text("utf-8")).splitlines()
        found.append((lines, dict(counts.written), dict(counts.dropped)))
        reset_for_testing()
    by_gate, within = found

    assert by_gate == within
    assert {"sampled", "rate_limited"} == set(within[2])


@pytest.mark.parametrize("hours", [-1, 0, 1])
def test_wall_clock_that_is_moved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hours: int
) -> None:
    """Windows go by the monotonic clock: no change of the other one leaves out more."""
    path = tmp_path / "x.log"
    set_up(path, sampling={"": Sample(first=2, thereafter=0, per_s=0.2)})
    log = get_logger("app")
    for _ in range(5):
        log.info("tick")
    monkeypatch.setattr(sampled_json, "time_ns", lambda: time_ns() + hours * 3600 * 10**9)
    log.info("tick")
    counts = stats().outputs[str(path)]
    before = dict(counts.dropped)
    sleep(0.25)
    for _ in range(5):
        log.info("tick")
    flush()

    lines = path.read_text("utf-8").splitlines()
    assert {"sampled": 4} == before
    assert {"sampled": 7} == stats().outputs[str(path)].dropped
    assert 4 == sum('"tick"}' in line for line in lines)


def test_calls_that_are_left_out_are_no_latencies(tmp_path: Path) -> None:
    """One call in some is timed, if it becomes a line."""
    set_up(tmp_path / "x.log", sampling={"": Sample(first=0, thereafter=0, per_s=60)})
    _, before = COUNTERS.latency.taken_after(0)
    for _ in range(SAMPLE_EVERY):
        get_logger("app").info("tick")

    assert ([], before) == COUNTERS.latency.taken_after(before)
