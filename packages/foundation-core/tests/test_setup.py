"""Set up, shut down, reset, and the start of a program that sets up nothing."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

import interpreters
from installed_lanes import LANES
from provide.foundation import (
    ConfigurationError,
    LoggingConfig,
    TelemetryConfig,
    bind_contextvars,
    get_logger,
    logger,
    reset_for_testing,
    set_level,
    setup_telemetry,
    shutdown_telemetry,
    stats,
)
from provide.foundation.context import context_fields

EACH_LANE = pytest.mark.parametrize("lane", LANES)


@pytest.fixture(autouse=True)
def reset() -> Iterator[None]:
    """Start and end as if nothing had been logged."""
    reset_for_testing()
    yield
    reset_for_testing()


def set_up_file(path: Path | str, **config: Any) -> None:
    """Set up with JSON to a file."""
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path, **config)))


def events(path: Path) -> list[str]:
    """Return the events of a file of JSON lines."""
    return [json.loads(line)["event"] for line in path.read_text().splitlines()]


def run_python(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run code in an interpreter of its own, with these variables and none of ours."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "SYSTEMROOT")}
    return interpreters.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**kept, **environ},
        timeout=60,
        check=True,
    )


@EACH_LANE
def test_zero_config_start(lane: str) -> None:
    """The first line needs no set-up: JSON on stderr at INFO, nothing on stdout."""
    code = "from provide.foundation import logger; logger.debug('off'); logger.info('on', a=1)"
    done = run_python(code, FOUNDATION_LANE=lane)
    (line,) = map(json.loads, done.stderr.splitlines())
    assert ("on", "root", "info", 1, "") == (
        line["event"],
        line["logger"],
        line["level"],
        line["a"],
        done.stdout,
    )


@EACH_LANE
def test_zero_config_reads_the_environment(lane: str, tmp_path: Path) -> None:
    """Level, file and service come from the variables."""
    path = tmp_path / "app.log"
    done = run_python(
        "from provide.foundation import logger; logger.debug('on')",
        FOUNDATION_LANE=lane,
        PROVIDE_LOG_LEVEL="DEBUG",
        PROVIDE_LOG_FILE=str(path),
        OTEL_SERVICE_NAME="shop",
    )
    assert ("", "shop") == (done.stderr, json.loads(path.read_text())["service"])


@EACH_LANE
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PROVIDE_LOG_LEVEL", "LOUD"),
        ("PROVIDE_LOG_CONSOLE_FORMATTER", "yaml"),
        ("PROVIDE_LOG_MODULE_LEVELS", "LOUD"),
        ("PROVIDE_LOG_OMIT_TIMESTAMP", "maybe"),
        ("PROVIDE_LOG_OUTPUT", "printer"),
        ("PROVIDE_LOG_FILE", "/no/such/folder/app.log"),
    ],
)
def test_bad_variable_warns_once_and_costs_no_line(lane: str, variable: str, value: str) -> None:
    """Zero-config start names a bad variable and its value once, and goes on without it."""
    code = "from provide.foundation import logger; logger.info('one'); logger.info('two')"
    done = run_python(code, FOUNDATION_LANE=lane, OTEL_SERVICE_NAME="shop", **{variable: value})
    warning, one, two = map(json.loads, done.stderr.splitlines())
    assert ("warning", "provide.foundation") == (warning["level"], warning["logger"])
    assert value in warning["problem"]
    assert [("one", "shop"), ("two", "shop")] == [(x["event"], x["service"]) for x in (one, two)]


def test_bad_variable_is_an_error_of_an_explicit_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """An explicit set-up refuses a bad variable, and names it; the import does not read it."""
    monkeypatch.setenv("PROVIDE_LOG_LEVEL", "LOUD")
    with pytest.raises(ConfigurationError, match=r"PROVIDE_LOG_LEVEL.*LOUD"):
        setup_telemetry()


@EACH_LANE
def test_second_set_up_replaces_the_first(
    lane: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Lines go where the latest set-up says, at its levels, and nowhere else."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    log = get_logger("app.part").bind(a=1)
    set_up_file(tmp_path / "one", default_level="DEBUG", module_levels={"app": "TRACE"})
    log.trace("first")
    set_up_file(tmp_path / "two")
    log.debug("off")
    log.info("second")
    assert (["first"], ["second"]) == (events(tmp_path / "one"), events(tmp_path / "two"))


@EACH_LANE
def test_no_line_is_lost_between_set_ups(
    lane: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of lines that threads write while set-ups change, each is in exactly one file."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    set_up_file(tmp_path / "0")
    started, done = threading.Barrier(5), threading.Event()
    written: list[str] = []

    def work(name: str) -> None:
        log, number = get_logger("app").bind(b=1), 0
        info = log.info
        started.wait()
        while not done.is_set():
            for call in (log.info, info):
                number += 1
                call(f"{name}.{number}", a=1)
            time.sleep(0.0001)  # else threads whose writes keep the GIL starve the set-ups
        written.extend(f"{name}.{n + 1}" for n in range(number))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    started.wait()
    for number in range(1, 20):
        set_up_file(tmp_path / str(number % 5), capture_stdlib=bool(number % 2))
    done.set()
    for thread in threads:
        thread.join()
    found = [event for path in tmp_path.iterdir() for event in events(path)]
    assert sorted(written) == sorted(found)


@EACH_LANE
def test_failed_set_up_changes_nothing(
    lane: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A set-up that fails names field and path, and everything goes on as before."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    set_up_file(tmp_path / "app.log", default_level="DEBUG")
    root = (logging.root.handlers[:], logging.root.level, warnings.showwarning)
    for bad in (tmp_path / "none" / "x.log", tmp_path):
        with pytest.raises(ConfigurationError, match=r"logging\.log_file"):
            set_up_file(bad, default_level="ERROR", module_levels={"app": "CRITICAL"})
    get_logger("app").debug("still here")
    logging.getLogger("lib").debug("so is stdlib")
    structlog.get_logger("app").debug("and structlog")
    assert ["still here", "so is stdlib", "and structlog"] == events(tmp_path / "app.log")
    assert root == (logging.root.handlers, logging.root.level, warnings.showwarning)


def test_failed_first_set_up_changes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """After a first set-up that fails, the next line starts Foundation as usual."""
    before = (logging.root.handlers[:], warnings.showwarning, sys.meta_path[:])
    with pytest.raises(ConfigurationError, match="No such file"):
        set_up_file("/no/such/folder/app.log")
    assert before == (logging.root.handlers, warnings.showwarning, sys.meta_path)
    assert not structlog.is_configured()
    logger.info("on")
    assert "on" == json.loads(capfd.readouterr().err)["event"]


@EACH_LANE
def test_shutdown_is_idempotent_and_keeps_writing(
    lane: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A shutdown, or several, or one before anything, loses no later line of ours."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    shutdown_telemetry()
    set_up_file(tmp_path / "app.log")
    for number in range(3):
        shutdown_telemetry()
        logger.info(str(number))
    assert ["0", "1", "2"] == events(tmp_path / "app.log")


@EACH_LANE
def test_set_up_after_a_shutdown(
    lane: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A set-up after a shutdown takes everything in again."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    for name in ("one", "two"):
        set_up_file(tmp_path / name)
        logging.getLogger("lib").warning("stdlib")
        structlog.get_logger().warning("structlog")
        shutdown_telemetry()
    assert [["stdlib", "structlog"]] * 2 == [events(tmp_path / name) for name in ("one", "two")]


def test_reset_forgets_everything(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """After a reset levels, context, counts, stdlib and structlog are as at the start."""
    before = (logging.root.handlers[:], logging.root.level, warnings.showwarning)
    set_up_file(tmp_path / "app.log", default_level="TRACE", module_levels={"app": "ERROR"})
    bind_contextvars(a=1)
    set_level("CRITICAL", logger="app.db")
    logger.info("to the file")
    reset_for_testing()
    after = (logging.root.handlers, logging.root.level, warnings.showwarning)
    assert before == after
    empty: dict[str, Any] = {"outputs": {}, "faults": {}, "fallbacks": {}, "lane": None}
    assert empty == stats().as_dict()
    assert {} == dict(context_fields())
    assert not structlog.is_configured()
    get_logger("app.db").info("to stderr")
    get_logger("app.db").debug("off")
    assert "to stderr" == json.loads(capfd.readouterr().err)["event"]
    assert ["to the file"] == events(tmp_path / "app.log")


def test_reset_is_idempotent(capfd: pytest.CaptureFixture[str]) -> None:
    """A reset of what is reset changes nothing."""
    reset_for_testing()
    reset_for_testing()
    logger.info("on")
    assert 1 == capfd.readouterr().err.count("on")


@EACH_LANE
def test_emoji_without_the_package_are_announced_once(lane: str) -> None:
    """Emoji asked for without foundation-emoji: one notice names it, the lines come without."""
    code = """
