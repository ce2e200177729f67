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

import interpreters
from provide.foundation import TelemetryConfig
from provide.foundation._control.watch import FileWatch

#: Together they take more than five seconds, and are the same on each Python.
pytestmark = pytest.mark.slow

#: Follows a file; logs a line of each level ever again until somebody closes its stdin.
SERVICE = """
import os, signal, sys, threading, time
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
        last = time.monotonic() + 10
        while not log.is_enabled_for("DEBUG") and time.monotonic() < last:
            time.sleep(0.005)
        os._exit(0)
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
        self.process: subprocess.Popen[str] = interpreters.Popen(
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
    watched.file.write_text("[logging")  # which has been said
    time.sleep(0.3)
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


def test_file_that_is_replaced_is_followed(watched: Service) -> None:
    """A rename over the file, its absence and a link turned elsewhere are all survived."""
    fresh = watched.folder / "fresh"
    fresh.write_text(LOUD)
    fresh.replace(watched.file)
    wait_for(lambda: len(watched.records()) == 1)
    watched.file.unlink()
    wait_for(lambda: len(watched.records()) == 2)
    # As Kubernetes mounts a ConfigMap: the file is a link through a link to a folder.
    for name, text in (("..1", LOUD), ("..2", QUIET)):
        (watched.folder / name).mkdir()
        (watched.folder / name / "levels.toml").write_text(text)
    (watched.folder / "..data").symlink_to("..1")
    watched.file.symlink_to("..data/levels.toml")
    time.sleep(0.2)
    (watched.folder / "..tmp").symlink_to("..2")
    (watched.folder / "..tmp").replace(watched.folder / "..data")
    wait_for(lambda: len(watched.records()) == 3)
    watched.end()

    there, gone, back = watched.records()
    assert changed("app.db", "INFO", "DEBUG") == there
    assert ("configuration refused", "path") == (gone["event"], gone["field"])
    assert "No such file" in gone["allowed"]
    assert changed("app.db", "DEBUG", "INFO") == back


def test_other_changes_are_a_set_up(watched: Service) -> None:
    """A file that names another output has the lines go there, and none is lost."""
    other = QUIET.replace("app.log", "other.log")
    watched.file.write_text(other + 'module_levels = { "app.db" = "DEBUG" }\n')
    wait_for(lambda: (watched.folder / "other.log").exists() and len(watched.records("other.log")))
    written = watched.end()

    named = {"level": "warning", "event": "configuration changed", "by": "file"}
    expected = [{**named, "changed": ["logging.log_file"]}, changed("app.db", "INFO", "DEBUG")]
    assert expected == watched.records("other.log")
    assert [] == watched.records()
    assert f"{len(watched.lines()) + len(watched.lines('other.log'))} {{}}" == written


def test_set_up_that_cannot_be_made_leaves_the_old_one(watched: Service) -> None:
    """A log file in a folder that is not there is refused, and lines go where they went."""
    watched.file.write_text(QUIET.replace("app.log", "missing/app.log"))
    wait_for(watched.records)
    before = len(watched.lines())
    wait_for(lambda: len(watched.lines()) > before)
    watched.end()

    (refused,) = watched.records()
    assert ("logging.log_file", "missing/app.log") == (refused["field"], refused["value"])


def test_next_set_up_ends_it(watched: Service) -> None:
    """After a set-up of its own the program follows the file no longer."""
    watched.tell("set-up")
    watched.file.write_text(LOUD)
    time.sleep(0.3)
    watched.end()

    assert [] == watched.records()


def test_forked_child_follows_the_file(watched: Service) -> None:
    """A child and its parent each change their levels, and each records it."""
    watched.tell("fork")
    watched.file.write_text(LOUD)
    wait_for(lambda: len(watched.records()) == 2)
    watched.end()

    assert [changed("app.db", "INFO", "DEBUG")] * 2 == watched.records()


def test_code_over_the_file_stays(tmp_path: Path) -> None:
    """Fields that code has changed are its own; the rest is what the file says."""
    code = """
