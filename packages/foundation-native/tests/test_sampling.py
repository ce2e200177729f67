"""Sampling in front of the compiled lane: the decisions and the counts of core's gate."""

from __future__ import annotations

import gc
import json
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import interpreters
from provide.foundation import (
    Logger,
    LoggingConfig,
    OutputConfig,
    RateLimit,
    Sample,
    TelemetryConfig,
    flush,
    get_logger,
    reset_for_testing,
    set_level,
    setup_telemetry,
    stats,
)

_lane = pytest.importorskip("provide.foundation.native._lane")
CompiledCounter = pytest.importorskip("provide.foundation.native.sampling").CompiledCounter

STAMPS = re.compile(r'"@?timestamp":"[^"]*"|timestamp=\S+|\d\d:\d\d:\d\d\.\d{3}|\d{4}-\d\d-\d\d ')
#: Long windows: what is written does not depend on how long anything takes.
RULES = {
    "app": Sample(first=3, thereafter=7, per_s=3600),
    "app.few": Sample(first=0, thereafter=0, per_s=3600, errors=True),
    "app.limit": RateLimit(lines=5, per_s=36_000),
}
NAMES = ("app", "app.http", "app.few", "app.limit", "apparatus")


class Text(str):
    """Be a text of a class of its own."""


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the native lane write."""
    monkeypatch.setenv("FOUNDATION_LANE", "native")
    reset_for_testing()
    yield
    reset_for_testing()


def set_up(path: Path, **options: Any) -> None:
    """Set up with rules."""
    options = {"default_level": "DEBUG", "sampling": RULES, "capture_stdlib": False, **options}
    if "outputs" not in options:
        options["log_file"] = path
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(**options)))


def make_calls() -> None:
    """Make calls of many kinds, some often and some once."""
    shared = "an event that two loggers have"
    for number in range(40):
        for name in NAMES:
            log = get_logger(name)
            log.info("tick", n=number)
            log.bind(b=number).info("tick")
            log.debug(shared)
            log.warning("took %d ms", number)
            log.info("".join(("ti", "ck")), other="the same text")
            log.error("failed", n=number)
            log.info(number % 3)
            log.info(Text("tick"))
            log.debug("größe")
            log.info("e" * 300 + str(number % 2))
            log.trace("disabled")
    for number in range(1100):
        get_logger("app.http").debug(f"event {number}")
        get_logger("app.http").debug(f"event {number % 5}")
    flush()


def result(path: Path) -> tuple[str, dict[str, int], dict[str, int]]:
    """Return what was written, without times, and what was counted."""
    counts = stats().outputs[str(path)]
    return (
        STAMPS.sub("", path.read_text("utf-8")),
        dict(counts.written),
        dict(counts.dropped),
    )


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"console_formatter": "key_value"},
        {"console_formatter": "compact"},
        {"schema": "ecs"},
        {"processors": [lambda logger, level, fields: fields]},
    ],
    ids=["json", "key_value", "compact", "schema", "processors"],
)
def test_decisions_are_those_of_core(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: dict[str, Any]
) -> None:
    """The compiled gate writes the lines, and tells and counts the rest, as core's own does."""
    found = []
    for lane in ("native", "fast"):
        monkeypatch.setenv("FOUNDATION_LANE", lane)
        set_up(tmp_path / lane, **options)
        compiled = isinstance(Logger.info, _lane.SampledMethod)
        make_calls()
        found.append(result(tmp_path / lane))
        reset_for_testing()

        assert (lane == "native") == compiled
    native, core = found

    assert core == native


def test_each_output_is_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With several outputs each counts what it would have had, as core's own gate does."""
    found = []
    for lane in ("native", "fast"):
        monkeypatch.setenv("FOUNDATION_LANE", lane)
        paths = [tmp_path / f"{lane}{number}" for number in range(3)]
        outputs = (
            OutputConfig(paths[0]),
            OutputConfig(paths[1], formatter="compact", level="INFO"),
            OutputConfig(paths[2], module_levels={"app.limit": "OFF"}),
        )
        set_up(tmp_path, outputs=outputs)
        make_calls()
        found.append([result(path) for path in paths])
        reset_for_testing()
    native, core = found

    assert core == native
    assert 3 == len({str(dropped) for _, _, dropped in native})


def test_threads_lose_and_double_nothing(tmp_path: Path) -> None:
    """Calls of 8 threads are lines and counts, and the lines that tell add up to these."""
    path = tmp_path / "x.log"
    set_up(path, sampling={"": Sample(first=2, thereafter=50, per_s=0.02)})

    def work(number: int) -> None:
        log = get_logger(f"app.{number % 2}")
        for n in range(3000):
            log.info(f"event {n % 3}", n=n)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    flush()
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    told = sum(line.get("left_out", 0) for line in lines)
    written = sum("left_out" not in line for line in lines)
    counts = stats().outputs[str(path)]

    assert 8 * 3000 == written + told
    assert {"sampled": told} == dict(counts.dropped)
    assert written == sum(counts.written.values())


