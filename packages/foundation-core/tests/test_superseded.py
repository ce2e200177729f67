"""Methods that a later set-up has superseded, and loggers that nothing has initialised.

Each test is a process of its own: what fails here may be the interpreter.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

import interpreters

LANES = ["fast", "processor"]
if importlib.util.find_spec("provide.foundation.native") is not None:
    LANES.append("native")

HEAD = """
from unittest import mock
from provide.foundation import *

def set_up(form="json"):
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(
        console_formatter=form, capture_stdlib=False)))

def end():
    import json, sys
    counts = stats().outputs
    json.dump({name: counts[name].dropped for name in counts}, sys.stdout)
"""


def run(lane: str, code: str) -> list[dict[str, Any]]:
    """Return the lines of a process that runs code; it ends well, and drops nothing."""
    done = interpreters.run(
        [sys.executable, "-c", HEAD + code + "\nend()\n"],
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "FOUNDATION_LANE": lane},
    )
    assert (0, b"") == (done.returncode, done.stderr if b"Traceback" in done.stderr else b"")
    assert all(not any(dropped.values()) for dropped in json.loads(done.stdout).values())
    return [json.loads(line) for line in done.stderr.splitlines() if line.startswith(b"{")]


def events(lines: list[dict[str, Any]]) -> list[str]:
    """Return the events of lines."""
    return [line["event"] for line in lines]


PATCHED = """
set_up({form})
with mock.patch.object(Logger, "info"):
    set_up({form})
bound = get_logger("app").bind(a=1)
bound.info("one", b=2)
bound.info("two %s", "args")
set_up("json")
bound.info("three", b=2)
"""


@pytest.mark.parametrize("form", ["json", "key_value", "compact"])
@pytest.mark.parametrize("lane", LANES)
def test_patch_undone_around_a_set_up_keeps_lines(lane: str, form: str) -> None:
    """A method that mock puts back after a second set-up leads to the lane that writes."""
    lines = run(lane, PATCHED.replace("{form}", repr(form)))
    wanted = ["one", "two args", "three"] if form == "json" else ["three"]
    assert wanted == events(lines)


@pytest.mark.parametrize("lane", LANES)
def test_patch_undone_around_the_first_set_up_keeps_lines(lane: str) -> None:
    """The method of a process that is not set up, put back when it is, loses no line."""
    code = """
with mock.patch.object(Logger, "info"), mock.patch.object(Logger, "error"):
    set_up()
bound = get_logger("app").bind(a=1)
bound.info("one")
bound.exception("two")
bound.log("INFO", "three")
"""
    assert ["one", "two", "three"] == events(run(lane, code))


@pytest.mark.parametrize("lane", LANES)
def test_method_kept_by_a_subclass_follows_set_ups(lane: str) -> None:
    """A class that has taken `info` and `debug` as its own attributes writes by each set-up."""
    code = """
set_up()
class Own(Logger):
    info = Logger.info
    debug = Logger.debug
own = Own()
own.info("one")
set_up()
own.info("two", a=1)
own.debug("off")
set_level("DEBUG")
own.debug("three")
set_up()
own.info("four")
"""
    assert ["one", "two", "three", "four"] == events(run(lane, code))


@pytest.mark.parametrize("lane", LANES)
def test_patch_undone_around_a_change_of_level(lane: str) -> None:
    """The short method of a level that was off, put back when it is on, writes."""
    code = """
set_up()
with mock.patch.object(Logger, "debug"):
    set_level("DEBUG")
bound = get_logger("app").bind(a=1)
bound.debug("one")
bound.debug("two", b=1)
set_level("INFO")
bound.debug("off")
"""
    assert ["one", "two"] == events(run(lane, code))


@pytest.mark.parametrize("lane", LANES)
def test_patch_on_the_class_outlasts_a_set_up(lane: str) -> None:
    """A mock or a wrapper that stands on the class is called until it is taken away."""
    code = """
import functools
set_up()
with mock.patch.object(Logger, "info") as info:
    set_up()
    set_level("DEBUG")
    get_logger("app").bind(a=1).info("mocked")
assert [mock.call("mocked")] == info.mock_calls
original = Logger.info
@functools.wraps(original)
def wrapper(self, event, /, *args, **fields):
    original(self, event + ", wrapped", *args, **fields)
Logger.info = wrapper
set_up()
bound = get_logger("app").bind(a=1)
bound.info("one")
Logger.info = original
set_up()
bound.info("two")
assert Logger.info is not original
"""
    assert ["one, wrapped", "two"] == events(run(lane, code))


@pytest.mark.parametrize("form", ["json", "key_value", "compact"])
@pytest.mark.parametrize("lane", LANES)
def test_logger_that_nothing_has_initialised_writes(lane: str, form: str) -> None:
    """`Logger()`, and one whose class does not call up, write under the default name."""
    code = f"""
