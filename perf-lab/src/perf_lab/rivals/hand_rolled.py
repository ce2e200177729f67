"""The floor: one write of one orjson object, with a raw time and no check of anything.

It has no level names, no escaping, no fallback, no counters, no context, and `time_ns` for a time.
What a structured logger costs above this is what its features cost.
"""

from __future__ import annotations

import os
from time import time_ns
from typing import Any

from orjson import OPT_APPEND_NEWLINE, dumps

from perf_lab.rivals.orjson_default import OPTION, render_other
from perf_lab.workloads.call_syntax import Unsupported
from perf_lab.workloads.workload import Options

_fd = -1
_OPTIONS = OPT_APPEND_NEWLINE | OPTION


class HandRolled:
    """Write `info` lines under one name."""

    __slots__ = ("bound", "name")

    def __init__(self, name: str, bound: dict[str, Any] | None = None) -> None:
        self.name = name
        self.bound = bound

    def bind(self, **fields: Any) -> BoundHandRolled:
        """Return one that adds fields to each line."""
        return BoundHandRolled(self.name, fields)

    def info(self, event: str, **fields: Any) -> None:
        """Write one line."""
        line = {
            "timestamp": time_ns(),
            "level": "info",
            "logger": self.name,
            "event": event,
            **fields,
        }
        os.write(_fd, dumps(line, render_other, _OPTIONS))

    def debug(self, event: str, **fields: Any) -> None:
        """Do nothing: the cheapest call that Python has."""


class BoundHandRolled(HandRolled):
    """Write `info` lines with bound fields."""

    __slots__ = ()

    def info(self, event: str, **fields: Any) -> None:
        """Write one line."""
        line = {
            "timestamp": time_ns(),
            "level": "info",
            "logger": self.name,
            "event": event,
            **(self.bound or {}),
            **fields,
        }
        os.write(_fd, dumps(line, render_other, _OPTIONS))


_LOGGERS: dict[str, HandRolled] = {}


def open_output(_setup: str, path: str, options: Options) -> None:
    """Open the file."""
    global _fd
    if options.processors or options.emoji or options.asks:
        raise Unsupported("has no processors, no emoji and no options")
    close()
    _fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def get_logger(name: str) -> HandRolled:
    """Return the object of a name."""
    return _LOGGERS.setdefault(name, HandRolled(name))


def bind_context(_fields: dict[str, Any]) -> None:
    """Refuse."""
    raise Unsupported("has no context")


def clear_context() -> None:
    """Do nothing."""


def close() -> None:
    """Close the file."""
    global _fd
    if _fd >= 0:
        os.close(_fd)
        _fd = -1