def test_kept_methods_go_on_to_the_next_configuration(tmp_path: Path) -> None:
    """A method of an earlier configuration sends calls on, where they are decided about once."""
    nothing = Sample(first=0, thereafter=0, per_s=3600)
    set_up(tmp_path / "first", sampling={"": nothing})
    kept: Any = Logger.info
    set_up(tmp_path / "second", sampling={"": Sample(first=1, thereafter=0, per_s=3600)})
    for n in range(3):
        kept(get_logger("app"), "e", n=n)
    set_up(tmp_path / "third", sampling={})
    kept(get_logger("app"), "e", n=3)
    events = [
        [json.loads(line)["event"] for line in (tmp_path / name).read_text("utf-8").splitlines()]
        for name in ("first", "second", "third")
    ]

    assert [[], ["e", "2 more like this in 3600 s"], ["e"]] == events
    assert not isinstance(Logger.info, _lane.SampledMethod)


def test_odd_calls_are_the_lanes_business(tmp_path: Path) -> None:
    """What is no call of a logger fails as without rules; unmade loggers write their lines."""
    set_up(tmp_path / "x.log", sampling={"root": Sample(first=1, thereafter=0, per_s=3600)})
    method: Any = Logger.info
    for arguments in ((), (get_logger("root"),), (5, "e")):
        with pytest.raises(TypeError):
            method(*arguments)
    unmade = Logger()
    for _ in range(3):
        unmade.info("e")
    set_level("ERROR")
    unmade.info("disabled")
    set_level("INFO")

    # A logger that nothing has initialised is met by the lane first.
    assert 2 == stats().outputs[str(tmp_path / "x.log")].written["info"]
    assert {"sampled": 1} == dict(stats().outputs[str(tmp_path / "x.log")].dropped)


def count_held(name: str) -> int:
    """Return how many counters there are of a logger's events."""
    gc.collect()
    return sum(type(each) is CompiledCounter and each.name == name for each in gc.get_objects())


def test_memory_is_bounded_and_let_go(tmp_path: Path) -> None:
    """Events without bound take no more memory, and a later configuration lets go of all."""
    set_up(tmp_path / "x.log", sampling={"": Sample(first=0, thereafter=0, per_s=3600)})
    log = get_logger("of.this.test")
    event = "".join(("one", " event"))
    before = sys.getrefcount(event), sys.getrefcount(log)
    held = []
    for _ in range(2):
        for number in range(4000):
            log.info(f"event {number} of too many")
            log.info(event)
        held.append(count_held(log.name))
    set_up(tmp_path / "x.log", sampling={})
    log.info("e")

    # One more is shared.
    assert [1001, 1001, 0] == [*held, count_held(log.name)]
    assert before == (sys.getrefcount(event), sys.getrefcount(log))


FORKED = """
import os, sys, json
from provide.foundation import *
path = sys.argv[1]
setup_telemetry(TelemetryConfig(logging=LoggingConfig(
    log_file=path, process=True, sampling={"": Sample(first=1, thereafter=0, per_s=3600)})))
log = get_logger("app")
for n in range(5):
    log.info("e")
child = os.fork()
if not child:
    for n in range(3):
        log.info("e")
    flush()
    os._exit(0)
os.waitpid(child, 0)
flush()
lines = [json.loads(line) for line in open(path)]
own = [(line["pid"] == os.getpid(), line["event"], line.get("left_out")) for line in lines]
print(json.dumps([stats().lane, *own]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_forked_child_counts_anew(tmp_path: Path) -> None:
    """A child begins with fresh windows, and leaves what the parent has counted to the parent."""
    done = interpreters.run(
        [sys.executable, "-c", FORKED, str(tmp_path / "x.log")],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert [
        "native",
        [True, "e", None],
        [False, "e", None],
        [False, "2 more like this in 3600 s", 2],
        [True, "4 more like this in 3600 s", 4],
    ] == json.loads(done.stdout)


STARVED = """
import os, sys
import _testcapi
full = dict.fromkeys("abcde")
_testcapi.set_nomemory(0, 1)
try:
    full.setdefault("f")
except MemoryError:
    _testcapi.remove_mem_hooks()
except SystemError:  # no value, and no error
    sys.exit("setdefault breaks dicts")
from provide.foundation import *
path = sys.argv[1]
setup_telemetry(TelemetryConfig(logging=LoggingConfig(
    log_file=path, sampling={"": Sample(first=2, thereafter=3, per_s=3600)})))
assert stats().lane == "native"
log = get_logger("app")
calls = 0
events = [f"event {number}" for number in range(200)]
fresh = [get_logger(f"fresh.{number}") for number in range(200)]
for number in range(200):
    event, other = events[number], fresh[number]
    for call in (lambda: log.info(event), lambda: other.info("e"), lambda: log.info("e", a=1)):
        calls += 1
        _testcapi.set_nomemory(number % 40, number % 40 + 3)
        try:
            call()
        finally:
            _testcapi.remove_mem_hooks()
flush()
counts = stats().outputs[path]
print(calls, sum(counts.written.values()) + sum(counts.dropped.values()), counts.dropped["sampled"])
"""


def test_a_call_without_memory_raises_nothing(tmp_path: Path) -> None:
    """Where there is no memory for a decision, a call is a line or counted, and raises nothing."""
    pytest.importorskip("_testcapi")
    done = interpreters.run(
        [sys.executable, "-X", "faulthandler", "-c", STARVED, str(tmp_path / "x.log")],
        capture_output=True,
        text=True,
        timeout=60,
    )

    if "setdefault breaks dicts" in done.stderr:
        pytest.skip("CPython 3.13: dict.setdefault leaves a broken dict where it gets no memory")
    assert 0 == done.returncode, done.stderr
    calls, counted, left_out = map(int, done.stdout.split())
    assert calls == counted
    assert left_out > 0
