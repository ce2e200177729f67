"""What happens to one log call: the processor lane, which walks the steps for every call.

`_pipeline/steps.py` lists the steps; `Pipeline.write` and `Pipeline.finish` do them in that order.
The fast lanes fuse the same steps for the common call and hand whatever is rare to
`Pipeline.emit`. A lane is a set of level methods for `Logger`, made once per configuration.

It imports the renderers' inputs, the sinks and the context; it never imports a logger.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from orjson import dumps, loads

from provide.foundation._diagnostics.losses import drop_reason
from provide.foundation._diagnostics.reports import DIAGNOSTICS, LOGGER_NAME
from provide.foundation._diagnostics.stats import COUNTERS, LEVEL_INDEX, OWN_RECORD
from provide.foundation._output.handler import HandlerSink
from provide.foundation._output.output import Output
from provide.foundation._pipeline.processors import ADDED_KEYS, see_callers, take_back
from provide.foundation._process.forks import notice_fork
from provide.foundation._process.interrupts import (
    INTERRUPTED,
    accounts,
    comes_from_handler,
    is_accounted_for,
    let_through,
)
from provide.foundation._process.memory import RESERVE
from provide.foundation._record.escaping import escape_json
from provide.foundation._record.exceptions import describe_exception, normalise_exc_info
from provide.foundation._record.record import NO_CONSTANTS, Record
from provide.foundation._record.redaction import MASK, KeyPolicy
from provide.foundation._record.schema import CONSTANTS
from provide.foundation._record.values import (
    DEFAULT_LIMITS,
    RENDERING,
    Limits,
    plain,
    plain_fields,
    spell_argument,
    unprintable,
)
from provide.foundation.context import CURRENT, context_fields
from provide.foundation.extension import EmojiPrefix, Exporter, TraceFields
from provide.foundation.levels import LEVEL_NAMES, LEVELS, METHODS, WARNING, adopt, named

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger

Processor = Callable[[Any, str, Any], Any]
LevelMethod = Callable[..., None]

#: Modules whose frames are never the caller.
_OURS = ("provide.foundation",)
CALL_PARAMETERS = frozenset({"exc_info", "stack_info", "stacklevel"})
# What leaves the fields behind the processors.
_TAKEN_KEYS = CALL_PARAMETERS | ADDED_KEYS
_STRINGS = frozenset({str})
SCALARS = frozenset({str, int, float, bool, type(None)})
#: What a step returns where the line is not to be written.
_DROPPED = object()


class Pipeline:
    """Carry a configuration, compiled: what every step needs, and the outputs.

    Args:
        outputs: Where lines go.
        constants: What every line has alike: texts (or `None`, for none) by keys of the schema.
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
    """

    def __init__(
        self,
        outputs: Sequence[Output],
        *,
        policy: KeyPolicy,
        constants: Mapping[str, str | None] = NO_CONSTANTS,
        processors: Sequence[Processor] = (),
        limits: Limits = DEFAULT_LIMITS,
        max_line_bytes: int = 8 * 1024 * 1024,
        timestamps: bool = True,
        callsite: bool = False,
        emoji_prefixes: Sequence[EmojiPrefix] = (),
        emoji_fields: frozenset[str] | None = None,
        trace_fields: Sequence[TraceFields] = (),
        exporters: Sequence[Exporter] = (),
    ) -> None:
        self.outputs = tuple(outputs)
        # No enum, say, of which orjson would ask for the value.
        self.constants = {
            each.key: text if type(text) is str else str(plain(text))
            for each in CONSTANTS
            if (text := constants.get(each.key)) is not None
        }
        self.processors = see_callers(processors)
        self.policy = policy
        self.limits = limits
        self.max_line_bytes = max_line_bytes
        self.timestamps = timestamps
        self.callsite = callsite
        self.emoji_prefixes = (
            tuple(emoji_prefixes) if any(each.shows_emoji for each in self.outputs) else ()
        )
        self.emoji_prefix = _join_prefixes(self.emoji_prefixes)
        self.emoji_fields = emoji_fields
        self.trace_fields = tuple(trace_fields)
        self.exporters = tuple(exporters)
        # For each level, what the fast lane writes with, where it may do so after processors.
        self.writers: Mapping[int, LevelMethod] = {}
        self.superseded = False
        self._next_look = 0.0
        RESERVE.fill()

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
            self.drop_or_raise(level, error)

    def send_on(
        self, logger: Logger, level: int, event: object, args: tuple[Any, ...], fields: Any
    ) -> None:
        """Give a call that has come to a superseded method to the one that writes at present."""
        try:
            METHODS[level](logger, event, *args, **fields)
        except RecursionError as error:  # never raises: whatever leads back here is counted
            self.drop(level, "internal", error)

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
        text = format_event(event, args, merged, self.limits, self.policy.is_secret)
        made = None
        # step 4: run_processors
        if self.processors:
            result = self.run_processors(level, logger, text, merged, parameters)
            if result is _DROPPED:
                self.drop(level, "drop_event")
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
        fields = redact(merged, self.policy)
        record = Record(level, logger._site._name, text, fields)
        record.settled = True
        record.constants = self.constants
        if self.timestamps:
            record.seconds = time.time() if seconds is None else seconds
        # step 6: add_emoji
        if self.emoji_prefix is not None:
            self.add_emoji(record, self.emoji_prefix)
        # step 7: describe
        if parameters or callsite is not None or self.callsite:
            self.describe(record, parameters, callsite)
        # step 8: add_trace_fields
        if self.trace_fields:
            self.add_trace_fields(record)
        # step 9: render
        # step 10: write, output by output
        self.deliver(record, made)
        # step 11: export
        if self.exporters:
            try:
                self.export(record)
            except Exception:  # never silent: the line is written, and must not be dropped as well
                let_through()
                COUNTERS.fault("exporter")

    def run_processors(
        self,
        level: int,
        logger: Logger,
        event: str,
        fields: dict[str, Any],
        parameters: dict[str, Any],
    ) -> Any:
        """Run the user's processors; one that raises is passed over and counted.

        Returns:
            The event, the fields, and the finished line of a processor that renders (or None);
            `_DROPPED` where one raised `structlog.DropEvent`.
        """
        if "event" in fields:
            fields = redact(fields, self.policy)
        given = {**fields, **parameters, "event": event}
        current: Any = given
        made: bytes | None = None
        for processor in self.processors:
            try:
                result = processor(logger, LEVEL_NAMES[level], dict(current))
            except BaseException as error:  # structlog.DropEvent is no Exception
                if _is_drop_event(error):
                    return _DROPPED
                # `Never raises` ends here: an interrupt passes.
                if not isinstance(error, Exception) or comes_from_handler(error):
                    raise
                COUNTERS.fault("processor")
                _say_processor_failed(processor, error)
                continue
            if isinstance(result, str | bytes | bytearray):
                made = _finish_made_line(result)
                break
            if isinstance(result, Mapping):
                current = result
            else:
                COUNTERS.fault("processor")
                _say_processor_failed(processor, TypeError(f"returned {type(result).__name__}"))
        merged = dict(current)
        # EventRenamer puts the event under another key as well.
        event = merged.pop("event", event)
        if type(event) is not str:
            event = format_event(event, (), merged, self.limits, self.policy.is_secret)
        parameters.clear()
        if not _TAKEN_KEYS.isdisjoint(merged):  # one look for both: mostly there is none of them
            found = take_back(merged, given, level, logger.name, timed=self.timestamps)
            parameters.update(take_call_parameters(merged))
            parameters.update(found)
        return event, merged, made

    def add_emoji(self, record: Record, give: EmojiPrefix) -> None:
        """Ask the extensions for the emoji."""
        try:
            record.emoji = give(record.logger, record.event, record.fields)
        except Exception:  # a log call never raises: an extension must not cost the line
            let_through()
            COUNTERS.fault("emoji_prefix")

    def describe(
        self, record: Record, parameters: Mapping[str, Any], callsite: Mapping[str, Any] | None
    ) -> None:
        """Add exception, stack and call site."""
        if parameters:
            record.exc_info = normalise_exc_info(parameters.get("exc_info"))
            if record.exc_info is not None:
                record.exception = describe_exception(
                    record.exc_info[1], limits=self.limits, is_secret=self.policy.is_secret
                )
            elif "rendered_exception" in parameters:
                record.exception = format_event(parameters["rendered_exception"], (), {})
            if parameters.get("stack_info"):
                record.stack = _render_stack(parameters)
        if callsite is not None:
            record.callsite = callsite
        elif self.callsite:
            record.callsite = _find_callsite(_skip(parameters))

    def add_trace_fields(self, record: Record) -> None:
        """Add what the extensions give, such as trace ids."""
        for give in self.trace_fields:
            try:
                encoded = give()
                if encoded:
                    record.trace = {**(record.trace or {}), **decode_trace_fields(encoded)}
            except Exception:  # a log call never raises: an extension must not cost the line
                let_through()
                COUNTERS.fault("trace_fields")

    @accounts
    def deliver(self, record: Record, made: bytes | None = None) -> None:
        """Render the line once for each distinct format, and hand it to every output."""
        if time.monotonic() >= self._next_look:
            self.follow()
        index = LEVEL_INDEX[record.level]
        emoji = record.emoji
        rendered: dict[object, bytes] = {}
        interruption: Exception | None = None
        for output in self.outputs:
            if record.level < output.level:
                continue
            data = made
            try:
                if data is None and rendered:
                    data = rendered.get(output.format_key)
                if data is None:
                    record.emoji = emoji if output.shows_emoji else ""
                    data = rendered[output.format_key] = self.render(output, record)
                if isinstance(output.sink, HandlerSink):
                    output.sink.deliver_line(index, record, data)
                else:
                    output.sink.deliver(index, data)
            except Exception as error:  # never raises, never silent: the line is lost, and counted
                if not comes_from_handler(error):
                    output.sink.counts.drop(reason_of(error), error)
                    continue
                if data is None:  # else the sink knows what became of it
                    output.sink.counts.drop(INTERRUPTED)
                interruption = error  # once the other outputs have the line, too
        if interruption is not None:
            raise interruption

    def export(self, record: Record) -> None:
        """Hand a line that has been delivered to every exporter."""
        members = dumps(record.trace)[1:-1] if record.trace else b""
        fields = plain_fields(record.fields, self.limits, self.policy.is_secret)
        seconds = time.time() if record.seconds is None else record.seconds
        details = {
            "exception": record.exception,
            "exc_info": record.exc_info,
            "stack": record.stack,
            "callsite": record.callsite,
        }
        rare = details if any(details.values()) else None
        for export in self.exporters:
            try:
                export(record.level, seconds, record.logger, record.event, fields, members, rare)
            except Exception:  # a log call never raises: an extension must not cost the call
                let_through()
                COUNTERS.fault("exporter")

    def render(self, output: Output, record: Record) -> bytes:
        """Render a line for one output; one over the limit says how long it was instead."""
        data = output.render(record)
        if len(data) > self.max_line_bytes:
            cut = Record(
                record.level,
                record.logger,
                record.event[:1000],
                {"truncated": f"<line of {len(data)} bytes>"},
                seconds=record.seconds,
                constants=record.constants,
                emoji=record.emoji,
                trace=record.trace,
            )
            data = output.render(cut)
        return data

    def follow(self) -> None:
        """Let every sink look whether it has been moved; both lanes ask once a second."""
        notice_fork()
        self._next_look = time.monotonic() + 1.0
        RESERVE.fill()
        for output in self.outputs:
            output.sink.follow()

    def drop_or_raise(self, level: int, error: Exception) -> None:
        """Count a line that an error has cost; what a signal handler has raised goes on."""
        if comes_from_handler(error):
            if not is_accounted_for(error):
                self.drop(level, INTERRUPTED)
            raise error
        self.drop(level, reason_of(error), error)

    def drop(self, level: int, reason: str, error: BaseException | None = None) -> None:
        """Count a line as dropped by every output that would have written it."""
        for output in self.outputs:
            if level >= output.level:
                output.sink.counts.drop(reason, error)
        if error is not None:
            try:
                DIAGNOSTICS.report(
                    "internal", "line could not be made", {"error": drop_reason(error)}
                )
            except RecursionError:  # the line is counted, and would be counted again
                return

    def report(self, level: int, event: str, fields: Mapping[str, Any], output: Output) -> None:
        """Write a record of Foundation's own to one output, uncounted steps left out."""
        record = Record(level, LOGGER_NAME, event, fields, constants=self.constants)
        if self.timestamps:
            record.seconds = time.time()
        output.sink.deliver(OWN_RECORD, output.render(record))

    def recovery_record(self, output: Output, lost: int) -> bytes:
        """Return the line that says, after a fault, how many lines were dropped."""
        record = Record(WARNING, LOGGER_NAME, "output recovered", {"dropped": lost})
        record.seconds = time.time() if self.timestamps else None
        return output.render(record)


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


