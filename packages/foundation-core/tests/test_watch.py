"""Tests of a configuration file that is followed: by looks at it, and by a signal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

#: Follows a file; logs a line of each level ever again until somebody closes its stdin.
SERVICE = """
import os, signal, sys, threading
from provide.foundation import *

earlier = []
signal.signal(signal.SIGHUP, lambda *_: earlier.append(1))
asks = sys.argv[1] == "signal"
setup_telemetry(TelemetryConfig.from_file(
    sys.argv[2], watch=not asks, every_s=0.02, reload_on_signal=asks))
log = get_logger("app.db")
end = threading.Event()
def work():
    while not end.wait(0.005):
        log.debug("details")
        log.info("line")
worker = threading.Thread(target=work)
worker.start()
print("ready", flush=True)
for command in sys.stdin:
    if command == "fork\\n" and not os.fork():
        end = threading.Event()
        work()
    if command == "set-up\\n":
        setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file="app.log")))
    print(len(earlier), flush=True)
end.set()
worker.join()
shutdown_telemetry()
print(sum(sum(each.written.values()) for each in stats().outputs.values()), stats().faults)
"""
HEAD = '[logging]\nlog_file = "app.log"\n'
QUIET = HEAD + 'default_level = "INFO"\n'
LOUD = HEAD + 'default_level = "INFO"\nmodule_levels = { "app.db" = "DEBUG" }\n'


class Service:
    """Run `SERVICE` in a folder, and read its log."""

    def __init__(self, folder: Path, *, asks: bool) -> None:
        self.folder = folder
        self.file = folder / "levels.toml"
        if not self.file.exists():
            self.file.write_text(QUIET)
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVICE, "signal" if asks else "watch", "levels.toml"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
        )
        assert self.process.stdout is not None
        assert "ready\n" == self.process.stdout.readline()

    def tell(self, command: str) -> str:
        """Send a command, and return the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def end(self) -> str:
        """Let it end; return its last word."""
        said, _ = self.process.communicate(timeout=20)
        assert 0 == self.process.returncode
        return said.strip()

    def lines(self, name: str = "app.log") -> list[dict[str, Any]]:
        """Return the lines of a log, each of which is whole."""
        *rows, rest = (self.folder / name).read_text().split("\n")
        assert rest == "" or self.process.poll() is None
        return [json.loads(row) for row in rows]

    def records(self, name: str = "app.log") -> list[dict[str, Any]]:
        """Return what Foundation says in it of changes, without the times."""
        found = [each for each in self.lines(name) if each["logger"] == "provide.foundation"]
        hidden = ("timestamp", "logger", "path")
        return [{k: v for k, v in each.items() if k not in hidden} for each in found]


def wait_for(condition: Callable[[], object], timeout_s: float = 10.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it has not come to be"
        time.sleep(0.01)


@pytest.fixture(name="watched")
def _watched(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path, asks=False)
    yield service
    service.process.kill()
    service.process.communicate()


def changed(module: str | None, old: str, new: str, by: str = "file") -> dict[str, Any]:
    """Return the record of a changed level."""
    names = {} if module is None else {"module": module}
    head = {"level": "warning", "event": "level changed", "by": by}
    return {**head, **names, "old": old, "new": new}


def test_level_in_a_file_is_changed_and_comes_back(watched: Service) -> None:
    """A level that a file gets and loses again holds meanwhile, and both changes are recorded."""
    watched.file.write_text(LOUD)
    wait_for(lambda: any(each["event"] == "details" for each in watched.lines()))
    watched.file.write_text(QUIET)
    wait_for(lambda: len(watched.records()) == 2)
    written = watched.end()

    there, back = changed("app.db", "INFO", "DEBUG"), changed("app.db", "DEBUG", "INFO")
    assert [there, back] == watched.records()
    events = [each["event"] for each in watched.lines()]
    first, second = (n for n, event in enumerate(events) if event == "level changed")
    assert "details" not in [*events[:first], *events[second:]]
    assert f"{len(events)} {{}}" == written


def test_bad_file_leaves_the_old_configuration(watched: Service) -> None:
    """What a file must not say is said once with its reason, and nothing changes."""
    for text in ("[logging", HEAD + 'default_level = "NOISY"\n', "", HEAD + "level = 1\n"):
        before = len(watched.records())
        watched.file.write_text(text)
        wait_for(lambda before=before: len(watched.records()) > before)  # type: ignore[misc]
        os.utime(watched.file)
        time.sleep(0.2)
    watched.file.write_text(LOUD)
    wait_for(lambda: len(watched.records()) > 4)
    watched.end()

    *refused, last = watched.records()
    assert changed("app.db", "INFO", "DEBUG") == last
    assert {("error", "configuration refused")} == {(r["level"], r["event"]) for r in refused}
    reasons = [(each["field"], each["value"]) for each in refused]
    level, key = ("logging.default_level", "NOISY"), ("logging.level", 1)
    assert [("path", "levels.toml"), level, ("path", "levels.toml"), key] == reasons
    assert "TRACE, DEBUG, INFO" in refused[1]["allowed"]


def test_signal_reads_the_file_again(tmp_path: Path) -> None:
    """SIGHUP has the file read, what handled it before is called, and nothing comes by itself."""
    service = Service(tmp_path, asks=True)
    service.file.write_text(LOUD)
    time.sleep(0.2)
    early = service.records()
    service.process.send_signal(signal.SIGHUP)
    wait_for(service.records)
    service.process.send_signal(signal.SIGHUP)
    wait_for(lambda: len(service.records()) == 2)
    calls = service.tell("count")
    service.end()

    unchanged = {"level": "warning", "event": "configuration unchanged", "by": "signal"}
    assert [] == early
    assert [changed("app.db", "INFO", "DEBUG", "signal"), unchanged] == service.records()
    assert "2" == calls
