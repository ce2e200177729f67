"""Tests of levels that hold for a time."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import interpreters
from provide.foundation import ConfigurationError, get_logger, set_level
from provide.foundation._control.expiry import TemporaryLevels
from provide.foundation.testing import capture_logs

BEGIN = """
import os, signal, threading, time
from provide.foundation import *
from provide.foundation.levels import TABLE
def threads():
    return len(os.listdir("/proc/self/task"))
def until(condition):
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
def now():
    return {**TABLE.modules, None: TABLE.default}
setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file="app.log")))
"""


def run(code: str, folder: Path) -> tuple[str, list[tuple[Any, ...]]]:
    """Run a program behind `BEGIN`; return what it printed, and the changes that it recorded."""
    done = interpreters.run(
        [sys.executable, "-c", BEGIN + code], cwd=folder, capture_output=True, text=True, timeout=30
    )
    assert (0, "") == (done.returncode, done.stderr)
    lines = [json.loads(line) for line in (folder / "app.log").read_text().splitlines()]
    names = ("by", "module", "old", "new")
    records = [tuple(each.get(name) for name in names) for each in lines if "by" in each]
    return done.stdout.strip(), records


def test_levels_go_back_by_themselves(tmp_path: Path) -> None:
    """A prefix loses the level that it got, the default level comes back, and the thread ends."""
    code = """
before = threads()
set_level("DEBUG", "app", for_s=0.1)
set_level("ERROR", for_s=0.2)
print(now(), threads() - before)
until(lambda: threads() == before)
print(now(), threads() - before)
set_level("DEBUG", "app", for_s=0.05)
until(lambda: threads() == before)
print(now())
"""
    printed, records = run(code, tmp_path)

    assert "{'app': 10, None: 40} 1\n{None: 20} 0\n{None: 20}" == printed
    there, back = ("code", "app", "INFO", "DEBUG"), ("time", "app", "DEBUG", "ERROR")
    default = [("code", None, "INFO", "ERROR"), ("time", None, "ERROR", "INFO")]
    again = [there, ("time", "app", "DEBUG", "INFO")]
    assert [there, default[0], back, default[1], *again] == records


def test_later_change_takes_its_place(tmp_path: Path) -> None:
    """Another time goes back to what was before both; a change for good stays, so does a set-up."""
    code = """
set_level("WARNING", "app")
set_level("DEBUG", "app", for_s=0.1)
set_level("TRACE", "app", for_s=0.3)
time.sleep(0.2)
print(now()["app"])
until(lambda: now()["app"] == 30)
print(now()["app"])
set_level("DEBUG", "app", for_s=0.1)
set_level("INFO", "app")
set_level("DEBUG", "lib", for_s=0.1)
setup_telemetry(TelemetryConfig(logging=LoggingConfig(
    log_file="app.log", module_levels={"lib": "ERROR"})))
time.sleep(0.3)
print(now())
"""
    printed, records = run(code, tmp_path)

    assert "5\n30\n{'lib': 40, None: 20}" == printed
    assert ["code", "code", "time", "code", "code"] == [record[0] for record in records]


def test_shutdown_and_forks(tmp_path: Path) -> None:
    """A child gives the level back itself, and shutdown gives it back at once."""
    code = """
set_level("DEBUG", "app", for_s=0.2)
if not os.fork():
    until(lambda: "app" not in now())
    set_level("INFO")  # takes its turn behind the change, whose record is written by then
    print("child", now(), flush=True)
    os._exit(0)
os.wait()
until(lambda: "app" not in now())
set_level("DEBUG", "app", for_s=600)
shutdown_telemetry()
print(now())
"""
    printed, records = run(code, tmp_path)

    assert "child {None: 20}\n{None: 20}" == printed
    assert ["code", "time", "time", "code", "time"] == [record[0] for record in records]


def test_in_signal_handlers(tmp_path: Path) -> None:
    """A handler may set such a level in the midst of another change, and each one ends."""
    code = """
before, hits = threads(), 0
def hit(*_):
    global hits
    hits += 1
    set_level("DEBUG", f"app{hits % 7}", for_s=0.02)
