"""structlog as it comes: its default processors, written to a file instead of stdout.

https://www.structlog.org/en/stable/getting-started.html: no configuration at all, so the console
renderer. Only the level and the file are ours; the name is bound, as with the others. The set-up
`colors` has the renderer's colours, as where stdout is a terminal.
"""

from __future__ import annotations

from typing import IO, Any

import structlog

from perf_lab.rivals.structlog_json import _LEVELS, bind_context, clear_context, get_logger
from perf_lab.rivals.users_processors import PROCESSORS
from perf_lab.workloads.workload import Options

__all__ = ["bind_context", "clear_context", "close", "get_logger", "open_output"]

_file: IO[str] | None = None


def open_output(setup: str, path: str, options: Options) -> None:
    """Let structlog write with its defaults to `path`."""
    global _file
    close()
    _file = open(path, "a", encoding="utf-8")  # noqa: SIM115 - the rival keeps it
    structlog.reset_defaults()
    processors: list[Any] = list(structlog.get_config()["processors"])
    if setup == "colors":
        processors[-1] = structlog.dev.ConsoleRenderer(colors=True)
    processors[:0] = PROCESSORS[: options.processors]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[options.level]),
        logger_factory=structlog.PrintLoggerFactory(file=_file),
    )


def close() -> None:
    """Flush and close the file."""
    if _file is not None and not _file.closed:
        _file.close()