import time, attrs
from provide.foundation import *
def tag(logger, method, fields):
    return {**fields, "tagged": True}
config = TelemetryConfig.from_file("levels.toml", watch=True, every_s=0.02)
logging = attrs.evolve(config.logging, default_level="ERROR", processors=[tag])
setup_telemetry(attrs.evolve(config, service_name="shop", logging=logging))
with open("levels.toml", "a") as file:
    file.write('module_levels = { "app.db" = "DEBUG" }\\nprocess = true\\n')
log, end = get_logger("app.db"), time.monotonic() + 10
while not log.is_enabled_for("DEBUG") and time.monotonic() < end:
    time.sleep(0.01)
log.debug("line")
get_logger("app").warning("not written")
"""
    (tmp_path / "levels.toml").write_text(QUIET)
    interpreters.run([sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=30)

    last = json.loads((tmp_path / "app.log").read_text().splitlines()[-1])
    assert ("line", True, "shop") == (last["event"], last["tagged"], last["service"])
    assert "pid" in last


def test_variables_over_the_file_stay(tmp_path: Path) -> None:
    """What the environment says over a followed file holds after the file has changed, too."""
    code = """
import time
from provide.foundation import *
file = TelemetryConfig.from_file("levels.toml", watch=True, every_s=0.02)
setup_telemetry(TelemetryConfig.from_env({"PROVIDE_LOG_LEVEL": "ERROR"}, defaults=file))
with open("levels.toml", "a") as file:
    file.write('module_levels = { "app.db" = "DEBUG" }')
log, end = get_logger("app.db"), time.monotonic() + 10
while not log.is_enabled_for("DEBUG") and time.monotonic() < end:
    time.sleep(0.01)
print(log.get_effective_level(), get_logger("app").get_effective_level())
"""
    (tmp_path / "levels.toml").write_text(QUIET)
    done = interpreters.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, timeout=30
    )

    assert b"10 40\n" == done.stdout


def test_refused_secrets_are_not_shown(watched: Service) -> None:
    """Records that say why a file is not taken mask what may be secret, mistyped or not."""
    cases = [
        ('password = "s3cr3t-4711"\n' + QUIET, "password", "***"),
        (QUIET + "[otlp]\nheader = { authorization = 's3cr3t-4711' }\n", "otlp.header", "***"),
        (QUIET + '[otlp]\nheader = "s3cr3t-4711"\n', "otlp.header", "***"),
        (QUIET + '[otlp]\nprotocol = "htp"\n', "otlp.protocol", "htp"),
        (QUIET + '[otlp]\nendpoint = "htp://user:s3cr3t-4711@c"\n', "otlp.endpoint", "htp://***@c"),
        (QUIET + '[otlp]\nendpoint = "user:s3cr3t-4711@c:4318"\n', "otlp.endpoint", "***@c:4318"),
        (
            QUIET + '[otlp]\nendpoint = "htp://c/v1?key=s3cr3t-4711"\n',
            "otlp.endpoint",
            "htp://c/v1?***",
        ),
        (QUIET + "[otlpp]\nheaders = { authorization = 's3cr3t-4711' }\n", "otlpp", "***"),
        (QUIET + '[otlpp]\nendpoint = "http://user:s3cr3t-4711@c"\n', "otlpp", "***"),
        ('otlp = "s3cr3t-4711"\n' + QUIET, "otlp", "***"),
        (QUIET + "[logging.fields]\nevent = 's3cr3t-4711'\n", "logging.fields['event']", "***"),
        (QUIET + "[logging.field]\nteam = 's3cr3t-4711'\n", "logging.field", "***"),
    ]
    for number, (text, _, _) in enumerate(cases, 1):
        watched.file.write_text(text)
        wait_for(lambda number=number: len(watched.records()) == number)  # type: ignore[misc]
    watched.end()

    shown = [(each["field"], each["value"]) for each in watched.records()]
    assert [(field, value) for _, field, value in cases] == shown
    assert "s3cr3t-4711" not in (watched.folder / "app.log").read_text()


def test_changes_beside_those_of_code_apply(tmp_path: Path) -> None:
    """A group of which code has changed one member follows the file in its other members."""
    code = """
