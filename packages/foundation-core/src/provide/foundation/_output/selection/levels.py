"""Which levels an output writes, for loggers of which names."""

from __future__ import annotations

from collections.abc import Mapping

from provide.foundation.levels import CRITICAL, LEVELS, OFF, TRACE, find_level

_NONE: Mapping[str, int] = {}


class LevelRange:
    """Hold the lowest and the highest level that are written, and other lowest ones for modules.

    Args:
        lowest: The lowest level, where `modules` says nothing else; `OFF`: none.
        highest: The highest level, whatever the logger.
        modules: A lowest level for each dotted prefix of logger names; the longest prefix wins.
    """

    __slots__ = ("highest", "lowest", "modules")

    def __init__(
        self, lowest: int = TRACE, highest: int = CRITICAL, modules: Mapping[str, int] = _NONE
    ) -> None:
        self.lowest, self.highest, self.modules = lowest, highest, modules

    def threshold_of(self, name: str) -> int:
        """Return the lowest level of a logger's lines that are written."""
        return find_level(self.modules, name, self.lowest)

    def takes(self, level: int, name: str) -> bool:
        """Say whether a line of a level and a logger is written."""
        return level <= self.highest and level >= find_level(self.modules, name, self.lowest)

    def narrows(self) -> bool:
        """Say whether a logger's own level may let through what is too low to be written."""
        return self.lowest > TRACE or bool(self.modules)

    def may_take(self, level: int) -> bool:
        """Say whether a line of a level is written for any logger."""
        return self.least() <= level <= self.highest

    def least(self) -> int:
        """Return the lowest level of any logger; `OFF`: none."""
        least = min(self.lowest, *self.modules.values()) if self.modules else self.lowest
        return least if least <= self.highest else OFF

    def unasked(self) -> int:
        """Return the level from which on every line is written; beyond `OFF`: there is none."""
        return OFF + 1 if self.modules or self.highest < LEVELS[-1] else self.lowest
