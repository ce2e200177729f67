"""structlog's own processors among ours: what they look for, and what becomes of what they add.

It imports nothing but levels. structlog itself is not imported: its processors are known by what
they hold.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from provide.foundation.levels import LEVEL_NAMES

Processor = Callable[[Any, str, Any], Any]

#: What `take_back` looks at.
ADDED_KEYS = frozenset({"level", "logger", "timestamp", "stack", "exception"})
#: Modules whose frames are never the caller, for processors that look for it.
_NOT_THE_CALLER = ("provide.foundation", "logging", "warnings")
#: Stands for what a mapping does not have.
_NOTHING = object()


def see_callers(processors: Iterable[Processor]) -> tuple[Processor, ...]:
    """Return processors of which those that look for the caller pass our frames over.

    `CallsiteParameterAdder` and `StackInfoRenderer` take the first frame whose module is not
    structlog's, nor one of a list that each of them has.
    """
    return tuple([_pass_us_over(processor) for processor in processors])


def _pass_us_over(processor: Processor) -> Processor:
    ignored = getattr(processor, "_additional_ignores", _NOTHING)
    if not (ignored is None or isinstance(ignored, list | tuple)):
        return processor
    other = copy.copy(processor)
    other._additional_ignores = [*(ignored or ()), *_NOT_THE_CALLER]  # type: ignore[attr-defined]
    return other


def take_back(
    added: dict[str, Any], given: dict[str, Any], level: int, name: str, *, timed: bool = True
) -> dict[str, Any]:
    """Take out of the fields what processors have added and the line says by itself.

    Args:
        added: The fields after the processors; they are changed.
        given: What the processors were given.
        level: The line's level.
        name: The logger's name.
        timed: Whether the line has a timestamp.

    Returns:
        The parameters of the call that come of it: `stack_info`, `exc_info` and
        `rendered_exception`.
    """
    found: dict[str, Any] = {}
    for key, text in (("level", LEVEL_NAMES[level]), ("logger", name)):
        if _is_new(key, added, given) and isinstance(added[key], str) and added[key] == text:
            del added[key]
    if timed and _is_new("timestamp", added, given) and _is_moment(added["timestamp"]):
        del added["timestamp"]
    if _is_new("stack", added, given) and isinstance(added["stack"], str):
        found["stack_info"] = added.pop("stack")
    if _is_new("exception", added, given) and not added.get("exc_info"):
        rendered = added.pop("exception")
        if isinstance(rendered, str):
            found["rendered_exception"] = rendered
        else:  # structlog's dict_tracebacks: the line's own exception has a structure, too
            found["exc_info"] = given.get("exc_info")
    return found


def _is_new(key: str, added: dict[str, Any], given: dict[str, Any]) -> bool:
    return key in added and added[key] is not given.get(key, _NOTHING)


def _is_moment(value: object) -> bool:
    """Say whether a value is a time as `TimeStamper` writes it: ISO 8601, or seconds."""
    if isinstance(value, float):
        return True
    try:
        return isinstance(value, str) and "T" in value and bool(datetime.fromisoformat(value))
    except ValueError:
        return False