import time, attrs
from provide.foundation import *
config = TelemetryConfig.from_file("levels.toml", watch=True, every_s=0.02)
logging = config.logging
logging = attrs.evolve(
    logging,
    delivery=attrs.evolve(logging.delivery, queue_lines=77),
    limits=attrs.evolve(logging.limits, max_string_chars=1000),
)
otlp = OtlpConfig(batch_size=7)
setup_telemetry(attrs.evolve(config, logging=logging, otlp=otlp))
with open("levels.toml", "a") as file:
    file.write("delivery = { mode = 'background' }\\nlimits = { max_line_bytes = 5000 }\\n")
    file.write("rotation = { backup_count = 3 }\\n[otlp]\\nqueue_size = 9\\n")
end = time.monotonic() + 10
while describe()["values"]["logging.rotation.backup_count"]["value"] != 3:
    assert time.monotonic() < end
    time.sleep(0.01)
values = describe()["values"]
names = "delivery.mode", "delivery.queue_lines", "limits.max_string_chars", "limits.max_line_bytes"
print(*(values["logging." + name]["value"] for name in names))
print(*(values["otlp." + name]["value"] for name in ("batch_size", "queue_size", "delay_s")))
names = "log_file", "delivery.mode", "delivery.queue_lines", "rotation.backup_count", "callsite"
print(*(values["logging." + name]["source"] for name in names))
"""
    (tmp_path / "levels.toml").write_text(QUIET)
    done = interpreters.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=30
    )

    expected = (
        "background 77 1000 5000\n7 9 None\nlevels.toml levels.toml code levels.toml default\n"
    )
    assert (expected, "") == (done.stdout, done.stderr)


def test_sources_of_variables_stay(tmp_path: Path) -> None:
    """When the file changes, values of variables and of the file still name their sources."""
    code = """
import time
from provide.foundation import *
file = TelemetryConfig.from_file("levels.toml", watch=True, every_s=0.02)
variables = {"PROVIDE_LOG_LEVEL": "ERROR", "PROVIDE_LOG_BACKUP_COUNT": "9"}
setup_telemetry(TelemetryConfig.from_env(variables, defaults=file))
with open("levels.toml", "a") as file:
    file.write("process = true\\nrotation = { max_bytes = 4096 }\\n")
end = time.monotonic() + 10
while not describe()["values"]["logging.process"]["value"]:
    assert time.monotonic() < end
    time.sleep(0.01)
values = describe()["values"]
names = "default_level", "log_file", "process", "rotation.backup_count", "rotation.max_bytes"
print(*(values["logging." + name]["source"] for name in names), values["source"]["source"])
"""
    (tmp_path / "levels.toml").write_text(QUIET)
    done = interpreters.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=30
    )

    file = "levels.toml"
    sources = ["PROVIDE_LOG_LEVEL", file, file, "PROVIDE_LOG_BACKUP_COUNT", file, file]
    assert (" ".join(sources) + "\n", "") == (done.stdout, done.stderr)


def test_change_that_failed_is_tried_again(tmp_path: Path) -> None:
    """A change whose adoption raised something unforeseen is taken at the next look."""
    path = tmp_path / "levels.toml"
    path.write_text(QUIET)
    config = TelemetryConfig.from_file(path, watch=True, every_s=0.02)
    adopted: list[str] = []

    def adopt(_watch: FileWatch, fresh: TelemetryConfig, _by: str) -> None:
        adopted.append(str(fresh.logging.default_level))
        if len(adopted) == 1:
            raise MemoryError

    watch = FileWatch(config, config.source, adopt, lambda *_: None)  # type: ignore[arg-type]
    watch.start()
    wait_for(lambda: len(adopted) > 1)
    time.sleep(0.2)
    watch.stop()

    assert ["INFO", "INFO"] == adopted


def test_signal_needs_the_main_thread(tmp_path: Path) -> None:
    """A set-up in another thread is refused where a signal is asked for, and changes nothing."""
    code = """
