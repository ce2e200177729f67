"""Several outputs: one call, a line for each, and what happens to one is nothing to the others."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import interpreters
from installed_lanes import LANES
from provide.foundation import (
    Limits,
    Logger,
    LoggingConfig,
    OutputConfig,
    TelemetryConfig,
    bound_contextvars,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    shutdown_telemetry,
    stats,
)
from provide.foundation._runtime.state import STATE
from provide.foundation.levels import ERROR, INFO

#: What a line has that is never the same twice.
STAMPS = re.compile(r'"timestamp":"[^"]*"|timestamp=\S+|^\d\d:\d\d:\d\d\.\d{3}', re.M)
#: A full disk, as a file.
FULL = "/dev/full"


class Once:
    """Be a value that is another text each time."""

    made = 0

    def __repr__(self) -> str:
        """Count."""
        Once.made += 1
        return f"<{Once.made}>"


CALLS: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any]]] = {
    "bare": ("said", (), {}),
    "plain": ("user_login", (), {"user_id": 7, "name": "alice b", "f": 2.5, "ok": True, "n": None}),
    "emoji": ("user_login", (), {"domain": "auth", "action": "login", "status": "success"}),
    "arguments": ("took %d ms", (7,), {"n": 1}),
    "event is an object": (ValueError("no"), (), {}),
    "event with =": ("a=b", (), {"c": "d=e"}),
    "controls": ("a\tb\x1b[31m", (), {"t": "\x1b\x85\u2028"}),
    "wide": ("Zürich 東京", (), {"city": "東京", "größe": 1, "a b": 2, "a.b-c": 3}),
    "reserved": ("said", (), {"event": 1, "level": "x", "timestamp": 2, "service": "y"}),
    "secret": ("said", (), {"password": "pw", "nested": {"token": 1, "n": [1, {"secret": 2}]}}),
    "bound as well": ("said", (), {"bound": 2, "tenant": 3}),
    "no parameters": ("said", (), {"exc_info": None, "stack_info": False}),
    "exception": ("said", (), {"exc_info": ValueError("no"), "n": 1}),
    "callers": ("said", (), {"stacklevel": 2, "exc_info": None}),
    "stack": ("said", (), {"stack_info": True, "stacklevel": 1}),
    "objects": ("said", (), {"path": Path("/srv"), "numbers": [1, float("nan")], "big": 2**70}),
    "long": ("e" * 100, (), {"t": "t" * 3000, "k" * 70: 1}),
    "too long": ("said", (), {"t": "t" * 9000}),
}  # fmt: skip


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Have each lane write by turns."""
    monkeypatch.setenv("FOUNDATION_LANE", request.param)
    reset_for_testing()
    yield request.param
    reset_for_testing()


def set_up(*outputs: OutputConfig, **options: Any) -> Logger:
    """Set up with outputs, and return a logger."""
    options = {"default_level": "TRACE", "capture_stdlib": False, **options}
    logging = LoggingConfig(outputs=outputs, **options)
    setup_telemetry(TelemetryConfig(service_name="shop", logging=logging))
    return get_logger("app")


def balance(name: object) -> tuple[int, dict[str, int]]:
    """Return how many lines an output has written, and what it has dropped."""
    counts = stats().outputs[str(name)]
    return sum(counts.written.values()), dict(counts.dropped)


