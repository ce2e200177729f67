"""What happens to one log call: the processor lane, which walks the steps for every call.

`_pipeline/steps.py` lists the steps; `Pipeline.write` and `Pipeline.finish` do them in that order.
The fast lanes fuse the same steps for the common call and hand whatever is rare to
`Pipeline.emit`. A lane is a set of level methods for `Logger`, made once per configuration.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._output.output import Output
from provide.foundation._pipeline.callsite import find_callsite, render_stack
from provide.foundation._pipeline.delivery import Delivery
from provide.foundation._pipeline.enrichment import (
    add_emoji,
    add_trace_fields,
    export,
    join_prefixes,
)
from provide.foundation._pipeline.fields import (
    SCALARS,
    merge_fields,
    normalise_exc_info,
    redact,
    take_call_parameters,
)
from provide.foundation._pipeline.message import format_event
from provide.foundation._pipeline.processors import DROPPED, Processor, run_processors, see_callers
from provide.foundation._pipeline.superseded import send_on
from provide.foundation._process.interrupts import accounts, let_through
from provide.foundation._record.exceptions import KEYS, Fold, measured_exception
from provide.foundation._record.record import NO_CONSTANTS, Record
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._record.values import DEFAULT_LIMITS, LAZIES, RENDERING, Limits
from provide.foundation.context import CURRENT, context_fields
from provide.foundation.extension import EmojiPrefix, Exporter, TraceFields
from provide.foundation.levels import LEVELS, adopt, named

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger
    from provide.foundation._redaction.hiding import Hiding

LevelMethod = Callable[..., None]
StackTrace = Callable[[BaseException, Mapping[str, Any]], str]

_STRINGS = frozenset({str})


class Pipeline(Delivery):
    """Carry a configuration, compiled: what every step needs, and the outputs.

    Args:
        outputs: Where lines go.
        constants: What every line has alike, in order, as `gather_constants` returns it.
        processors: structlog-style processors.
        policy: Which keys are reserved and which are secret.
        limits: How deep, long and wide a value may be rendered.
        max_line_bytes: A longer line is replaced by one that says how long it was.
        timestamps: Whether lines carry the time.
        callsite: Whether lines carry file, line and function of the call.
        emoji_prefixes: Functions that give the emoji of a line.
        emoji_fields: The names of all fields that they look at; `None`: that is not known.
        trace_fields: Functions that give encoded fields, such as trace ids.
        exporters: Functions that take every record beside the outputs.
        stack_trace: Makes the text of a traceback, where an output wants it.
        fold: Puts one entry in place of a run of an exception's frames.
        hiding: What hides more than the values of secret keys, or hides them otherwise.
    """

    def __init__(
        self,
        outputs: Sequence[Output],
        *,
        policy: KeyPolicy,
        constants: Mapping[str, Any] = NO_CONSTANTS,
        processors: Sequence[Processor] = (),
        limits: Limits = DEFAULT_LIMITS,
        max_line_bytes: int = 8 * 1024 * 1024,
        timestamps: bool = True,
        callsite: bool = False,
        emoji_prefixes: Sequence[EmojiPrefix] = (),
        emoji_fields: frozenset[str] | None = None,
        trace_fields: Sequence[TraceFields] = (),
        exporters: Sequence[Exporter] = (),
        stack_trace: StackTrace | None = None,
        fold: Fold | None = None,
        hiding: Hiding | None = None,
    ) -> None:
        super().__init__(outputs, constants, max_line_bytes=max_line_bytes, timestamps=timestamps)
        self.processors = see_callers(processors)
        self.policy = policy
        #: Whether no key of an exception's description is secret.
        self.shows_exceptions = not any(map(policy.is_secret, KEYS))
        self.hiding = hiding
        self.limits = limits if hiding is None else hiding.spelling
        self.callsite = callsite
        shown = any(each.shows_emoji for each in self.outputs)
        self.emoji_prefixes = tuple(emoji_prefixes) if shown else ()
        self.emoji_prefix = join_prefixes(self.emoji_prefixes)
        self.emoji_fields = emoji_fields
        self.trace_fields = tuple(trace_fields)
        self.exporters = tuple(exporters)
        self.stack_trace = stack_trace
        self.fold = fold
        # For each level, what the fast lane writes with, where it may do so after processors.
        self.writers: Mapping[int, LevelMethod] = {}
        self.superseded = False

    @accounts
    def emit(
        self, logger: Logger, level: int, event: object, args: tuple[Any, ...], fields: Any
    ) -> None:
        """Take one call from a level method; whatever happens, no `Exception` leaves here."""
        if self.superseded:  # a level method that was kept from before the latest set-up
            self.send_on(logger, level, event, args, fields)
            return
        try:
            self.write(level, logger, event, args, fields)
        except Exception as error:  # a log call never raises; the loss is counted
            self.drop_or_raise(level, error, logger)

    def send_on(
        self, logger: Logger, level: int, event: object, args: tuple[Any, ...], fields: Any
    ) -> None:
        """Give a call to a superseded method to the one that writes at present."""
        send_on(self.drop, logger, level, event, args, fields)

    def write(
        self,
        level: int,
        logger: Logger,
        event: object,
        args: tuple[Any, ...],
        fields: dict[str, Any],
        *,
        seconds: float | None = None,
        callsite: Mapping[str, Any] | None = None,
    ) -> None:
        """Walk the steps for one line; `finish` has those from the fifth one on.

        Args:
            level: A number of `levels.LEVELS`.
            logger: Whose name and bound fields the line has.
            event: The event; anything but a string is turned into one.
            args: Positional arguments for the event.
            fields: The call's own fields; the mapping is used up.
            seconds: The time of the line, for lines that were made elsewhere.
            callsite: Where it was made, likewise.
        """
        around = context_fields()
        if around and RENDERING.encoder is not None:
            # What a value logs while it is rendered has of the context what is cheap to render.
            around = {key: value for key, value in around.items() if type(value) in SCALARS}
        # step 1: merge_fields
        merged = merge_fields(around, logger._bound, fields)
        # step 2: take_call_parameters
        parameters = take_call_parameters(merged)
        # step 3: format_event
        text = format_event(event, args, merged, self.limits, self.policy.is_secret, fields)
        made = None
        # step 4: run_processors
        if self.processors:
            result = run_processors(self, level, logger, text, merged, parameters)
            if result is DROPPED:
                self.drop(level, "drop_event", name=logger._site._name)
                return
            text, merged, made = result
            # What the processors leave may be written by the fast lane, whose `emit` is `finish`.
            # It would add the context a second time, so there must be none.
            if not (made or parameters or seconds or callsite) and CURRENT.get() is None:
                writer = self.writers.get(level)
                if writer is not None and _STRINGS.issuperset(map(type, merged)):
                    return writer(logger._site, text, **merged)
        self.finish(
            logger, level, text, (), merged, parameters, made, seconds=seconds, callsite=callsite
        )

    def finish(
        self,
        logger: Logger,
        level: int,
        text: str,
        args: tuple[Any, ...],
        merged: dict[str, Any],
        parameters: dict[str, Any] | None = None,
        made: bytes | None = None,
        *,
        seconds: float | None = None,
        callsite: Mapping[str, Any] | None = None,
    ) -> None:
        """Walk the steps from the fifth one on.

        Args:
            logger: Whose name the line has.
            level: A number of `levels.LEVELS`.
            text: The event.
            args: Nothing; it is there because the fast lane calls this in place of `emit`.
            merged: All fields.
            parameters: The parameters of the call.
            made: The line, if a processor has rendered it.
            seconds: The time of the line, for lines that were made elsewhere.
            callsite: Where it was made, likewise.
        """
        parameters = parameters or {}
        # step 5: redact
        fields: Any = redact(merged, self.policy)
        if LAZIES.force is not None:
            fields, parameters = self.compute(level, logger, text, fields, parameters)
        hiding = self.hiding
        if hiding is not None:
            text, fields = hiding.hide(text, fields)
            made = made and hiding.hide_made(made)
        record = Record(level, logger._site._name, text, fields)
        record.settled = True
        record.constants = self.constants
        if self.timestamps:
            record.seconds = time.time() if seconds is None else seconds
        # step 6: add_emoji
        if self.emoji_prefix is not None:
            add_emoji(record, self.emoji_prefix)
        # step 7: describe
        if parameters or callsite is not None or self.callsite:
            record.__dict__.update(self.describe(parameters, callsite))
        # step 8: add_trace_fields
        if self.trace_fields:
            add_trace_fields(record, self.trace_fields)
        # step 9: render
        # step 10: write, output by output
        self.deliver(record, made)
        # step 11: export
        if self.exporters:
            try:
                rules = (self.limits, self.policy.is_secret) if hiding is None else hiding.exported
                export(record, self.exporters, *rules)
            except Exception:  # never silent: the line is written, and must not be dropped as well
                let_through()
                COUNTERS.fault("exporter")

    def describe(
        self, parameters: Mapping[str, Any], callsite: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Return exception, stack and call site, as far as there are any, as parts of a record.

        Args:
            parameters: The parameters of the call; as `described`, what this has returned already;
                as `takers`, the outputs that write the line, if they have been asked.
            callsite: Where a line was made that was made elsewhere.
        """
        parts: dict[str, Any] = {}
        if parameters:
            if "takers" in parameters:
                parts["takers"] = parameters["takers"]
            if (described := parameters.get("described")) is not None:
                return {**parts, **described}
            exc_info = normalise_exc_info(parameters.get("exc_info"))
            if exc_info is not None:
                parts["exc_info"] = exc_info
                limits = self.limits if self.hiding is None else self.hiding.describing
                parts["exception"], measured = measured_exception(
                    exc_info[1], limits, self.policy.is_secret, self.fold
                )
                if measured is not None and self.shows_exceptions:
                    parts["measured"] = measured
                if self.stack_trace is not None:
                    parts["stack_trace"] = self.stack_trace(exc_info[1], parts["exception"])
            elif "rendered_exception" in parameters:
                parts["exception"] = format_event(parameters["rendered_exception"], (), {})
            if parameters.get("stack_info"):
                parts["stack"] = render_stack(parameters)
            if self.hiding is not None:
                self.hiding.hide_details(parts)
        if callsite is not None:
            parts["callsite"] = callsite
        elif self.callsite:
            parts["callsite"] = find_callsite(parameters)
        return parts


def level_methods(pipeline: Pipeline) -> dict[int, LevelMethod]:
    """Return the processor lane: a method for each level that gives the call to `pipeline`."""
    emit = pipeline.emit

    def method_for(level: int) -> LevelMethod:
        @named(level)
        def log(self: Logger, event: object, /, *args: object, **fields: object) -> None:
            try:
                if self._site._threshold > level:
                    return
            except AttributeError:  # nothing has initialised it
                if adopt(self) > level:
                    return
            emit(self, level, event, args, fields)

        return log

    return {level: method_for(level) for level in LEVELS}