import signal, threading
from provide.foundation import *
config = TelemetryConfig.from_file("levels.toml", reload_on_signal=signal.SIGUSR1)
def work():
    try:
        setup_telemetry(config)
    except ConfigurationError as error:
        print(error.field, threading.active_count())
thread = threading.Thread(target=work)
thread.start()
thread.join()
print(signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL)
setup_telemetry(config)
print(signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL)
shutdown_telemetry()
print(signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL)
"""
    (tmp_path / "levels.toml").write_text(QUIET)
    done = interpreters.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=30
    )

    assert ("reload_on_signal 2\nTrue\nFalse\nTrue\n", "") == (done.stdout, done.stderr)


#: Shuts down, and sets up, in other threads than the main one.
ELSEWHERE = """
import os, signal, threading, time
from provide.foundation import *
calls = []
def earlier(*_):
    calls.append(1)
def elsewhere(work):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
"""


def test_signal_is_given_back_by_another_thread(tmp_path: Path) -> None:
    """After a shutdown elsewhere the next signal does what it did before the set-up."""
    code = """
def follow():
    setup_telemetry(TelemetryConfig.from_file("levels.toml", reload_on_signal=True))
signal.signal(signal.SIGHUP, earlier)
follow()
elsewhere(shutdown_telemetry)
signal.raise_signal(signal.SIGHUP)
print(calls, signal.getsignal(signal.SIGHUP) is earlier)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
for _ in range(2):
    follow()
    elsewhere(shutdown_telemetry)
print(signal.getsignal(signal.SIGHUP) == signal.SIG_DFL, flush=True)
signal.raise_signal(signal.SIGHUP)
"""
    (tmp_path / "levels.toml").write_text(QUIET)
    done = interpreters.run(
        [sys.executable, "-c", ELSEWHERE + code],
        cwd=tmp_path, capture_output=True, text=True, timeout=30,
    )  # fmt: skip

    assert ("[1] True\nFalse\n", "") == (done.stdout, done.stderr)
    assert -signal.SIGHUP == done.returncode


@pytest.mark.untraced("coverage puts a handler of its own for SIGTERM")
def test_sigterm_is_given_back_by_a_file(tmp_path: Path) -> None:
    """A followed file that asks for no draining any more has SIGTERM do what it did before."""
    code = """
def wait_for(field, wanted):
    end = time.monotonic() + 10
    while describe()["values"]["logging.delivery." + field]["value"] != wanted:
        assert time.monotonic() < end
        time.sleep(0.01)
def say(wanted, seconds=1):
    with open("levels.toml", "w") as file:
        file.write(head + f"delivery.drain_on_sigterm = {wanted}\\n")
        file.write(f"delivery.drain_timeout_s = {seconds}\\n")
head = open("levels.toml").read()
say("true")
signal.signal(signal.SIGTERM, earlier)
setup_telemetry(TelemetryConfig.from_file("levels.toml", watch=True, every_s=0.02))
for seconds, wanted in enumerate(("false", "true", "false"), 2):
    say(wanted)
    wait_for("drain_on_sigterm", wanted == "true")
    say(wanted, seconds)  # the set-up before has ended when another one is to be seen
    wait_for("drain_timeout_s", seconds)
    if wanted == "true":
        signal.raise_signal(signal.SIGTERM)
print(calls, signal.getsignal(signal.SIGTERM) is earlier)
signal.raise_signal(signal.SIGTERM)
print(calls, signal.getsignal(signal.SIGTERM) is earlier)
"""
    (tmp_path / "levels.toml").write_text(QUIET)
    done = interpreters.run(
        [sys.executable, "-c", ELSEWHERE + code],
        cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert ("[1] False\n[1, 1] True\n", "") == (done.stdout, done.stderr)