@pytest.mark.parametrize("callsite", [False, True], ids=["plain", "callsite"])
def test_lines_are_those_of_the_pipeline(lane: str, callsite: bool, tmp_path: Path) -> None:
    """Each call comes out in every output byte for byte as the steps of the pipeline make it."""
    paths = [tmp_path / name for name in ("a.json", "b.log", "c.txt", "d.json", "e.log")]
    formats: list[Any] = ["json", "key_value", "compact", "json", "key_value"]
    levels: list[Any] = [None, None, None, None, "ERROR"]
    outputs = [
        OutputConfig(path, formatter=formatter, level=level)
        for path, formatter, level in zip(paths, formats, levels, strict=True)
    ]
    limits = Limits(max_line_bytes=8192)
    log = set_up(*outputs, das_emoji_prefix_enabled=True, limits=limits, callsite=callsite)
    assert STATE.pipeline is not None
    for logger in (log, log.bind(bound=1, service="x")):
        for event, args, fields in CALLS.values():
            for context in ({}, {"tenant": 7, "r": "é"}):
                with bound_contextvars(**context):
                    for level, method in ((INFO, logger.info), (ERROR, logger.error)):
                        steps = partial(STATE.pipeline.emit, logger, level, event, args)
                        for write in (
                            partial(steps, {**fields}),
                            partial(method, event, *args, **fields),
                        ):
                            write()  # from one line, for a stack
    total = 2 * 2 * 2 * 2 * len(CALLS)

    for path, level in zip(paths, levels, strict=True):
        lines = STAMPS.sub("", path.read_text("utf-8")).splitlines()
        assert lines[::2] == lines[1::2]
        assert (total if level is None else total // 2) == len(lines)
        assert (len(lines), {}) == balance(path)
    assert paths[0].read_bytes() == paths[3].read_bytes()


def test_fast_lane_is_taken(lane: str, tmp_path: Path) -> None:
    """Calls stay in the fast lanes, whatever the outputs."""
    for levels in ((None, None), ("ERROR", None), ("INFO",)):
        outputs = [OutputConfig(tmp_path / str(n), level=each) for n, each in enumerate(levels)]
        log = set_up(*outputs)
        for name in ("plain", "emoji", "arguments", "reserved", "secret", "exception", "objects"):
            event, args, fields = CALLS[name]
            log.info(event, *args, **fields)
        log.bind(n=1).error("said")
        assert (lane == "processor", {}) == (stats().lane == "processor", dict(stats().fallbacks))


def test_both_lines_have_the_call_site(lane: str, tmp_path: Path) -> None:
    """Two outputs have call sites in every lane."""
    text, data = tmp_path / "a.log", tmp_path / "a.json"
    outputs = OutputConfig(text, formatter="key_value"), OutputConfig(data, formatter="json")
    set_up(*outputs, callsite=True).info("said")
    found = json.loads(data.read_text("utf-8"))["callsite"]

    assert (__file__, "test_both_lines_have_the_call_site") == (found["file"], found["function"])
    assert f"callsite={__file__}:{found['line']}" in text.read_text("utf-8")


def test_both_lines_say_one_thing(lane: str, tmp_path: Path) -> None:
    """The time is taken once, and code of a value runs once, for all outputs."""
    text, data = tmp_path / "a.log", tmp_path / "a.json"
    log = set_up(OutputConfig(text, formatter="key_value"), OutputConfig(data, formatter="json"))
    if lane == "processor":
        pytest.skip("renders each value for each format")
    for number in range(50):
        log.info("said", number=number, value=Once())

    shown = re.findall(r"timestamp=(\S+) .* value=(\S+)", text.read_text("utf-8"))
    found = [json.loads(line) for line in data.read_text("utf-8").splitlines()]
    assert [(each["timestamp"], each["value"]) for each in found] == shown
    assert 50 == len(shown) == len({value for _, value in shown})


def test_full_disk_costs_its_own_lines(lane: str, tmp_path: Path) -> None:
    """An output that cannot write drops its lines, and the others have all of theirs."""
    good = tmp_path / "good.log"
    log = set_up(OutputConfig(FULL), OutputConfig(good, formatter="compact"), OutputConfig(FULL))
    for number in range(200):
        log.info("said", number=number, values=[number])

    assert (200, {}) == balance(good)
    assert 200 == len(good.read_text("utf-8").splitlines())
    written, dropped = balance(FULL)
    assert (0, 400) == (written, sum(dropped.values()))
    assert {"enospc"} == set(dropped)


def test_processors_and_exporters_run_once(lane: str, tmp_path: Path) -> None:
    """A processor sees each call once, and what it returns goes to every output."""
    seen: list[str] = []

    def see(_logger: Any, _name: str, fields: dict[str, Any]) -> dict[str, Any]:
        seen.append(fields["event"])
        return {**fields, "host": "web"}

    paths = tmp_path / "a", tmp_path / "b"
    log = set_up(*map(OutputConfig, paths), processors=[see])
    log.info("one", n=1)
    log.bind(m=2).info("two", exc_info=None)

    assert ["one", "two"] == seen
    for path in paths:
        found = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert [("one", "web"), ("two", "web")] == [(each["event"], each["host"]) for each in found]


def test_background_beside_direct(lane: str, tmp_path: Path) -> None:
    """Each output has its own delivery."""
    slow, quick = tmp_path / "slow", tmp_path / "quick"
    log = set_up(OutputConfig(slow, delivery="background"), OutputConfig(quick))
    for number in range(300):
        log.info("said", number=number)
    assert 300 == len(quick.read_text("utf-8").splitlines())
    shutdown_telemetry()

    assert quick.read_bytes() == slow.read_bytes()
    assert (300, {}) == balance(slow) == balance(quick)


def test_kept_method_goes_to_the_outputs_of_the_latest_set_up(lane: str, tmp_path: Path) -> None:
    """A level method from before a set-up writes where all others write now, once."""
    older, newer = tmp_path / "older", tmp_path / "newer"
    log = set_up(OutputConfig(older), OutputConfig(older, formatter="compact"))
    kept = log.info
    kept("before")
    set_up(OutputConfig(newer), OutputConfig(newer, formatter="key_value"))
    kept("behind")

    assert ["before", "before"] == re.findall("before|behind", older.read_text("utf-8"))
    assert ["behind", "behind"] == re.findall("before|behind", newer.read_text("utf-8"))


SCRIPT = """
import json, os, signal, sys
from provide.foundation import *
setup_telemetry(TelemetryConfig(logging=LoggingConfig(capture_stdlib=False, outputs=[
    OutputConfig("stderr", formatter="compact"), OutputConfig("app.json", formatter="json")])))
log = get_logger("app")
"""


def run(code: str, lane: str, folder: Path) -> tuple[list[str], list[dict[str, Any]], Any]:
    """Run code behind `SCRIPT`; return what stderr and the file have, and what it has printed."""
    done = interpreters.run(
        [sys.executable, "-c", SCRIPT + code], cwd=folder, capture_output=True, text=True,
        timeout=60, env={**os.environ, "FOUNDATION_LANE": lane},
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr[-2000:]
    lines = (folder / "app.json").read_text("utf-8").splitlines()
    return done.stderr.splitlines(), list(map(json.loads, lines)), json.loads(done.stdout)


def test_forked_child_writes_to_both(lane: str, tmp_path: Path) -> None:
    """A child and its parent write each line to both outputs, whole."""
    code = """
log.info("before")
child = os.fork()
for number in range(200):
    log.info("said", number=number, child=not child, more=[number])
if not child:
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    shown, found, status = run(code, lane, tmp_path)
    assert (0, 401, 401) == (status, len(shown), len(found))
    pattern = re.compile(r"\S+ I app (before|said number=\d+ child=(true|false) more=\[\d+\])")
    assert all(map(pattern.fullmatch, shown))


def test_interrupted_calls_are_counted_in_each_output(lane: str, tmp_path: Path) -> None:
    """What a signal handler raises reaches the caller, and each output counts every line."""
    code = """
class Stop(Exception):
    pass
class Value:
    def __repr__(self):
        return "value"
inside, calls, caught = False, 0, 0
def stop(*_):
    if inside:
        raise Stop
signal.signal(signal.SIGALRM, stop)
log.info("first", value=Value(), more=[Value()])
def work():
    global calls
    while True:
        log.info("said", value=Value(), more=[1, {"a": Value()}])
for number in range(200):
    try:
        inside = True
        signal.setitimer(signal.ITIMER_REAL, 0.0002 + number * 0.000002)
        work()
    except Stop:
        inside = False
        caught += 1
log.info("last")
found = stats().outputs
print(json.dumps([caught, *([sum(found[name].written.values()), dict(found[name].dropped)]
    for name in ("stderr", "app.json"))]))
"""
    shown, found, (caught, stderr, file) = run(code, lane, tmp_path)
    shown = [line for line in shown if " I app " in line]
    found = [each for each in found if each["logger"] == "app"]
    assert (200, len(shown), len(found)) == (caught, stderr[0], file[0])
    assert {"interrupted"} >= {*stderr[1], *file[1]}
    totals = {written + sum(dropped.values()) for written, dropped in (stderr, file)}
    if lane != "processor":  # its loop over the outputs can be ended between two of them
        assert 1 == len(totals)


def test_closed_stream_costs_its_own_lines(lane: str, tmp_path: Path) -> None:
    """Where stderr is closed, or gone, the file has its lines all the same."""
    code = """
log.info("one")
sys.stderr.close()
log.info("two")
sys.stderr = None
log.info("three")
print(json.dumps(dict(stats().outputs["stderr"].dropped)))
"""
    shown, found, dropped = run(code, lane, tmp_path)
    assert (["one", "two", "three"], 1) == ([each["event"] for each in found], len(shown))
    assert {"closed": 1, "no_stream": 1} == dropped


def test_torn_line_costs_its_own_output(lane: str, tmp_path: Path) -> None:
    """Where a file takes a part of a line and then no more, stderr has every line."""
    code = """
import resource
import sys; sys.dont_write_bytecode = True  # else a module may be cut short
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
for number in range(100):
    log.info("said", number=number, more=[number])
counts = stats().outputs
print(json.dumps([counts["app.json"].as_dict(), counts["stderr"].as_dict()]))
"""
    done = interpreters.run(
        [sys.executable, "-c", SCRIPT + code], cwd=tmp_path, capture_output=True, text=True,
        timeout=60, env={**os.environ, "FOUNDATION_LANE": lane},
    )  # fmt: skip
    file, stderr = json.loads(done.stdout)
    *whole, torn = (tmp_path / "app.json").read_text("utf-8").split("\n")
    shown = re.findall(r" I app said number=(\d+) ", done.stderr)

    assert [*map(str, range(100))] == shown
    assert ({"info": 100}, {}) == (stderr["written"], stderr["dropped"])
    assert (len(whole), 100) == (
        file["written"]["info"],
        file["written"]["info"] + sum(file["dropped"].values()),
    )
    assert ["efbig"] == [*file["dropped"]]
    assert 0 < len(torn)
