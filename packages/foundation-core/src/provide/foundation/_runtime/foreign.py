"""Lines that were logged through another library's API, and how they come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._process.interrupts import accounts
from provide.foundation._runtime.startup import start, write_meanwhile
from provide.foundation._runtime.state import STATE
from provide.foundation.levels import METHODS, TABLE

if TYPE_CHECKING:
    from provide.foundation._logger.logger import NamedLogger
    from provide.foundation._pipeline.pipeline import Pipeline


def emit_foreign(
    level: int,
    name: str,
    event: object,
    fields: dict[str, Any],
    *,
    args: tuple[Any, ...] = (),
    seconds: float | None = None,
    callsite: dict[str, Any] | None = None,
) -> None:
    """Take a line that was logged through another library's API.

    Args:
        level: A number of `levels.LEVELS`.
        name: The logger's name.
        event: The event.
        fields: The fields, `exc_info` and `stack_info` among them.
        args: What is put into the event with %.
        seconds: When it was logged; None means now.
        callsite: Where it was logged.
    """
    # A set-up that stops an extension waits for a thread of it, which may be logging here: once
    # there is a pipeline, nothing waits for the set-up's lock.
    if STATE.pipeline is None:
        start()
    current = STATE.pipeline
    site = TABLE.site(name)
    if STATE.take_foreign is not None:

        def write(to: Pipeline) -> None:
            _write(to, level, site, event, args, fields, seconds, callsite)

        if STATE.take_foreign(level, site, write):
            return
    if site._threshold > level:
        return
    if current is None:  # this thread's set-up is not that far yet
        write_meanwhile(site, level, event, args, fields)
        return
    if current.sampling is not None and not current.sampling.passes(level, site, event):
        return
    if COUNTERS.lane != "processor":
        COUNTERS.fall_back("record")
    _write(current, level, site, event, args, fields, seconds, callsite)


@accounts
def _write(
    current: Pipeline,
    level: int,
    site: NamedLogger,
    event: object,
    args: tuple[Any, ...],
    fields: dict[str, Any],
    seconds: float | None,
    callsite: dict[str, Any] | None,
) -> None:
    try:
        wanted = callsite if current.callsite else None
        current.write(level, site, event, args, fields, seconds=seconds, callsite=wanted)
    except Exception as error:  # a log call never raises; the loss is counted
        current.drop_or_raise(level, error, site)


def call_plainly(level: int, name: str, event: str, fields: dict[str, Any], message: str) -> bool:
    """Make a line of another library's API by the level method of its logger, as ours are made.

    Args:
        level: A number of `levels.LEVELS`.
        name: The logger's name.
        event: The event.
        fields: The fields; none of them is a parameter of the call.
        message: The event without the arguments that have been put into it.

    Returns:
        Whether it has been done. It has not where nothing is set up, nor where lines have a call
        site, which the record knows; nor where lines are sampled, by messages without arguments.
    """
    current = STATE.pipeline
    if current is None or current.callsite:
        return False
    if message is not event and current.sampling is not None:
        return False
    METHODS[level](TABLE.sites.get(name) or TABLE.site(name), event, **fields)
    return True


def refuse_foreign(level: int, name: str, reason: str) -> None:
    """Count a line of another library's API that is not to be written, and would have been.

    Args:
        level: A number of `levels.LEVELS`.
        name: The logger's name.
        reason: Why.
    """
    current = STATE.pipeline
    if current is not None and TABLE.site(name)._threshold <= level:
        current.drop(level, reason, name=name)
