"""One log record between the pipeline and the renderers.

A `Record` is what every renderer and every sink of records gets: all steps of the pipeline have
run, the values in `fields` are still the caller's own objects.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

#: Of a record that has none; nobody changes it.
NO_CONSTANTS: Mapping[str, Any] = {}


class Record:
    """Hold the parts of one record, in the order in which `schema.py` has them.

    What a record does not have stays at the class's default, and costs nothing.

    Args:
        level: A number of `levels.LEVELS`.
        logger: The logger's name.
        event: The event.
        fields: Bound, context and call fields, renamed and redacted already.
        seconds: Seconds since the epoch; None for a line without a timestamp.
        constants: What every record of a configuration has alike, such as the service's name, in
            order: `schema.CONSTANTS`, then the configuration's own fields; plain data.
        emoji: A text, or "" for none.
        trace: `trace_id`, `span_id`, `trace_flags`.
        exception: type, message, frames, cause, context, exceptions; or a text.
        stack_trace: The exception as the text of a traceback, where an output wants it.
        measured: Of an exception that is plain data within all limits, without a secret key: the
            most bytes of its texts, and how many values it has.
        stack: The stack's text.
        callsite: file, line, function.
        exc_info: The exception itself, for outputs that are stdlib handlers.
    """

    seconds: float | None = None
    constants: Mapping[str, Any] = NO_CONSTANTS
    emoji: str = ""
    trace: Mapping[str, str] | None = None
    exception: Mapping[str, Any] | str | None = None
    stack_trace: str | None = None
    measured: tuple[int, int] | None = None
    stack: str | None = None
    callsite: Mapping[str, Any] | None = None
    exc_info: tuple[Any, Any, Any] | None = None
    #: Whether the keys of `fields` have been looked at: none is reserved, and secrets are masked.
    settled: bool = False
    #: The outputs that write it, where they have been asked; `None`: they have not.
    takers: Collection[object] | None = None

    def __init__(
        self,
        level: int,
        logger: str,
        event: str,
        fields: Mapping[str, Any],
        **parts: Any,
    ) -> None:
        self.level = level
        self.logger = logger
        self.event = event
        self.fields = fields
        if parts:
            self.__dict__.update(parts)
