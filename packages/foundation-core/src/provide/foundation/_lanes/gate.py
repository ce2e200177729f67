"""The method of a level that no logger writes at present."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any

from provide.foundation._logger.methods import OURS
from provide.foundation.levels import named

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger
    from provide.foundation._pipeline.pipeline import LevelMethod


def _log_nothing(self: Logger, event: Any, /, *args: Any, **fields: Any) -> None:
    # stop: level check
    pass


def _log(self: Logger, event: Any, /, *args: Any, **fields: Any) -> None:
    # stop: level check
    log(self, event, *args, **fields)  # type: ignore[name-defined]  # noqa: F821


class LevelGate:
    """Be the method of a level: one that returns at once, or calls the lane's while it is open.

    A closed gate does nothing at all, not even ask whether it is open: a look at a variable of an
    enclosing function took 47 ns where an empty function takes 42. So a gate that opens has
    another code; that one finds the lane's method among its own globals.

    Args:
        level: The level.
        log: The lane's method.
    """

    def __init__(self, level: int, log: LevelMethod) -> None:
        closed, opened = (
            named(level)(FunctionType(function.__code__, {"__name__": __name__, "log": log}))
            for function in (_log_nothing, _log)
        )
        self._codes = closed.__code__, opened.__code__
        OURS.update(self._codes)
        self.method: Any = closed

    def set(self, state: bool) -> None:
        """Open or close it, also for whoever has kept the method."""
        self.method.__code__ = self._codes[state]
