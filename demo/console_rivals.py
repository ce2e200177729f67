"""The run of `demo/console_run.py` with other loggers: `python -m demo.console_rivals NAME`.

Each is set up as its own documentation does it for a terminal. ``steps`` prints the run as lines in
JSON, of which `console_rivals.mjs` makes what pino writes. It needs structlog, loguru and rich.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from demo.console_run import log_run

_LEVELS = ("debug", "info", "warning", "exception")
_context: dict[str, Any] = {}


@contextmanager
def _bound(**fields: Any) -> Iterator[None]:
    _context.update(fields)
    try:
        yield
    finally:
        _context.clear()


class _Logger:
    """Hand each call on with its logger's name and the context."""

    def __init__(self, write: Callable[..., None], name: str) -> None:
        for level in _LEVELS:
            setattr(self, level, partial(write, level, name))


def log_with_structlog() -> None:
    """Log the run with structlog as it comes: with rich installed, that makes its tracebacks."""
    import structlog
    from structlog.contextvars import bound_contextvars

    log_run(lambda name: structlog.get_logger().bind(logger=name), bound_contextvars)


def log_with_rich() -> None:
    """Log the run with `logging` and rich's handler, as rich's page on logging sets it up."""
    from rich.logging import RichHandler

    handler = RichHandler(rich_tracebacks=True)
    logging.basicConfig(level="NOTSET", format="%(message)s", datefmt="[%X]", handlers=[handler])

    def write(level: str, name: str, event: str, /, **fields: Any) -> None:
        pairs = [f"{key}={value!r}" for key, value in {**fields, **_context}.items()]
        getattr(logging.getLogger(name), level)("%s", " ".join([event, *pairs]))

    log_run(partial(_Logger, write), _bound)


def log_with_loguru() -> None:
    """Log the run with loguru: its own format, with the fields behind it, which it leaves out."""
    from loguru import logger
    from loguru._defaults import LOGURU_FORMAT

    logger.remove()
    logger.add(sys.stderr, level="DEBUG", format=f"{LOGURU_FORMAT} {{extra}}")

    def write(level: str, name: str, event: str, /, **fields: Any) -> None:
        bound = logger.bind(logger=name, **fields, **_context).opt(depth=1)
        getattr(bound, level)(event.replace("{", "{{").replace("}", "}}"))

    log_run(partial(_Logger, write), _bound)


def print_steps() -> None:
    """Print the run as lines in JSON."""

    def write(level: str, name: str, event: str, /, **fields: Any) -> None:
        step = {"level": level, "name": name, "event": event, "fields": {**fields, **_context}}
        print(json.dumps(step))

    log_run(partial(_Logger, write), _bound)


def log_with_pino(folder: str, steps: str) -> None:
    """Log the run with pino and pino-pretty, which are in the folder of that argument."""
    with open(steps, "rb") as file:
        program = Path(__file__).with_suffix(".mjs")
        subprocess.run(["node", str(program), folder], stdin=file, check=True)


WAYS: dict[str, Callable[..., None]] = {
    "structlog": log_with_structlog,
    "rich": log_with_rich,
    "loguru": log_with_loguru,
    "pino": log_with_pino,
    "steps": print_steps,
}

if __name__ == "__main__":
    WAYS[sys.argv[1]](*sys.argv[2:])
