"""The method of a level that no logger writes at present."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provide.foundation.levels import named

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger
    from provide.foundation._pipeline.pipeline import LevelMethod


class LevelGate:
    """Be the method of a level: one that returns at once, or calls the lane's while it is open.

    It is a function of its own, because a call copies what it names of the enclosing function and
    clears what it has of variables: 0.8 of the time of `log`, which asks the logger's own level.

    Args:
        level: The level.
        log: The lane's method.
    """

    def __init__(self, level: int, log: LevelMethod) -> None:
        is_open = False

        @named(level)
        def log_nothing(self: Logger, event: Any, /, *args: Any, **fields: Any) -> None:
            # stop: level check
            if is_open:
                log(self, event, *args, **fields)

        def set_open(state: bool) -> None:
            nonlocal is_open
            is_open = state

        self.method, self.set = log_nothing, set_open
