"""structlog with its KeyValueRenderer, otherwise tuned as in `structlog_json.py`.

https://www.structlog.org/en/stable/performance.html; text goes through `WriteLogger`, which that
page's successor of PrintLogger is: one write and one flush a line, without print().
"""

from __future__ import annotations

from typing import IO

import structlog

from perf_lab.rivals.structlog_json import _LEVELS, bind_context, clear_context, get_logger
from perf_lab.rivals.users_processors import PROCESSORS
from perf_lab.workloads.workload import Options

__all__ = ["bind_context", "clear_context", "close", "get_logger", "open_output"]

_file: IO[str] | None = None


def open_output(_setup: str, path: str, options: Options) -> None:
    """Configure structlog to write key=value text to `path`."""
    global _file
    close()
    _file = open(path, "a", encoding="utf-8")  # noqa: SIM115 - the rival keeps it
    structlog.reset_defaults()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            *PROCESSORS[: options.processors],
            structlog.processors.format_exc_info,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.KeyValueRenderer(
                key_order=["timestamp", "level", "logger", "event"]
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[options.level]),
        logger_factory=structlog.WriteLoggerFactory(file=_file),
        cache_logger_on_first_use=True,
    )


def close() -> None:
    """Flush and close the file."""
    if _file is not None and not _file.closed:
        _file.close()
