"""Calls to several outputs in the compiled lane: the lines of the pipeline, each counted once."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from provide.foundation import (
    Console,
    Limits,
    LoggingConfig,
    OutputConfig,
    TelemetryConfig,
    bound_contextvars,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation._runtime.state import STATE

pytest.importorskip("provide.foundation.native._lane")

STAMPS = re.compile(r'"timestamp":"[^"]*"|timestamp=\S+|\d\d:\d\d:\d\d\.\d{3}|\d{4}-\d\d-\d\d ')


class Shown:
    """Be a value that is asked for its text."""

    def __repr__(self) -> str:
        return "<shown>"


SHOWN = Shown()
CALLS: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = [
    ("said", (), {}),
    ("user_login", (), {"user_id": 7, "name": "alice b", "f": 2.5, "ok": True, "n": None}),
    ("user_login", (), {"domain": "auth", "action": "login", "status": "success"}),
    ("took %d ms", (7,), {"n": 1}),
    (ValueError("no"), (), {}),
    ("a=b", (), {"c": "d=e"}),
    ("a\tb\x1b[31m", (), {"t": "\x1b\x85\u2028"}),
    ("Zürich 東京", (), {"city": "東京", "größe": 1, "a b": 2, "a.b-c": 3}),
    ("said", (), {"event": 1, "level": "x", "timestamp": 2, "service": "y"}),
    ("said", (), {"password": "pw", "nested": {"token": 1, "n": [1, {"secret": 2}]}}),
    ("said", (), {"bound": 2, "tenant": 3}),
    ("said", (), {"exc_info": None, "stack_info": False}),
    ("said", (), {"exc_info": ValueError("no"), "n": 1}),
    ("said", (), {"path": Path("/srv"), "numbers": [1, float("nan")], "big": 2**70}),
    ("said", (), {"id": UUID(int=7), "at": datetime(2026, 1, 2, tzinfo=UTC)}),
    ("said", (), {"v": SHOWN, "all": [SHOWN, {"a": SHOWN}], "pairs": [("token", SHOWN)]}),
    ("e" * 100, (), {"t": "t" * 3000, "k" * 70: 1}),
    ("said", (), {"t": "t" * 9000}),
]  # fmt: skip


@pytest.fixture(autouse=True)
def native(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the native lane write."""
    monkeypatch.setenv("FOUNDATION_LANE", "native")
    reset_for_testing()
    yield
    reset_for_testing()


def set_up(*outputs: OutputConfig, **options: Any) -> Any:
    """Set up with outputs, and return a logger."""
    options = {"default_level": "TRACE", "capture_stdlib": False, **options}
    logging = LoggingConfig(outputs=outputs, **options)
    setup_telemetry(TelemetryConfig(service_name="shop", logging=logging))
    assert "native" == stats().lane
    return get_logger("app")


def balance(name: object) -> tuple[int, dict[str, int]]:
    """Return how many lines an output has written, and what it has dropped."""
    counts = stats().outputs[str(name)]
    return sum(counts.written.values()), dict(counts.dropped)


@pytest.mark.parametrize(
    "formats",
    [
        ("json", "compact", "json"),
        ("compact", "key_value", "compact"),
        ("key_value", "json", "json"),
        ("json", "json", "json"),
    ],
    ids=lambda formats: "-".join(formats),
)
@pytest.mark.parametrize("emoji", [False, True], ids=["plain", "emoji"])
def test_lines_are_those_of_the_pipeline(formats: Any, emoji: bool, tmp_path: Path) -> None:
    """Each call comes out in every output byte for byte as the steps of the pipeline make it."""
    paths = [tmp_path / f"{number}.log" for number in range(3)]
    levels: list[Any] = ["ERROR", None, "INFO"]
    outputs = [
        OutputConfig(path, formatter=formatter, level=level)
        for path, formatter, level in zip(paths, formats, levels, strict=True)
    ]
    log = set_up(*outputs, das_emoji_prefix_enabled=emoji, limits=Limits(max_line_bytes=8192))
    assert STATE.pipeline is not None
    for logger in (log, log.bind(bound=1, service="x"), log.bind(more=[1]), get_logger("")):
        for event, args, fields in CALLS:
            for context in ({}, {"tenant": 7, "r": "é"}):
                with bound_contextvars(**context):
                    for level, method in ((10, logger.debug), (40, logger.error)):
                        fresh = logger.bind()
                        STATE.pipeline.emit(fresh, level, event, args, dict(fields))
                        method(event, *args, **fields)

    total = 4 * 2 * 2 * len(CALLS)
    for path, level in zip(paths, levels, strict=True):
        lines = STAMPS.sub("", path.read_text("utf-8")).splitlines()
        assert lines[::2] == lines[1::2]
        expected = 2 * total if level is None else total
        assert (expected, (expected, {})) == (len(lines), balance(path))


