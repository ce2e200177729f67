"""Lines of structlog that Foundation takes over: set up as in `foundation.py`, called as structlog.

The logger is made as modules make theirs: unbound, and bound with its first line.
"""

from __future__ import annotations

from typing import Any

import structlog

from perf_lab.rivals.foundation import clear_context, close, open_output

__all__ = ["bind_context", "clear_context", "close", "get_logger", "open_output"]


def get_logger(name: str) -> Any:
    """Return structlog's logger of a name."""
    return structlog.get_logger(name)


def bind_context(fields: dict[str, Any]) -> None:
    """Bind fields to structlog's context."""
    structlog.contextvars.bind_contextvars(**fields)
