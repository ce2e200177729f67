"""logly with `serialize=True`, its own JSON.

A field that the message does not name is kept only if it is bound, so each call binds its own; the
values become texts. https://muhammad-fiaz.github.io/logly/
"""

from __future__ import annotations

from typing import Any

from logly import logger

from perf_lab.workloads.call_syntax import Unsupported
from perf_lab.workloads.workload import Options


class Caller:
    """Bind a call's fields, and log."""

    def __init__(self, bound: Any) -> None:
        self.bound = bound

    def bind(self, **fields: Any) -> Caller:
        """Return one that adds fields to each line."""
        return Caller(self.bound.bind(**fields))

    def info(self, event: str, **fields: Any) -> None:
        """Write one line."""
        self.bound.bind(**fields).info(event)

    def debug(self, event: str, **fields: Any) -> None:
        """Pass what is below the level on: the library looks at it."""
        self.bound.debug(event, **fields)


def open_output(_setup: str, path: str, options: Options) -> None:
    """Write JSON to `path`."""
    if options.processors or options.emoji or options.asks or options.output == "both":
        raise Unsupported("is not measured with processors, emoji or options")
    logger.remove()
    logger.add(path, serialize=True, level=options.level, backtrace=False)


def get_logger(_name: str) -> Caller:
    """Return the one logger."""
    return Caller(logger)


def bind_context(_fields: dict[str, Any]) -> None:
    """Refuse."""
    raise Unsupported("is not measured with context fields")


def clear_context() -> None:
    """Do nothing."""


def flush() -> None:
    """Write out what is buffered."""
    logger.complete()


def close() -> None:
    """Write out what is buffered, and close the file."""
    flush()
    logger.remove()