def reason_of(error: Exception) -> str:
    """Return what a line is counted under that could not be made; for that there must be memory."""
    if isinstance(error, MemoryError):
        RESERVE.give_up()
        return "memoryerror"
    return "internal"


def _join_prefixes(prefixes: tuple[EmojiPrefix, ...]) -> EmojiPrefix | None:
    """Return what gives the emoji of all extensions; one that raises costs its own alone."""
    if len(prefixes) < 2:
        return prefixes[0] if prefixes else None

    def join_prefixes(logger_name: str, event: str, fields: Mapping[str, Any]) -> str:
        text = ""
        for prefix in prefixes:
            try:
                text += prefix(logger_name, event, fields)
            except Exception:  # a log call never raises: an extension must not cost the line
                let_through()
                COUNTERS.fault("emoji_prefix")
        return text

    return join_prefixes


def take_call_parameters(fields: dict[str, Any]) -> dict[str, Any]:
    """Take `exc_info`, `stack_info` and `stacklevel` out of the fields and return them."""
    if CALL_PARAMETERS.isdisjoint(fields):
        return {}
    return {key: fields.pop(key) for key in CALL_PARAMETERS if key in fields}


def format_event(
    event: object,
    args: tuple[Any, ...],
    fields: dict[str, Any],
    limits: Limits = DEFAULT_LIMITS,
    is_secret: Callable[[str], bool] | None = None,
) -> str:
    """Return the event as text; arguments that do not fit its % signs become the field `args`.

    Containers become text in their plain form: bounded, and with secret values masked.
    """
    if type(event) is str:
        text = event
    else:
        try:
            text = _spell_event(event, limits, is_secret)
        except Exception:  # a log call never raises: the object is the user's
            let_through()
            text = unprintable(event)
    if not args:
        return text
    outer = RENDERING.encoder
    try:
        # As in logging.LogRecord: one mapping fills %(name)s.
        single = args[0] if len(args) == 1 else None
        if isinstance(single, Mapping) and single and "%(" in text:
            fill: Any = _Spelled(single, limits, is_secret)
        else:
            fill = tuple([spell_argument(each, limits, is_secret) for each in args])
        RENDERING.encoder = args if outer is None else outer  # a `__str__` may log
        filled: str = text % fill
        return filled
    except Exception:  # a log call never raises: it stays visible instead
        let_through()
        fields.setdefault("args", list(args))
        return text
    finally:
        RENDERING.encoder = outer


