"""logust with `serialize=True`, its own JSON; with a terminal, or text and JSON, as well.

Its README: sinks by `logger.add`, and `collect` leaves out what a line does not show. It buffers
what goes to files, and `complete` writes it out. Its text shows the fields that its format names.
https://github.com/yamaaaaaa31/logust
"""

from __future__ import annotations

import sys
from typing import Any

from logust import CollectOptions, logger

from perf_lab.rivals.stderr import point_stderr
from perf_lab.workloads.call_syntax import Unsupported
from perf_lab.workloads.workload import Options

_PLAIN = CollectOptions(caller=False, thread=False, process=False)
_bound: list[Any] = []


def open_output(_setup: str, path: str, options: Options) -> None:
    """Write JSON to `path`, or text to a terminal there, or text to stderr and JSON to `path`."""
    if options.processors or options.emoji or options.asks:
        raise Unsupported("is not measured with processors, emoji or options")
    logger.remove()
    if options.output in ("terminal", "both"):
        terminal = options.output == "terminal"
        point_stderr(path if terminal else f"{path}.console")
        shown = [f"{name}={{extra[{name}]}}" for name in options.fields]
        form = " ".join(["{time} | {level} | {message}", *shown])
        logger.add(sys.stderr, format=form, level="INFO", colorize=terminal, collect=_PLAIN)
    if options.output != "terminal":
        logger.add(path, serialize=True, level=options.level, collect=_PLAIN)


def get_logger(_name: str) -> Any:
    """Return the one logger: logust names lines by their module."""
    return logger


def bind_context(fields: dict[str, Any]) -> None:
    """Bind fields to the context."""
    block = logger.contextualize(**fields)
    block.__enter__()
    _bound.append(block)


def clear_context() -> None:
    """Forget them."""
    while _bound:
        _bound.pop().__exit__(None, None, None)


def flush() -> None:
    """Write out what is buffered."""
    logger.complete()


def close() -> None:
    """Write out what is buffered, and close the file."""
    flush()
    logger.remove()
