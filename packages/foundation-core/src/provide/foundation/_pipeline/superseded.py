"""Calls that have come to a superseded method, and go to the one that writes at present."""

from __future__ import annotations

from collections.abc import Callable
from threading import get_ident
from typing import TYPE_CHECKING, Any

from provide.foundation.levels import METHODS

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger

#: How many calls each thread is sending on, one inside of the other.
_DEPTHS: dict[int, int] = {}
#: A value that sets up anew whenever it is rendered would have its call sent on for ever.
_DEEPEST = 8


def send_on(
    drop: Callable[..., None],
    logger: Logger,
    level: int,
    event: object,
    args: tuple[Any, ...],
    fields: Any,
) -> None:
    """Give a call to the method of its level.

    Args:
        drop: Counts it where that leads back here: ``(level, reason, error)``.
        logger: The logger.
        level: The level.
        event: The event.
        args: The arguments.
        fields: The fields.
    """
    thread = get_ident()
    depth = _DEPTHS.get(thread, 0)
    if depth >= _DEEPEST:
        drop(level, "reentrant")
        return
    _DEPTHS[thread] = depth + 1
    try:
        METHODS[level](logger, event, *args, **fields)
    except RecursionError as error:  # never raises: whatever leads back here is counted
        drop(level, "internal", error)
    finally:
        if depth:
            _DEPTHS[thread] = depth
        else:
            _DEPTHS.pop(thread, None)
