"""provide-foundation 0.4.10, the older project of our import path, in its own interpreter.

Its README sets it up by the environment: `PROVIDE_LOG_LEVEL=INFO`, without which it drops every
line and looks fast, and the JSON formatter. It follows stderr, so stderr is pointed at the path,
as a container does. Its emoji are on or off by the environment too, for the whole process.
"""

from __future__ import annotations

import os
from typing import Any

import structlog

import provide.foundation
from perf_lab.workloads.call_syntax import Unsupported
from perf_lab.workloads.workload import Options

_get_logger: Any = provide.foundation.get_logger


def open_output(_setup: str, path: str, options: Options) -> None:
    """Point stderr at `path`."""
    if options.processors:
        raise Unsupported("takes no processors of the user's")
    if options.emoji and os.environ["PROVIDE_LOG_DAS_EMOJI_ENABLED"] != "true":
        raise Unsupported("has its emoji off")
    _get_logger("warm-up").info("its own first lines go where stderr went before")
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(fd, 2)
    os.close(fd)


def get_logger(name: str) -> Any:
    """Return a logger of a name."""
    return _get_logger(name)


def bind_context(fields: dict[str, Any]) -> None:
    """Bind fields to the context."""
    structlog.contextvars.bind_contextvars(**fields)


def clear_context() -> None:
    """Forget them."""
    structlog.contextvars.clear_contextvars()


def close() -> None:
    """Point stderr at nothing."""
    fd = os.open(os.devnull, os.O_WRONLY)
    os.dup2(fd, 2)
    os.close(fd)
