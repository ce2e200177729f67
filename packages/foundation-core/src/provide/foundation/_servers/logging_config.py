"""A handler for configurations of `logging`, and a configuration that is ready to be used.

Servers configure `logging` in processes that never import the application. There the handler sets
Foundation up, so that their lines come out as all others do.
"""

from __future__ import annotations

import json
import logging
import os
from typing import Any, Unpack

from provide.foundation._bridges import stdlib
from provide.foundation._bridges.capture.entry import EntryHandler
from provide.foundation._bridges.set_aside import SetAside
from provide.foundation._bridges.stdlib_handler import FoundationHandler
from provide.foundation._config.shortcuts.options import Options, read_options
from provide.foundation._process.forks import notice_fork
from provide.foundation._runtime.foreign import call_plainly, emit_foreign, refuse_foreign
from provide.foundation._runtime.setup import set_up
from provide.foundation._runtime.state import STATE, change

#: Where the configuration lies as JSON, for the options of servers.
CONFIG_FILE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "logging_config.json")
#: How long another thread's set-up is awaited. Whoever configures `logging` holds its lock, which
#: that set-up may wait for in turn.
_PATIENCE_S = 1.0


def logging_handler(
    *, level: Any = None, format: Any = None, output: Any = None, **options: Unpack[Options]
) -> logging.Handler:
    """Return a handler for `logging` whose records become lines of Foundation's, once each.

    It is meant for `logging.config.dictConfig`: ``{"()": "provide.foundation.logging_handler"}``.
    If nobody has called `setup_telemetry` or `configure` yet, it sets Foundation up: by the
    environment and the options that are given. Otherwise the options are only checked. Any number
    of such handlers may be made and added, to any loggers.

    Args:
        level: As `configure` takes it. `dictConfig` keeps this key for itself, and sets it on the
            handler, where it does nothing: levels are Foundation's.
        format: As `configure` takes it.
        output: As `configure` takes it.
        options: As `configure` takes them, such as ``service_name``.

    Returns:
        A handler whose filters are run, as those of a console that is set aside.

    Raises:
        ConfigurationError: An option or a variable is not valid, or a log file cannot be opened.

    Any thread may call it.
    """
    notice_fork()
    config = read_options(level, format, output, options)
    if not STATE.explicit:
        change(set_up, config, subject="set-up", timeout_s=_PATIENCE_S)
    return EntryHandler(_take)


def read_config() -> dict[str, Any]:
    """Return the configuration for `dictConfig` that the file holds."""
    with open(CONFIG_FILE, encoding="utf-8") as file:
        config: dict[str, Any] = json.load(file)
    return config


_ALONE = FoundationHandler(emit_foreign, call_plainly, refuse_foreign, SetAside())


def _take(record: logging.LogRecord) -> None:
    if not stdlib.take(record):  # `logging` is not captured, or no more
        _ALONE.take(record)


#: What the file holds.
LOGGING_CONFIG: dict[str, Any] = read_config()