signal.signal(signal.SIGALRM, hit)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0007)
end = time.monotonic() + 1
while time.monotonic() < end:
    set_level("INFO", "app1", for_s=0.01)
    set_level("WARNING", "app2")
signal.setitimer(signal.ITIMER_REAL, 0)
set_level("WARNING", "app2")
until(lambda: now() == {"app2": 30, None: 20} and threads() == before)
print(hits > 50, now(), threads() - before)
"""
    printed, _ = run(code, tmp_path)

    assert "True {'app2': 30, None: 20} 0" == printed


def test_beside_captures(tmp_path: Path) -> None:
    """A capture ends with the levels of before, of which each still ends, and no others."""
    code = """
from provide.foundation.testing import capture_logs
before = threads()
set_level("DEBUG", "app", for_s=0.1)
with capture_logs() as lines:
    until(lambda: "app" not in now())
    print(now(), len(lines))
until(lambda: "app" not in now())
print(now())
with capture_logs():
    set_level("DEBUG", "lib", for_s=0.2)
    with capture_logs():
        set_level("ERROR", "lib", for_s=600)
    set_level("DEBUG", "app", for_s=600)
until(lambda: threads() == before)
print(now(), threads() - before)
set_level("DEBUG", "app", for_s=0.3)
with capture_logs():
    set_level("TRACE", "app", for_s=600)
    with capture_logs():
        set_level("ERROR", "app")
print(now())
until(lambda: "app" not in now())
print(now())
set_level("DEBUG", "app", for_s=600)
with capture_logs():
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(
        log_file="app.log", module_levels={"app": "ERROR"})))
until(lambda: threads() == before)
print(now())
set_level("DEBUG", "app", for_s=600)
with capture_logs():
    shutdown_telemetry()
print(now())
"""
    printed, records = run(code, tmp_path)

    default = "{None: 20}"
    shown = [f"{default} 1", default, f"{default} 0", "{'app': 10, None: 20}", default]
    assert [*shown, *["{'app': 40, None: 20}"] * 2] == printed.splitlines()
    assert ["code", "time"] * 2 + ["code", "code"] == [record[0] for record in records]


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it has not come to be"
        time.sleep(0.005)


def test_end_that_failed_is_tried_again() -> None:
    """A level whose end raises something is not forgotten, and another try ends it."""
    tries: list[str | None] = []

    def give_back(module: str | None, before: int | None) -> None:
        tries.append(module)
        if len(tries) == 1:
            raise MemoryError

    levels = TemporaryLevels(lambda work: work(), give_back)
    levels.begin("app", None, 0.01)
    wait_for(lambda: len(tries) == 2)
    wait_for(lambda: not levels.left())

    assert ["app", "app"] == tries


def test_thread_that_ends_stays_ended() -> None:
    """A level that begins while the thread is about to end has one thread, and not two."""
    turns: list[bool] = []
    ended: list[int] = []

    def in_turn(work: Callable[[], None]) -> None:
        work()
        turns.append(True)
        if not ended and not levels.left():
            ended.append(len(turns))
            levels.begin("lib", None, 600)
            wait_for(lambda: len(turns) > ended[0])  # the new thread has been there

    def count() -> int:
        return len(os.listdir("/proc/self/task"))

    levels = TemporaryLevels(in_turn, lambda module, before: None)
    before = count()
    levels.begin("app", None, 0.01)
    wait_for(lambda: ended and len(turns) > ended[0])
    wait_for(lambda: count() == before + 1)
    levels.clear()
    wait_for(lambda: count() == before)

    assert {} == levels.left()


@pytest.mark.parametrize("for_s", [0, -1, float("nan"), float("inf"), "600", True])
def test_no_such_time(for_s: Any) -> None:
    """A time that is none is refused, and the level stays."""
    with capture_logs() as lines, pytest.raises(ConfigurationError, match=r"^for_s: "):
        set_level("DEBUG", for_s=for_s)

    assert ([], 20) == (lines, get_logger("app").get_effective_level())


def test_no_such_level() -> None:
    """A level that there is not is refused, with a time too."""
    with capture_logs() as lines, pytest.raises(ConfigurationError, match=r"^level: 'NOISY'"):
        set_level("NOISY", "app", for_s=600)

    assert [] == lines
