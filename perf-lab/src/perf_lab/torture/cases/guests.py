"""Any logger writes, Importing changes nothing, Handlers are taken over; workflows are pinned."""

from __future__ import annotations

import contextlib
import copy
import importlib
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any
from unittest import mock

from perf_lab.places import ROOT
from perf_lab.torture.case import Stage, case
from perf_lab.torture.checks import every_line, without
from perf_lab.torture.judge import Performance
from perf_lab.torture.libraries import OURS, WITH_LOGGERS


@case(1, output="none", only=OURS)
def foreign_level(stage: Stage) -> str:
    """A LOG_LEVEL that another program means, at set-up."""
    program = (
        "from provide.foundation import logger, setup_telemetry; setup_telemetry(); "
        "logger.error('beg-x0-', end='end-x0-')"
    )
    for word in ("notice", "verbose", "NOTSET", "OFF", "15"):
        command, environment = [sys.executable, "-c", program], {**os.environ, "LOG_LEVEL": word}
        done = subprocess.run(command, env=environment, capture_output=True, timeout=30)
        if done.returncode or not re.search(b"beg-x0-.*end-x0-", done.stderr):
            return f"silent: {word}"
    return ""


@case(17, every_line, only=WITH_LOGGERS, quick=True)
def copied(stage: Stage) -> None:
    """A deep copy of an object that holds a logger to which a lock is bound."""
    log = stage.log.logger.bind(lock=threading.Lock())

    def copy_and_log(event: str, **fields: Any) -> None:
        copy.deepcopy([{"log": log}])[0]["log"].info(event, **fields)

    for _ in range(3):
        stage.call(copy_and_log)


@case(17, every_line, only=WITH_LOGGERS)
def patched(stage: Stage) -> str:
    """A logger whose method a test has patched, and given back."""
    log = stage.log.logger
    for each in (log, log.bind(a=1)):
        seen: list[str] = []
        with mock.patch.object(each, "info", lambda event, seen=seen, **_: seen.append(event)):
            each.info("patched")
            each.bind(b=2)
        stage.call(each.info)
        if seen != ["patched"]:
            return "raised not patched"
    return ""


def _world() -> dict[str, Any]:
    """Return what a guest must leave as it is."""
    structlog = sys.modules.get("structlog")
    return {
        "handlers of logging": [repr(handler) for handler in logging.getLogger().handlers],
        "level of logging": logging.getLogger().level,
        "classes of logging": repr((logging.getLoggerClass(), logging.getLogRecordFactory())),
        "level names": repr(sorted(logging._nameToLevel.items())),
        "warning filters": repr(warnings.filters),
        "showwarning": repr(warnings.showwarning),
        "excepthook": repr(sys.excepthook),
        "threading.excepthook": repr(threading.excepthook),
        "unraisablehook": repr(sys.unraisablehook),
        "displayhook": repr(sys.displayhook),
        "streams": repr([id(sys.stdout), id(sys.stderr)]),
        "signal handlers": repr([signal.getsignal(n) for n in (2, 1, 15, 10, 12)]),
        "threads": [thread.name for thread in threading.enumerate()],
        "environment": repr(sorted(os.environ.items())),
        "structlog's configuration": bool(structlog and structlog.is_configured()),
        "recursion limit": sys.getrecursionlimit(),
    }


def _changed(work: Callable[[], object]) -> str:
    """Do work, and say what it has changed."""
    before = _world()
    work()
    after = _world()
    changed = [key for key in before if before[key] != after[key]]
    return f"changes {changed[0]}" if changed else ""


def _quiet(performance: Performance) -> str:
    return "writes" if performance.data or performance.aside else ""


@case(15, _quiet, output="none", quick=True)
def imported(stage: Stage) -> str:
    """Importing it changes nothing, and writes nothing."""
    return _changed(lambda: importlib.import_module(stage.library.module))


