"""What asks for each call of some levels which blocks are open in its context.

It stands around the methods of two kinds of levels, from the first block of the process on: of
those below the default level, and of those that have kept lines written. Between them, methods are
the lane's own. So a logger that has been given a level above the default keeps it in each block:
else lines at INFO of all loggers would pass a gate, which doubles the time of a native one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._logger.gates import exchange
from provide.foundation._logger.logger import Logger
from provide.foundation._logger.methods import STAYING, describe
from provide.foundation._logger.starting import start
from provide.foundation._pipeline.pipeline import Pipeline
from provide.foundation._process.interrupts import (
    INTERRUPTED,
    comes_from_handler,
    is_accounted_for,
    let_through,
    raise_accounted,
)
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
                try:
                    if current() is not None and _take(self, level, event, args, fields):
                        return
                except Exception as error:  # a log call never raises: there is no block
                    _go_on(error, level, self)
                method(self, event, *args, **fields)

            return log

        @named(level)
        def log_below(self: Logger, event: object, /, *args: object, **fields: object) -> None:
            try:
                passes = self._site._threshold <= level
            except AttributeError:  # nothing has initialised it
                passes = adopt(self) <= level
            if passes:
                return method(self, event, *args, **fields)
            try:
                if current() is not None:
                    _take(self, level, event, args, fields)
            except Exception as error:  # a log call never raises: there is no block
                _go_on(error, level, self)

        return log_below


_gate = ScopeGate(ERROR)
#: The same once the methods of loggers have it.
_present: ScopeGate | None = None


def put_in_place(flush_from: int) -> None:
    """Have the gate stand around the methods of loggers, for blocks that flush from a level on."""
    global _present
    present = _present
    if present is None or flush_from < present.flush_from or present not in STAYING:
        TABLE.renew(partial(_widen, flush_from))
        _present = _gate
        STATE.take_foreign = take
        if Logger.get_effective_level is not _get_effective_level:  # `is_enabled_for` asks it, too
            describe(_get_effective_level, Logger.get_effective_level)
            for name in ("get_effective_level", "getEffectiveLevel"):
                setattr(Logger, name, _get_effective_level)


def _widen(flush_from: int) -> None:
    # All in one turn: two threads may ask for it, and no open block is ever without a gate.
    global _gate
    older = _gate if _gate in STAYING else None
    if older is None or flush_from < older.flush_from:
        _gate = ScopeGate(min(flush_from, ERROR))
    exchange(_gate, None if older is _gate else older)


def take(level: int, site: LoggerState, emit: Emit) -> bool:
    """Decide about a line, with the blocks of the present context.

    Args:
        level: The level of the line.
        site: What all loggers of its name share.
        emit: Gives it to a pipeline that writes it, or keeps it.

    Returns:
        Whether that is all; `False`: it is written as if there were no block.
    """
    lost = "any"  # what it takes to lose the line
    try:
        scope = CURRENT.get()
        buffer = innermost(Buffer, scope)
        flushing = buffer if buffer is not None and level >= buffer.flush_at else None
        if site._threshold <= level:
            _flush(flushing)
            return False
        if _is_quiet(site) or (current := _pipeline()) is None:
            return True
        override = innermost(Override, scope)
        is_shown = override is not None and level >= override.level
        if is_shown:
            _flush(flushing)
        elif buffer is not None and level >= buffer.level:
            current = keeping(current)
        else:
            return True
        if COUNTERS.lane != "processor":
            COUNTERS.fall_back("scope")
        lost = "uncounted"
        emit(current)
        lost = ""
        if not is_shown:
            _flush(flushing)
        return True
    except Exception as error:  # a log call never raises: without a decision there is no block
        try:
            _fail(error, level, site, lost)
        except RecursionError:  # no stack to say so
            return site._threshold > level
        return site._threshold > level


def _flush(buffer: Buffer | None) -> None:
    """Write what a block keeps, if it is one that does so now: its own line is not lost for it."""
    if buffer is not None:
        try:
            buffer.flush()
        except Exception:  # a log call never raises
            let_through()
            COUNTERS.fault("scope")


def _fail(error: Exception, level: int, site: LoggerState, lost: str) -> None:
    """Count what has gone wrong; what a signal handler has raised goes on, with its line counted.

    Args:
        error: What was raised.
        level: The level of the line.
        site: Its logger.
        lost: By what the line is lost: by any error, by none (""), or by an "uncounted" one.
    """
    comes = comes_from_handler(error)
    if not comes:
        COUNTERS.fault("scope")
    # The level method goes on, if it is one of our own, with a line that its logger writes.
    goes_on = not comes and site._threshold <= level
    if lost and not goes_on and _lowest(site) <= level:
        current = STATE.pipeline
        if current is not None and (lost == "any" or not is_accounted_for(error)):
            current.drop(level, INTERRUPTED if comes else "internal", name=site._name)
    if comes:
        raise_accounted(error)


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


def _go_on(error: Exception, level: int, logger: Logger) -> None:
    """Count a call that came to no decision; what a signal handler has raised goes on."""
    try:
        if comes_from_handler(error):
            site, current = logger._site, STATE.pipeline
            if current is not None and _lowest(site) <= level and not is_accounted_for(error):
                current.drop(level, INTERRUPTED, name=site._name)
            raise error
        COUNTERS.fault("scope")
    except RecursionError:  # no stack to say so
        return


def _is_quiet(site: LoggerState) -> bool:
    """Say whether a logger keeps its level in each block: it is off, or above the default."""
    modules, default = TABLE.modules, TABLE.default
    return site._threshold == OFF or find_level(modules, site._name, default) > default


def _pipeline() -> Pipeline | None:
    start()
    return STATE.pipeline


def _get_effective_level(self: Logger) -> int:
    start()
    return _lowest(self._site)


def _lowest(site: LoggerState) -> int:
    """Return the lowest level of a logger's lines that are written, or kept, in this context."""
    threshold = site._threshold
    scope = CURRENT.get()
    if scope is None or _is_quiet(site):
        return threshold
    blocks = innermost(Override, scope), innermost(Buffer, scope)
    return min([threshold, *[each.level for each in blocks if each is not None]])
