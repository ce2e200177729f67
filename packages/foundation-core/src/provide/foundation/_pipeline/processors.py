"""The user's processors, and structlog's own among them: what these look for, what they add.

structlog itself is not imported: its processors are known by what they hold.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._pipeline.fields import CALL_PARAMETERS, redact, take_call_parameters
from provide.foundation._pipeline.message import format_event
from provide.foundation._process.interrupts import comes_from_handler
from provide.foundation._record.escaping import escape_json
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._record.values import Limits, plain
from provide.foundation.levels import LEVEL_NAMES

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger

Processor = Callable[[Any, str, Any], Any]

#: What `take_back` looks at.
ADDED_KEYS = frozenset({"level", "logger", "timestamp", "stack", "exception"})
#: Modules whose frames are never the caller, for processors that look for it.
_NOT_THE_CALLER = ("provide.foundation", "logging", "warnings")
# What leaves the fields behind the processors.
_TAKEN_KEYS = CALL_PARAMETERS | ADDED_KEYS
#: Says that the line is not to be written.
DROPPED = object()
#: Stands for what a mapping does not have.
_NOTHING = object()


if TYPE_CHECKING:

    class Compiled(Protocol):
        """Have what `run_processors` needs of a configuration, as a pipeline has."""

        processors: tuple[Processor, ...]
        policy: KeyPolicy
        limits: Limits
        timestamps: bool


def run_processors(
    pipeline: Compiled,
    level: int,
    logger: Logger,
    event: str,
    fields: dict[str, Any],
    parameters: dict[str, Any],
) -> Any:
    """Run the user's processors; one that raises is passed over and counted.

    Args:
        pipeline: The configuration, compiled.
        level: The line's level.
        logger: The first argument of processors; its name is the line's.
        event: The event.
        fields: All fields.
        parameters: The parameters of the call; they are changed.

    Returns:
        The event, the fields, and the finished line of a processor that renders (or None);
        `DROPPED` where one raised `structlog.DropEvent`.
    """
    if "event" in fields:
        fields = redact(fields, pipeline.policy)
    given = {**fields, **parameters, "event": event}
    current: Any = given
    made: bytes | None = None
    name = LEVEL_NAMES[level]
    for processor in pipeline.processors:
        try:
            # A copy: one that raises half-way has changed nothing. A dict's own is the fastest.
            result = processor(
                logger, name, current.copy() if type(current) is dict else dict(current)
            )
        except BaseException as error:  # structlog.DropEvent is no Exception
            if _is_drop_event(error):
                return DROPPED
            # `Never raises` ends here: an interrupt passes.
            if not isinstance(error, Exception) or comes_from_handler(error):
                raise
            COUNTERS.fault("processor")
            _say_processor_failed(processor, error)
            continue
        if type(result) is dict:
            current = result
        elif isinstance(result, str | bytes | bytearray):
            made = _finish_made_line(result)
            break
        elif isinstance(result, Mapping):
            current = result
        else:
            COUNTERS.fault("processor")
            _say_processor_failed(processor, TypeError(f"returned {type(result).__name__}"))
    merged = current.copy() if type(current) is dict else dict(current)
    # EventRenamer puts the event under another key as well.
    event = merged.pop("event", event)
    if type(event) is not str:
        event = format_event(event, (), merged, pipeline.limits, pipeline.policy.is_secret)
    parameters.clear()
    if not _TAKEN_KEYS.isdisjoint(merged):  # one look for both: mostly there is none of them
        found = take_back(merged, given, level, logger.name, timed=pipeline.timestamps)
        parameters.update(take_call_parameters(merged))
        parameters.update(found)
    return event, merged, made


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


def _finish_made_line(made: str | bytes | bytearray) -> bytes:
    """Escape what a rendering processor made, and end it."""
    data = made.encode("utf-8", "backslashreplace") if isinstance(made, str) else bytes(made)
    return escape_json(data.rstrip(b"\r\n")) + b"\n"


def _is_drop_event(error: BaseException) -> bool:
    # By name: structlog is imported only by those who use it.
    return any(
        kind.__name__ == "DropEvent" and kind.__module__.startswith("structlog")
        for kind in type(error).__mro__
    )


def _say_processor_failed(processor: Processor, error: Exception) -> None:
    name = getattr(processor, "__qualname__", type(processor).__name__)
    DIAGNOSTICS.report(
        f"processor:{name}",
        "processor failed and was passed over",
        {"processor": name, "error": plain(error)},
    )
