"""Functions of the user's that say which records an output writes; none of them costs a line.

A filter that raises lets the record pass, is counted and is reported once. Code that runs within a
filter may log: no filter is asked about such a line, so that none asks itself for ever.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from threading import local
from types import MappingProxyType
from typing import Any

from provide.foundation._config.outputs import RecordView
from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._process.interrupts import let_through
from provide.foundation._record.values import plain
from provide.foundation.errors import ConfigurationError

_ALLOWED = 'a function that takes a record, or where one is, such as "package.module:function"'


class Inside(local):
    """Say of each thread whether it is within a filter."""

    inside = False


#: The one of the process: no filter is asked within another one, either.
STATE = Inside()


class RecordFilter:
    """Ask a function of the user's about records.

    Args:
        function: Takes a `RecordView`, and returns something true where the record is written.
        name: What reports call it.
    """

    __slots__ = ("_name", "function")

    def __init__(self, function: Callable[[RecordView], object], name: str) -> None:
        self.function, self._name = function, name

    def passes(self, level: int, logger: str, event: str, fields: Mapping[str, Any]) -> bool:
        """Say whether a record is written: it is, where the function cannot say.

        Args:
            level: A number of `levels.LEVELS`.
            logger: The logger's name.
            event: The event.
            fields: The fields, under the names that they have in the line, secrets masked.
        """
        if STATE.inside:
            return True
        try:
            STATE.inside = True
            return bool(self.function(RecordView((level, logger, event, MappingProxyType(fields)))))
        except Exception as error:  # a log call never raises, and the line is not lost
            let_through()
            self.report(error)
            return True
        finally:
            STATE.inside = False

    def report(self, error: Exception) -> None:
        """Count what the function has raised, and say it once."""
        COUNTERS.fault("filter")
        DIAGNOSTICS.report_once(
            f"filter:{self._name}",
            "filter failed and the line was written",
            {"filter": self._name, "error": plain(error)},
        )


def make_filter(given: Callable[[RecordView], object] | str, field: str) -> RecordFilter:
    """Return what asks a function that is given itself, or by its module and name.

    Args:
        given: The function; or ``package.module:function``, or the same with dots alone.
        field: The name to blame in the error.

    Raises:
        ConfigurationError: There is no such function.
    """
    if not isinstance(given, str):
        return RecordFilter(given, getattr(given, "__qualname__", type(given).__name__))
    try:
        function = _find(given.strip())
    except Exception as error:
        let_through()
        raise ConfigurationError(field, given, f"{_ALLOWED} ({error})") from error
    if not callable(function) or isinstance(function, type):
        raise ConfigurationError(field, given, _ALLOWED)
    return RecordFilter(function, given)


def _find(path: str) -> Any:
    """Return the object that a path names.

    Raises:
        Exception: There is none, or its module raises.
    """
    module, colon, names = path.partition(":")
    if not colon:
        module, _, names = path.rpartition(".")
        # The function may stand within a class, or be an object's method.
        while module and not _is_module(module):
            module, _, name = module.rpartition(".")
            names = f"{name}.{names}"
    found: Any = import_module(module)
    for name in names.split("."):
        found = getattr(found, name)
    return found


def _is_module(name: str) -> bool:
    if name in sys.modules:
        return True
    try:
        import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            return False
        raise  # the module is there, and misses another one
    return True
