"""Lines of logging that Foundation takes over: set up as in `foundation.py`, called as logging."""

from __future__ import annotations

import logging

from perf_lab.rivals.foundation import bind_context, clear_context, close, open_output
from perf_lab.rivals.stdlib_json import Adapter

__all__ = ["Adapter", "bind_context", "clear_context", "close", "get_logger", "open_output"]


def get_logger(name: str) -> logging.Logger:
    """Return logging's logger of a name."""
    logger = logging.getLogger(name)
    logger.setLevel(logging.INFO)
    return logger
