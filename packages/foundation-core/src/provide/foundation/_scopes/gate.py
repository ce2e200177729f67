"""What asks for each call of some levels which blocks are open in its context.

It stands around the methods of two kinds of levels, from the first block of the process on: of
those below the default level, and of those that have kept lines written. Between them, methods are
the lane's own. So a logger that has been given a level above the default keeps it in each block:
else lines at INFO of all loggers would pass a gate, which doubles the time of a native one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._logger.gates import leave, stay
from provide.foundation._logger.logger import Logger
from provide.foundation._logger.methods import STAYING, describe
from provide.foundation._logger.starting import start
from provide.foundation._pipeline.pipeline import Pipeline
from provide.foundation._process.interrupts import accounts
from provide.foundation._runtime.state import STATE
from provide.foundation._scopes.buffer import Buffer
from provide.foundation._scopes.keeping import keeping
from provide.foundation._scopes.scope import CURRENT, Override, innermost
from provide.foundation.levels import (
    ERROR,
    OFF,
    TABLE,
    adopt,
    find_level,
    named,
)

if TYPE_CHECKING:
    from provide.foundation._logger.methods import Gate
    from provide.foundation._logger.state import LoggerState

Method = Callable[..., None]
#: Gives a line to a pipeline.
Emit = Callable[[Pipeline], None]


class ScopeGate:
    """Be the gate.

    Args:
        flush_from: The lowest level before whose lines any block writes what it keeps.
    """

    def __init__(self, flush_from: int) -> None:
        self.flush_from = flush_from

    def wraps(self, level: int, lowest: int) -> bool:
        """Say whether calls of a level have to be decided about.

        Args:
            level: The level.
            lowest: The lowest one that any logger writes.
        """
        return level < TABLE.default or level >= self.flush_from

    def make(self, level: int, method: Method) -> Method:
        """Return the function of a level."""
        current = CURRENT.get
        if level >= self.flush_from:

            @named(level)
            def log(self: Logger, event: object, /, *args: object, **fields: object) -> None:
                if current() is None or not _take(self, level, event, args, fields):
                    method(self, event, *args, **fields)

            return log

        @named(level)
        def log_below(self: Logger, event: object, /, *args: object, **fields: object) -> None:
            try:
                passes = self._site._threshold <= level
            except AttributeError:  # nothing has initialised it
                passes = adopt(self) <= level
            if passes:
                method(self, event, *args, **fields)
            elif current() is not None:
                _take(self, level, event, args, fields)

        return log_below


_gate: Gate = ScopeGate(ERROR)


def put_in_place(flush_from: int) -> None:
    """Have the gate stand around the methods of loggers, for blocks that flush from a level on."""
    global _gate
    present: Any = _gate
    if flush_from < present.flush_from:
        leave(_gate)
        _gate = ScopeGate(flush_from)
    if _gate not in STAYING:
        stay(_gate)
        STATE.take_foreign = take
        if Logger.get_effective_level is not _get_effective_level:  # `is_enabled_for` asks it, too
            describe(_get_effective_level, Logger.get_effective_level)
            for name in ("get_effective_level", "getEffectiveLevel"):
                setattr(Logger, name, _get_effective_level)


@accounts
def take(level: int, site: LoggerState, emit: Emit) -> bool:
    """Decide about a line, with the blocks of the present context.

    Args:
        level: The level of the line.
        site: What all loggers of its name share.
        emit: Gives it to a pipeline that writes it, or keeps it.

    Returns:
        Whether that is all; `False`: it is written as if there were no block.
    """
    scope = CURRENT.get()
    buffer = innermost(Buffer, scope)
    flushes = buffer is not None and level >= buffer.flush_at
    if site._threshold <= level:
        if flushes and buffer is not None:
            buffer.flush()
        return False
    if _is_quiet(site) or (current := _pipeline()) is None:
        return True
    override = innermost(Override, scope)
    if override is not None and level >= override.level:
        if flushes and buffer is not None:
            buffer.flush()
        if COUNTERS.lane != "processor":
            COUNTERS.fall_back("scope")
        emit(current)
    elif buffer is not None and level >= buffer.level:
        if COUNTERS.lane != "processor":
            COUNTERS.fall_back("scope")
        emit(keeping(current))
        if flushes:
            buffer.flush()
    return True


def _take(
    logger: Logger,
    level: int,
    event: object,
    args: tuple[object, ...],
    fields: dict[str, Any],
) -> bool:
    try:
        site = logger._site
    except AttributeError:  # nothing has initialised it
        adopt(logger)
        site = logger._site
    return take(level, site, lambda to: to.emit(logger, level, event, args, fields))


def _is_quiet(site: LoggerState) -> bool:
    """Say whether a logger keeps its level in each block: it is off, or above the default."""
    modules, default = TABLE.modules, TABLE.default
    return site._threshold == OFF or find_level(modules, site._name, default) > default


def _pipeline() -> Pipeline | None:
    start()
    return STATE.pipeline


def _get_effective_level(self: Logger) -> int:
    start()
    threshold = self._site._threshold
    scope = CURRENT.get()
    if scope is None or _is_quiet(self._site):
        return threshold
    blocks = innermost(Override, scope), innermost(Buffer, scope)
    return min([threshold, *[each.level for each in blocks if each is not None]])
