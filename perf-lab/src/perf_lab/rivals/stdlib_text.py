"""The standard library's logging, text.

https://docs.python.org/3/howto/logging.html#optimization: what a line does not show is not
collected (caller, thread, process, task); arguments go into the message with %.
"""

from __future__ import annotations

import logging
from typing import Any

from perf_lab.workloads.call_syntax import Unsupported
from perf_lab.workloads.workload import Options

logging._srcfile = None
logging.logThreads = False
logging.logProcesses = False
logging.logMultiprocessing = False
if hasattr(logging, "logAsyncioTasks"):
    logging.logAsyncioTasks = False

_handler: logging.Handler | None = None


def install(handler: logging.Handler, level: str) -> None:
    """Make `handler` the only one of the root logger."""
    global _handler
    close()
    _handler = handler
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def open_output(_setup: str, path: str, options: Options) -> None:
    """Write text to `path`."""
    if options.processors or options.emoji:
        raise Unsupported("has no processors and no emoji")
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    install(handler, options.level)


def get_logger(name: str) -> logging.Logger:
    """Return the logger of a name."""
    return logging.getLogger(name)


def bind_context(_fields: dict[str, Any]) -> None:
    """Refuse."""
    raise Unsupported("has no context fields")


def clear_context() -> None:
    """Do nothing."""


def close() -> None:
    """Flush and close the file."""
    if _handler is not None:
        _handler.close()
