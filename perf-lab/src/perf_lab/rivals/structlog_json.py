"""structlog, tuned to its limit: https://www.structlog.org/en/stable/performance.html.

Its page names all of it: a filtering bound logger made by `make_filtering_bound_logger`, a
`BytesLogger` fed by orjson, `cache_logger_on_first_use`, and a local logger got by `bind()`. The
fields are the ones that Foundation writes: UTC time, level, logger name, context, exception. What
orjson does not know is rendered as `orjson_default.py` says, which costs nothing until then.
"""

from __future__ import annotations

from typing import IO, Any

import orjson
import structlog

from perf_lab.rivals.orjson_default import OPTION, dumps_wide, render_other
from perf_lab.rivals.users_processors import PROCESSORS
from perf_lab.workloads.workload import Options

_file: IO[bytes] | None = None
_LEVELS = {"DEBUG": 10, "INFO": 20}
#: What only some workloads need, which costs every line something.
_ASKED: dict[str, list[Any]] = {
    "stack": [structlog.processors.StackInfoRenderer()],
    "callsite": [
        structlog.processors.CallsiteParameterAdder(
            {
                structlog.processors.CallsiteParameter.PATHNAME,
                structlog.processors.CallsiteParameter.LINENO,
                structlog.processors.CallsiteParameter.FUNC_NAME,
            }
        )
    ],
}


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
            *PROCESSORS[: options.processors],
            *_ASKED.get(options.asks, ()),
            structlog.processors.format_exc_info,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(
                serializer=dumps_wide if options.asks == "wide" else orjson.dumps,
                default=render_other,
                option=OPTION,
            ),
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
