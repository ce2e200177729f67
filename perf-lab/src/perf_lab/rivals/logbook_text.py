"""logbook, text.

https://logbook.readthedocs.io/en/stable/performance.html: its compiled speedups (which the wheel
has), one handler for the application, and a short format string.
"""

from __future__ import annotations

from typing import Any

import logbook  # type: ignore[import-untyped]

from perf_lab.workloads.call_syntax import Unsupported
from perf_lab.workloads.workload import Options

_FORMAT = "{record.time:%Y-%m-%dT%H:%M:%S.%f} {record.level_name} {record.channel} {record.message}"
_handler: Any = None


def open_output(_setup: str, path: str, options: Options) -> None:
    """Write text to `path`."""
    global _handler
    if options.processors or options.emoji:
        raise Unsupported("is not measured with processors or emoji")
    close()
    _handler = logbook.FileHandler(path, level=options.level, format_string=_FORMAT)
    _handler.push_application()


def get_logger(name: str) -> Any:
    """Return a logger; logbook decides by the handler's level unless the logger has its own."""
    return logbook.Logger(name, level=logbook.INFO)


def bind_context(_fields: dict[str, Any]) -> None:
    """Refuse."""
    raise Unsupported("is not measured with context fields")


def clear_context() -> None:
    """Do nothing."""


def close() -> None:
    """Flush and close the file."""
    global _handler
    if _handler is not None:
        _handler.pop_application()
        _handler.close()
        _handler = None