class _Spelled:
    """Be a mapping for %(name)s, whose values go through the encoder as they are asked for."""

    def __init__(
        self, fields: Any, limits: Limits, is_secret: Callable[[str], bool] | None
    ) -> None:
        self._fields = fields
        self._limits = limits
        self._is_secret = is_secret
        self._outer = RENDERING.encoder

    def __getitem__(self, name: str) -> Any:
        if self._is_secret is not None and self._is_secret(name):
            return MASK
        value = self._fields[name]
        inner, RENDERING.encoder = RENDERING.encoder, self._outer
        try:
            return spell_argument(value, self._limits, self._is_secret)
        finally:
            RENDERING.encoder = inner


def _spell_event(event: object, limits: Limits, is_secret: Callable[[str], bool] | None) -> str:
    kind = type(event)
    if issubclass(kind, str):
        return str.__str__(event)
    if issubclass(kind, bytes):
        return bytes.decode(event, "utf-8", "backslashreplace")  # type: ignore[arg-type]
    form = spell_argument(event, limits, is_secret)
    if form is event and kind.__str__ is object.__str__:  # a record of nothing, a number
        form = plain(event, limits, is_secret)
    outer = RENDERING.encoder
    RENDERING.encoder = event if outer is None else outer  # it may log
    try:
        text: str = str.__str__(str(form))
        return text
    finally:
        RENDERING.encoder = outer


