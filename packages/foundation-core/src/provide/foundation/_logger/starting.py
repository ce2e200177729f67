"""What starts Foundation with the first line, and the names of the level methods."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from provide.foundation.levels import CRITICAL, DEBUG, ERROR, INFO, METHODS, TRACE, WARNING

#: The names under which a lane's methods stand on the class.
METHOD_NAMES = {
    TRACE: ("trace",),
    DEBUG: ("debug",),
    INFO: ("info",),
    WARNING: ("warning", "warn"),
    ERROR: ("error",),
    CRITICAL: ("critical", "fatal"),
}
#: By level, the method of a process in which nothing is set up; `logger.py` fills it.
UNSTARTED: dict[int, Callable[..., None]] = {}


def load() -> None:
    """Import what starts Foundation, and start it.

    Whoever comes by `provide.foundation` has it already. A logger that was unpickled, or imported
    from this module, has nothing but this; by name, because the set-up stands below this module.
    """
    import_module("provide.foundation._runtime.setup")
    if _starter is not load:  # else: this thread is in the midst of that import
        start()


_starter: Callable[[], None] | None = load
_understudy: Callable[..., None] | None = None


def is_loaded() -> bool:
    """Say whether what starts Foundation has been imported."""
    return _starter is not load


def set_starter(starter: Callable[[], None] | None) -> None:
    """Say what starts Foundation at the first line; `None`: it is started."""
    global _starter
    _starter = starter


def set_understudy(understudy: Callable[..., None]) -> None:
    """Say what writes a line for which there is no lane yet, because its own thread makes one."""
    global _understudy
    _understudy = understudy


def start() -> None:
    """Start Foundation with what the environment says, unless it is started."""
    if _starter is not None:
        _starter()


def add_parameters(
    fields: dict[str, object], exc_info: object, stack_info: object, stacklevel: object
) -> None:
    """Add the parameters of a call to its fields, those that differ from what each call has."""
    if exc_info is not None:
        fields["exc_info"] = exc_info
    if stack_info is not False:
        fields["stack_info"] = stack_info
    if type(stacklevel) is not int or stacklevel != 1:
        fields["stacklevel"] = stacklevel


def start_and_write(
    logger: Any,
    level: int,
    event: object,
    args: tuple[object, ...],
    fields: dict[str, object],
    exc_info: object,
    stack_info: object,
    stacklevel: object,
) -> None:
    """Start Foundation, and give the call to the method that is there then."""
    add_parameters(fields, exc_info, stack_info, stacklevel)
    start()
    method = METHODS[level]
    if method is not UNSTARTED[level]:
        method(logger, event, *args, **fields)
    elif _understudy is not None:  # this thread is in the midst of a start, or a reset
        _understudy(logger, level, event, args, fields)
