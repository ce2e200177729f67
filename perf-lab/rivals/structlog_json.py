"""structlog, tuned to its limit: https://www.structlog.org/en/stable/performance.html.

Its page names all of it: a filtering bound logger made by `make_filtering_bound_logger`, a
`BytesLogger` fed by orjson, `cache_logger_on_first_use`, and a local logger got by `bind()`. The
fields are the ones that Foundation writes: UTC time, level, logger name, context, exception.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import IO, Any

import orjson
import structlog
from workloads import Options

_file: IO[bytes] | None = None
_LEVELS = {"DEBUG": 10, "INFO": 20}


def add_host(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
    """Be the processor of the user's."""
    event["host"] = "web-1"
    return event


def open_output(_setup: str, path: str, options: Options) -> None:
    """Configure structlog to write JSON to `path`."""
    global _file
    close()
    _file = open(path, "ab")  # noqa: SIM115 - the rival keeps it
    structlog.reset_defaults()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            *([add_host] if options.processor else []),
            structlog.processors.format_exc_info,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[options.level]),
        logger_factory=structlog.BytesLoggerFactory(file=_file),
        cache_logger_on_first_use=True,
    )


def get_logger(name: str) -> Any:
    """Return a local logger that carries its name."""
    return structlog.get_logger().bind(logger=name)


def bind_context(fields: dict[str, Any]) -> None:
    """Bind fields to the context."""
    structlog.contextvars.bind_contextvars(**fields)


def clear_context() -> None:
    """Forget them."""
    structlog.contextvars.clear_contextvars()


def close() -> None:
    """Flush and close the file."""
    if _file is not None and not _file.closed:
        _file.close()