def merge_fields(
    context: Mapping[str, Any], bound: Mapping[str, Any], fields: dict[str, Any]
) -> dict[str, Any]:
    """Return all fields in the order bound, context, call; the call's values win, then bound."""
    if not context and not bound:
        return fields
    merged = {**bound, **context}
    merged.update(bound)
    for key, value in fields.items():
        merged.pop(key, None)  # the call's own fields come last in the line
        merged[key] = value
    return merged


def redact(fields: dict[str, Any], policy: KeyPolicy) -> dict[str, Any]:
    """Give reserved keys a new name and mask secret values."""
    if policy.are_safe(fields):
        return fields
    return policy.redact(fields)


def decode_trace_fields(encoded: bytes) -> dict[str, Any]:
    """Return the members that an extension gave.

    Raises:
        ValueError: They are no JSON.
    """
    return dict(loads(b"{" + encoded.strip(b",") + b"}"))


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


def _skip(parameters: Mapping[str, Any]) -> int:
    """Return how many callers to pass over: stdlib's `stacklevel`, where 1 is the caller."""
    level = parameters.get("stacklevel", 1)
    return max(level - 1, 0) if isinstance(level, int) else 0


def _caller(skip: int) -> Any:
    """Return the frame of the code that logged, or of one of its callers."""
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    while skip and frame.f_back is not None:
        frame, skip = frame.f_back, skip - 1
    return frame


def _is_ours(module: str) -> bool:
    package = module.partition(".")[0]
    return package in ("structlog", "logging", "warnings") or module.startswith(_OURS)


def _find_callsite(skip: int) -> dict[str, Any]:
    frame = _caller(skip)
    code = frame.f_code
    return {"file": code.co_filename, "line": frame.f_lineno, "function": code.co_qualname}


def _render_stack(parameters: Mapping[str, Any]) -> str:
    given = parameters.get("stack_info")
    if isinstance(given, str):  # stdlib has rendered it already
        return given
    import traceback  # 10 ms, for calls that ask for a stack only

    frames = traceback.format_stack(_caller(_skip(parameters)))
    return "Stack (most recent call last):\n" + "".join(frames).rstrip("\n")
