"""The method of a level that no logger writes at present."""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Any

from provide.foundation._logger.methods import OURS
from provide.foundation.levels import CRITICAL, TRACE, named

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger
    from provide.foundation._logger.methods import MadeFor
    from provide.foundation._pipeline.pipeline import LevelMethod

#: Of the changes of the lowest level that close and open methods. CPython 3.13 remembers where the
#: attributes of a class are for its first 1,000 versions only, and then every call takes longer.
_MOST_SWITCHES = 200


def _log_nothing(self: Logger, event: Any, /, *args: Any, **fields: Any) -> None:
    # part: level check
    pass


def _log(self: Logger, event: Any, /, *args: Any, **fields: Any) -> None:
    # part: level check
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


class Gates:
    """Hold the level methods of a lane, and what stands in for those that write nothing.

    Args:
        methods: What writes the lines of each level.
    """

    __slots__ = ("_gates", "_lowest", "_methods", "_switches", "highest")

    def __init__(self, methods: Mapping[int, LevelMethod]) -> None:
        #: The lowest level that any logger writes, and how often that has changed.
        self._lowest, self._switches = TRACE, 0
        #: The highest level that is written.
        self.highest = CRITICAL
        self._methods = methods
        self._gates = {level: LevelGate(level, method) for level, method in methods.items()}

    def level_methods(self, lowest: int) -> Mapping[int, LevelMethod | MadeFor]:
        """Return a method for each level; those that write nothing are short.

        Args:
            lowest: The lowest level that any logger writes.

        Methods that somebody has kept from before do as these do.
        """
        lowest = self.settle(lowest)
        for level, gate in self._gates.items():
            gate.set(lowest <= level <= self.highest)
        return {
            level: method if lowest <= level <= self.highest else self._gates[level].method
            for level, method in self._methods.items()
        }

    def above(self) -> Mapping[int, LevelMethod]:
        """Return the methods of the levels that are too high to be written: they do nothing."""
        return {level: gate.method for level, gate in self._gates.items() if level > self.highest}

    def settle(self, lowest: int) -> int:
        """Return the level below which methods are short: none, where it has changed too often."""
        if lowest != self._lowest:
            self._lowest = lowest
            self._switches += 1
        return lowest if self._switches <= _MOST_SWITCHES else TRACE

    def open(self) -> None:
        """Have all of them call the methods of their levels, which send calls on."""
        for gate in self._gates.values():
            gate.set(True)