#: Makes a logger of a library and calls it below its level, by the library; others bind as well.
_MAKERS: dict[str, Callable[[Any], object]] = {
    "foundation": lambda module: module.get_logger("app").bind(a=1).trace("off"),
    "logging": lambda _: logging.getLogger("app").debug("off"),
    "loguru": lambda module: module.logger.bind(a=1),
    "picologging": lambda module: module.getLogger("app").debug("off"),
    "logbook": lambda module: module.Logger("app"),
}


def _make_and_bind(module: Any) -> None:
    module.get_logger("app").bind(a=1)


@case(15, _quiet, output="none")
def logger_made(stage: Stage) -> str:
    """Making a logger, binding fields and calling it below its level changes nothing."""
    make = _MAKERS.get(stage.library.name, _make_and_bind)
    return _changed(lambda: make(importlib.import_module(stage.library.module)))


_CODES = [without(mark, "terminal codes in the line") for mark in ("[31m", "[0m", "u001b", "-\\n")]


@case(23, every_line, *_CODES, output="pipe", form="json", only=("foundation", "logging"))
def colours_of_a_library(stage: Stage) -> None:
    """Messages of logging with colours and a line end, as werkzeug's have them."""
    log = logging.getLogger("werkzeug")
    for _ in range(20):
        stage.call(lambda event, **fields: log.warning(f"\x1b[31m{event}\x1b[0m\n", extra=fields))


class _Proxy:
    """Stand in the place of a standard stream as Celery's does: log the text, once."""

    def __init__(self, logger: logging.Logger | None = None) -> None:
        self.local = threading.local()
        if logger is not None:
            self.logger = logger

    def write(self, text: str) -> int:
        """Log a text, unless it comes from here."""
        if getattr(self.local, "inside", False):
            return 0
        self.local.inside = True
        try:
            if text.strip():
                logger = getattr(self, "logger", logging.getLogger("redirected"))
                logger.warning(text.rstrip("\n"))
            return len(text)
        finally:
            self.local.inside = False

    def flush(self) -> None:
        """Have nothing to do."""


def _log_beside(stage: Stage, stream: Any) -> None:
    sys.stdout = sys.stderr = stream
    stage.calls(3)
    stage.in_threads(4, lambda part: part.calls(50))
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__


@case(23, every_line, output="pipe", quick=True)
def stream_into_logging(stage: Stage) -> None:
    """The standard streams are replaced by an object that writes into logging."""
    _log_beside(stage, _Proxy())


@case(23, every_line, output="pipe")
def stream_into_its_logger(stage: Stage) -> None:
    """The same, by an object that keeps its logger, as Celery's and Airflow's do."""
    _log_beside(stage, _Proxy(logging.getLogger("redirected")))


def _then(performance: Performance) -> str:
    wrong = [
        name
        for name, record in performance.reading.records.items()
        if record["timestamp"].startswith("2001-02-03T04:05:06.75") != (record["frozen"] is True)
    ]
    return f"{len(wrong)} lines of another time" if wrong else ""


def _frozen_clock() -> contextlib.ExitStack:
    """Put functions in the place of the clock's, in every module, as freezegun does."""
    ns = 981173106750000000
    fakes = {time.time: lambda: ns / 1e9, time.time_ns: lambda: ns}
    stack = contextlib.ExitStack()
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            for real, fake in fakes.items():
                if value is real:
                    stack.enter_context(mock.patch.object(module, name, fake))
    return stack


@case(23, every_line, _then, form="json", only=OURS)
def clock_of_a_test(stage: Stage) -> None:
    """A test puts functions of its own in the place of the clock's, as freezegun does."""
    for _ in range(3):
        stage.call(frozen=False)
        with _frozen_clock():
            stage.calls(2, frozen=True)
        stage.call(frozen=False)


@case(16, output="none", only=OURS, quick=True)
def workflows(stage: Stage) -> str:
    """Workflows pin every action by commit, and begin without permissions."""
    files = list(ROOT.glob(".github/workflows/*.yml"))
    for file in files:
        text = file.read_text(encoding="utf-8")
        if "\npermissions: {}\n" not in text:
            return f"{file.name} begins with permissions"
        for use in re.findall(r"uses: (\S+)", text):
            if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", use):
                return str(use)
    return "" if files else "no workflows"
