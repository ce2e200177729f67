"""Levels of ours that loggers of `logging` get which have levels of their own.

A logger's own level holds, unless this is told to reach it. Then a level of a module holds for the
logger of its name and those below it, whatever `setLevel` says, before or after. Each of them has
its own level back in the end.
"""

from __future__ import annotations

import logging
from typing import Any

from provide.foundation._process.hooks import put_back, put_first
from provide.foundation.levels import TABLE, find_level


class OwnLevels:
    """Put levels of modules in the place of loggers' own ones."""

    def __init__(self) -> None:
        #: The level that a logger has of its own, and the one that we have given to it.
        self._levels: dict[logging.Logger, tuple[int, int]] = {}
        self._hook: Any = None
        self._before: Any = None

    def put(self) -> None:
        """Let the levels of modules, as they are now, reach the loggers that they name."""
        if self._hook is None:
            self._hook = self._make_hook()
            self._before = put_first(logging.Logger, "setLevel", self._hook)
        for name in TABLE.modules:
            logging.getLogger(name)
        for each in tuple(logging.getLogger().manager.loggerDict.values()):
            if isinstance(each, logging.Logger):
                own, given = self._levels.get(each, (each.level, each.level))
                self._give(each, own if each.level == given else each.level)

    def give_back(self) -> None:
        """Let each logger have its own level."""
        if self._hook is not None:
            put_back(logging.Logger, "setLevel", self._hook, self._before)
            self._hook = None
        levels, self._levels = self._levels, {}
        for logger, (own, given) in levels.items():
            if logger.level == given:
                self._before(logger, own)

    def _give(self, logger: logging.Logger, own: int) -> None:
        """Give a logger our level, if it is named and would not have it anyway; else its own."""
        ours = find_level(TABLE.modules, logger.name, None)
        if ours is None or (own == logging.NOTSET and logger.name not in TABLE.modules):
            self._levels.pop(logger, None)
            level = own
        else:
            self._levels[logger] = own, ours
            level = ours
        if logger.level != level:
            self._before(logger, level)

    def _make_hook(self) -> Any:
        def setLevel(logger: logging.Logger, level: Any) -> None:
            number = logging.getLevelName(level) if isinstance(level, str) else level
            if self._hook is None or logger.parent is None or type(number) is not int:
                self._before(logger, level)
            else:
                self._give(logger, number)

        return setLevel
