"""What `Logger.once`, `every` and `every_s` return: level methods that write now and then.

Loaded when one of them is first asked for; and so, by name, is what decides (`_repeats.py`), as it
stands below this module.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from provide.foundation.levels import (
    CRITICAL,
    DEBUG,
    ERROR,
    INFO,
    LEVEL_NAMES,
    TRACE,
    WARNING,
    find_number,
)

_find_turns: Callable[[str, Any], Callable[[Any, int, object], bool]] = import_module(
    "provide.foundation._repeats"
).find_turns


class Repeats:
    """Write some of the calls of an event, and count the others.

    Args:
        logger: Writes the lines.
        kind: ``once``, ``every`` or ``every_s``.
        number: How many calls, or seconds; 0 of ``once``.
    """

    __slots__ = ("_logger", "_passes")

    def __init__(self, logger: Any, kind: str, number: object) -> None:
        self._logger = logger
        self._passes = _find_turns(kind, number)

    def trace(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at TRACE (5), if it is its turn."""
        self._write(TRACE, event, args, fields)

    def debug(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at DEBUG (10), if it is its turn."""
        self._write(DEBUG, event, args, fields)

    def info(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at INFO (20), if it is its turn."""
        self._write(INFO, event, args, fields)

    def warning(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at WARNING (30), if it is its turn."""
        self._write(WARNING, event, args, fields)

    warn = warning

    def error(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at ERROR (40), if it is its turn."""
        self._write(ERROR, event, args, fields)

    def critical(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at CRITICAL (50), if it is its turn."""
        self._write(CRITICAL, event, args, fields)

    fatal = critical

    def exception(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at ERROR with the exception that is being handled, if it is its turn."""
        fields.setdefault("exc_info", True)
        self._write(ERROR, event, args, fields)

    def log(self, level: int | str, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at a level given by name or number, if it is its turn."""
        number = find_number(level)
        if number is None:
            number = ERROR
            fields.setdefault("level", level)
        self._write(number, event, args, fields)

    def _write(
        self, level: int, event: object, args: tuple[object, ...], fields: dict[str, object]
    ) -> None:
        if self._passes(self._logger, level, event):
            getattr(self._logger, LEVEL_NAMES[level])(event, *args, **fields)
