"""The start of a program that sets up nothing: with its first line, from the environment."""

from __future__ import annotations

import os
from typing import Any

from provide.foundation._config.defaults import lenient_config
from provide.foundation._config.section import replace
from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._logger.logger import Logger
from provide.foundation._logger.starting import set_starter
from provide.foundation._pipeline.pipeline import Pipeline
from provide.foundation._process import hooks
from provide.foundation._process.forks import notice_fork, renew_after_fork
from provide.foundation._process.interrupts import let_through
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._runtime.apply import apply
from provide.foundation._runtime.build import bare_output
from provide.foundation._runtime.openers.places import idle_extensions
from provide.foundation._runtime.state import STATE, TURNS, change
from provide.foundation._runtime.swap import install_pipeline, renew_process_id
from provide.foundation.errors import ConfigurationError
from provide.foundation.extension import Extension, load_extensions
from provide.foundation.levels import TABLE

#: How long a fork waits for a set-up of another thread.
_LONGEST_WAIT_S = 1.0


def start() -> None:
    """Start with what the environment says, for the first line of a program that sets up nothing.

    A bad variable is said once on stderr and its default is used; nothing global is changed.
    """
    notice_fork()
    if not TURNS.is_mine():  # else something that start-up or set-up calls has logged
        change(start_now)


def start_now() -> None:
    if STATE.pipeline is not None:
        set_starter(None)
        return
    try:
        _start_from_environment()
    except Exception as error:  # never raises: the first line must come out
        let_through()
        COUNTERS.fault("start")
        install_pipeline(Pipeline([bare_output()], policy=KeyPolicy()), ())
        DIAGNOSTICS.report_once("start", "start-up failed", {"error": str(error)})


def write_meanwhile(
    logger: Logger, level: int, event: object, args: tuple[Any, ...], fields: dict[str, Any]
) -> None:
    """Write a line that comes out of the start or set-up of its own thread, before there is any."""
    if logger._site._threshold <= level:
        if STATE.understudy is None:
            STATE.understudy = Pipeline([bare_output()], policy=KeyPolicy())
        STATE.understudy.emit(logger, level, event, args, fields)


def _start_from_environment() -> None:
    config, problems = lenient_config()
    extensions: list[Extension] = []
    failures: dict[str, str] = {}
    idle = idle_extensions(config.logging)
    # To read entry points costs as much as to import structlog.
    has_otel = any(name.startswith("OTEL_") for name in os.environ)
    if not idle or config.logging.live or has_otel:
        extensions, failures = load_extensions(config, strict=False, idle=idle)
    try:
        apply(config, extensions, failures)
    except ConfigurationError as error:  # a log file that cannot be opened
        problems.append(f"{error}; using stderr")
        apply(
            replace(config, logging=replace(config.logging, log_file=None)),
            extensions,
            failures,
        )
    for problem in problems:
        DIAGNOSTICS.report_once(problem, "bad configuration", {"problem": problem})


def _await_change() -> None:
    # A start-up imports, and a child that is forked in the midst of an import can never do the
    # same one: the lock of the module stays with a thread that it does not have. The wait has an
    # end, for the case that the start-up waits for this thread.
    TURNS.begin(_LONGEST_WAIT_S)


def _renew_locks() -> None:
    TABLE.renew_lock()
    TURNS.renew()
    renew_process_id()


# Before the first line: a fork may come in the midst of it.
hooks.at_fork(before=_await_change, after_in_parent=TURNS.end)
renew_after_fork(_renew_locks)