import sys
from provide.foundation import *
import provide.foundation._entry_points as found
found.find_all = lambda group: []  # as where foundation-emoji is not installed
sys.modules["provide.foundation.emoji"] = None
config = TelemetryConfig(logging=LoggingConfig(das_emoji_prefix_enabled=True))
for _ in range(2):
    setup_telemetry(config)
    logger.info("e")
"""
    lines = [json.loads(x) for x in run_python(code, FOUNDATION_LANE=lane).stderr.splitlines()]
    notices = [line for line in lines if line["logger"] == "provide.foundation"]
    assert ["foundation-emoji"] == [notice["install"] for notice in notices]
    assert [["e", None]] * 2 == [
        [line["event"], line.get("emoji")] for line in lines if line not in notices
    ]


def test_first_lines_of_many_threads_start_once(capfd: pytest.CaptureFixture[str]) -> None:
    """Threads whose first lines race each get their line written once."""
    barrier = threading.Barrier(8)

    def work(number: int) -> None:
        barrier.wait()
        logger.info("first", number=number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [json.loads(line)["number"] for line in capfd.readouterr().err.splitlines()]
    assert list(range(8)) == sorted(found)


@EACH_LANE
@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps an open file from others")
def test_reset_closes_no_file_beneath_a_call(
    lane: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has its method already has its file, too, and no other file of the same number."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    file = tmp_path / "app.log"
    set_up_file(file)
    info = get_logger("a").info
    info("one")
    wanted = (file.stat().st_dev, file.stat().st_ino)
    # Log files have numbers from 979 on: where 45 are open, the next is beyond 1023.
    numbers = [number for number in range(3, 4096) if identity_of(number) == wanted]
    reset_for_testing()

    assert 1 == len(numbers)
    assert wanted == identity_of(numbers[0])
    assert info is not None


def identity_of(number: int) -> tuple[int, int] | None:
    """Return what a descriptor leads to, or None if it is closed."""
    try:
        status = os.fstat(number)
    except OSError:
        return None
    return status.st_dev, status.st_ino