def test_colours_beside_json(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Text with colours goes to a stream, and JSON to a file, as the pipeline makes both."""
    path = tmp_path / "a.json"
    outputs = OutputConfig("stderr", formatter="key_value"), OutputConfig(path, formatter="json")
    log = set_up(*outputs, console=Console(colors=True))
    assert STATE.pipeline is not None
    for logger in (log, log.bind(bound=1)):
        for event, args, fields in CALLS:
            if "exc_info" in fields:
                continue
            STATE.pipeline.emit(logger, 20, event, args, dict(fields))
            logger.info(event, *args, **fields)
    for text in (capfd.readouterr().err, path.read_text("utf-8")):
        lines = [row for row in STAMPS.sub("", text).splitlines() if "── " not in row]
        assert 4 * (len(CALLS) - 2) == len(lines)
        assert lines[::2] == lines[1::2]


def test_set_up_in_midst_of_a_call(tmp_path: Path) -> None:
    """A call during which another set-up takes over goes to the outputs of that one, once."""
    older, newer = tmp_path / "older", tmp_path / "newer"

    class Value:
        asked = 0

        def __repr__(self) -> str:
            self.asked += 1
            if self.asked == 1:  # what takes the call over asks once more
                set_up(OutputConfig(newer), OutputConfig(newer, formatter="compact"))
            return "value"

    log = set_up(OutputConfig(older), OutputConfig(older, formatter="compact"))
    log.info("said", value=Value())
    log.info("last")

    assert "" == older.read_text("utf-8")
    assert 4 == len(newer.read_text("utf-8").splitlines())
    assert (4, {}) == balance(newer)


NO_MEMORY = """
import os, sys
os.environ["FOUNDATION_LANE"] = "native"
import _testcapi
from provide.foundation import *

setup_telemetry(TelemetryConfig(logging=LoggingConfig(capture_stdlib=False, outputs=[
    OutputConfig("a.log", formatter="compact"), OutputConfig("b.log", formatter="json")])))
assert stats().lane == "native"
log = get_logger("app.part")
long, nested, calls = "x" * 5000, [1, {"k": (1, 2, "x" * 50)}], 0
for which in range(5):
    for number in range(0, 151):
        bound = log.bind(x=1, y=nested)
        # Not with **, whose dict would be the caller's own memory.
        new_key = eval(f"lambda: log.info('new key', key_{which}_{number}=1)")
        case = [
            lambda: log.info("e", a=12345678901, b="text", c=2.5),
            lambda: bound.info("e", z=70000),
            lambda: log.warning("nested", a=nested),
            lambda: log.info("long", v=long),
            new_key,
        ][which]
        if number:
            _testcapi.set_nomemory(number)
        try:
            case()
        finally:
            _testcapi.remove_mem_hooks()
        calls += 1
log.info("last", a=1)
log.warning("last", a=1)
lost = 0
for name in ("a.log", "b.log"):
    counts = stats().outputs[name]
    written, dropped = sum(counts.written.values()), sum(counts.dropped.values())
    lines = open(name, "rb").read().count(b"\\n") - counts.own_records
    assert written == lines, (name, written, lines)
    assert calls + 2 == written + dropped, (name, calls + 2, written, dropped)
    lost += dropped
assert lost > 0
"""


def test_no_memory_at_the_nth_allocation(tmp_path: Path) -> None:
    """Wherever memory runs out in a call, each output has its line, or has counted it as lost."""
    pytest.importorskip("_testcapi")
    done = subprocess.run(
        [sys.executable, "-c", NO_MEMORY], cwd=tmp_path, capture_output=True, text=True
    )
    assert 0 == done.returncode, done.stderr[-2000:]


NO_MEMORY_IN_A_NEW_SECOND = """
import os, sys, time
os.environ["FOUNDATION_LANE"] = "native"
import _testcapi
from provide.foundation import *

setup_telemetry(TelemetryConfig(logging=LoggingConfig(capture_stdlib=False, outputs=[
    OutputConfig("a.log", formatter="compact"), OutputConfig("b.log", formatter="json")])))
log = get_logger("app")
log.info("first")
calls = 1
for number in map(int, sys.argv[1:]):
    time.sleep(1 - time.time() % 1)
    _testcapi.set_nomemory(number)
    try:
        log.info("e", a=1)
    finally:
        _testcapi.remove_mem_hooks()
    calls += 1
log.info("last")
for name in ("a.log", "b.log"):
    counts = stats().outputs[name]
    written, dropped = sum(counts.written.values()), sum(counts.dropped.values())
    assert calls + 1 == written + dropped, (name, calls + 1, written, dropped)
"""


def test_no_memory_in_a_new_second(tmp_path: Path) -> None:
    """Where there is none for the look after the files, each output counts the line."""
    pytest.importorskip("_testcapi")
    done = subprocess.run(
        [sys.executable, "-c", NO_MEMORY_IN_A_NEW_SECOND, "3", "25", "40"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr[-2000:]


GROWTH = """
import gc, sys
from provide.foundation import *
setup_telemetry(TelemetryConfig(logging=LoggingConfig(capture_stdlib=False, outputs=[
    OutputConfig("/dev/null", formatter="compact"), OutputConfig("b.log", formatter="json")])))
class Value:
    def __repr__(self):
        return "value"
def work():
    for number in range(300):
        log = get_logger("app").bind(number=number, values=[number])
        for _ in range(3):
            log.info(f"event {number}", value=value, more=[value], n=number)
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(capture_stdlib=False, outputs=[
        OutputConfig("/dev/null", formatter="compact"), OutputConfig("b.log", formatter="json")])))
    gc.collect()
value = Value()
work(); work()
before = sys.getrefcount(value), len(gc.get_objects())
for _ in range(4):
    work()
after = sys.getrefcount(value), len(gc.get_objects())
assert before[0] == after[0], (before, after)
assert after[1] - before[1] < 200, (before, after)
"""


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    """Calls, and set-ups that follow each other, leave neither references nor objects."""
    done = subprocess.run(
        [sys.executable, "-c", GROWTH], cwd=tmp_path, capture_output=True, text=True
    )
    assert 0 == done.returncode, done.stderr[-2000:]
