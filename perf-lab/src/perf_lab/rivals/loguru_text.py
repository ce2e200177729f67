"""loguru, text.

https://loguru.readthedocs.io/en/stable/resources/recipes.html (its recipes on speed and
security): `backtrace` and `diagnose` off, no colours, a format that shows only what is needed; a
sink that is a path is loguru's own buffered file.
"""

from __future__ import annotations

from typing import Any

from loguru import logger

from perf_lab.workloads.call_syntax import Unsupported
from perf_lab.workloads.workload import Options

_FORMAT = "{time:YYYY-MM-DDTHH:mm:ss.SSSSSS!UTC} {level} {name} {message} {extra}"
_bound: list[Any] = []


def add_sink(path: str, options: Options, *, serialize: bool) -> None:
    """Make `path` the only sink."""
    if options.processors or options.emoji:
        raise Unsupported("is not measured with processors or emoji")
    logger.remove()
    logger.add(
        path,
        format=_FORMAT,
        level=options.level,
        serialize=serialize,
        colorize=False,
        backtrace=False,
        diagnose=False,
        enqueue=False,
    )


def open_output(_setup: str, path: str, options: Options) -> None:
    """Write text to `path`."""
    add_sink(path, options, serialize=False)


def get_logger(_name: str) -> Any:
    """Return the one logger: loguru names lines by their module."""
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


def close() -> None:
    """Flush and close the file."""
    logger.remove()