set_up({form!r})
class Own(Logger):
    def __init__(self, service):
        self.service = service
class Named(type(get_logger())):
    def __init__(self):
        pass
loggers = [Logger(), Own("x"), Named(), Logger.__new__(Logger)]
broken = Logger()
broken._site = 5
loggers.append(broken)
for each in loggers:
    each.debug("off", a=1)
    each.debug("off")
for each in loggers:
    each.info("one", a=1)
set_level("DEBUG")
for each in loggers:
    each.debug("two")
Logger().debug("three", a=1)
set_up()
Own("x").info("four", exc_info=True)
"""
    lines = run(lane, code)
    wanted = ["one"] * 5 + ["two"] * 5 + ["three", "four"] if form == "json" else ["four"]
    assert wanted == events(lines)
    assert {"root"} == {line["logger"] for line in lines}
    assert all("exception" not in line for line in lines)


@pytest.mark.parametrize("lane", LANES)
def test_logger_that_nothing_has_initialised_starts_foundation(lane: str) -> None:
    """The first line of a process may come from one."""
    assert ["one"] == events(run(lane, 'Logger().info("one", a=1)'))


@pytest.mark.parametrize("lane", LANES)
def test_superseded_methods_that_lead_to_each_other_end(lane: str) -> None:
    """Should the table itself hold a superseded method, nothing is raised and later lines come."""
    code = """
from provide.foundation.levels import INFO, METHODS
set_up()
kept = METHODS[INFO]
log = get_logger("app")
set_up()
METHODS[INFO] = kept
kept(log, "lost")
METHODS[INFO] = Logger.info
kept(log, "one")
end = lambda: print("{}")
"""
    assert "one" in events(run(lane, code))


@pytest.mark.parametrize("form", ["json", "key_value", "compact"])
def test_long_names_of_loggers_are_cut_alike(form: str) -> None:
    """A name with more characters than a text may have is cut, by every lane in the same way."""
    code = f"""
setup_telemetry(TelemetryConfig(logging=LoggingConfig(
    console_formatter={form!r}, capture_stdlib=False, limits=Limits(max_string_chars=100))))
for log in (get_logger("n" * 150), get_logger("n" * 150).bind(a=1)):
    log.info("e")
    log.info("e")
"""
    texts = set()
    for lane in LANES:
        done = interpreters.run(
            [sys.executable, "-c", HEAD + code],
            capture_output=True,
            timeout=60,
            check=True,
            env={**os.environ, "FOUNDATION_LANE": lane},
        )
        texts.add(tuple(line[line.index(b"nnn") :] for line in done.stderr.splitlines()))
    assert 1 == len(texts)
    assert all(b"...<50 more characters>" in line for line in texts.pop())


@pytest.mark.parametrize("lane", LANES)
def test_kept_method_of_a_closed_level(lane: str) -> None:
    """A method kept while its level was closed writes once that is open, with its call site."""
    lines = run(
        lane,
        """
configure(level="INFO", format="json")
log = get_logger("app")
kept, debug = log.debug, Logger.debug
kept("never")
configure(level="DEBUG", format="json", callsite=True)
kept("one")
debug(log, "two", number=2)
configure(level="ERROR", format="json")
kept("never"); debug(log, "never")
""",
    )

    assert [("one", 19), ("two", 20)] == [
        (line["event"], line["callsite"]["line"]) for line in lines
    ]


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("more", ["", ", OutputConfig('b.log', formatter='compact')"])
def test_value_that_always_sets_up_anew(lane: str, more: str, tmp_path: Path) -> None:
    """A value that sets up whenever it is rendered does so a few times, and its line is counted."""
    code = f"""
import time
from provide.foundation import *

def set_up():
    outputs = [OutputConfig("a.log"){more}]
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(outputs=outputs, capture_stdlib=False)))

class Value:
    asked = 0
    def __repr__(self):
        self.asked += 1
        set_up()
        return "value"

set_up()
value = Value()
get_logger("a").info("said", value=value)
get_logger("a").info("last")
counts = stats().outputs["a.log"]
assert value.asked < 20, value.asked
assert 2 == sum(counts.written.values()) + sum(counts.dropped.values()), counts
"""
    interpreters.run(
        [sys.executable, "-c", code],
        check=True,
        cwd=tmp_path,
        timeout=60,
        env={**os.environ, "FOUNDATION_LANE": lane},
    )
    assert '"event":"last"' in (tmp_path / "a.log").read_text().splitlines()[-1]
