"""The native lane's Python half: what is rare, and what the compiled half asks once and keeps.

The compiled half takes the call, puts the line together and writes it. It calls this module for
a key, a logger's name or a second that it has not met yet, and for a line that the kernel did not
take whole. Lines that only the Python lanes can render go through here to `Pipeline.emit`.
"""

from __future__ import annotations

import sys
from datetime import UTC
from typing import TYPE_CHECKING, Any

from orjson import dumps

from provide.foundation._native_api import (
    ARRAY,
    CALL_PARAMETERS,
    COUNTERS,
    CURRENT,
    EXCEPTION_DEPTH,
    INTERRUPTED,
    JOINED,
    LEVEL_INDEX,
    LEVEL_NAMES,
    RENDERING,
    RESERVE,
    RESERVED,
    SHORT_CHARS,
    Context,
    Entry,
    FastLane,
    FileSink,
    LatencyRing,
    Limits,
    LineCounter,
    Logger,
    MadeFor,
    NamedLogger,
    Pipeline,
    StandardSink,
    adopt,
    ask_for,
    exception_text,
    is_accounted_for,
    make_plan,
    measured_exception,
    plain,
    plain_part,
    render_stack,
    show_plain,
)
from provide.foundation._native_api import LevelMethod as Method
from provide.foundation.native._lane import Lane, LevelMethod

if TYPE_CHECKING:
    from provide.foundation._native_api import BackgroundSink

    _Base = FastLane
else:
    _Base = object

#: The numbers of `enum class Format` in lane.h.
JSON, LOGFMT, COMPACT = range(3)
# What numpy makes bools, ints and floats of.
_PLAIN_DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16",
    "float32", "float64",
)  # fmt: skip


class NativeLane(_Base):
    """Serve the compiled half of one configuration; a class for each format inherits from it."""

    NAME = "native"
    FORMAT: int
    WRITES = False  # the compiled half does
    # Of lines for people, see people.h: what leads to the event, behind its emoji; the width that
    # the event is padded to; what ends the colour of one member of a line.
    EVENT_LEAD = b""
    EVENT_WIDTH = 0
    CLOSE = b""

    def __init__(self, pipeline: Pipeline, sink: FileSink | StandardSink | BackgroundSink) -> None:
        self._emoji_fields = pipeline.emoji_fields or frozenset()
        # First, because the base class may say at once that the sink is faulty.
        self.compiled = Lane(self, Logger, NamedLogger, Context, LineCounter, COUNTERS, LatencyRing)
        self.bind = MadeFor(self._make_bind)
        self._gates: dict[int, MadeFor] = {}
        super().__init__(pipeline, sink)
        enrichment = self.enrichment
        line_hook = enrichment.export_line if self.FORMAT == JSON else None
        limits = pipeline.limits
        # Fields are nodes as well. The compiled half keeps room for as many as there may be, before
        # it knows how many there are.
        fields = min(limits.items, limits.nodes // 2)
        # A description of an exception is masked and cut as a whole, if at all.
        self._plain_exceptions = pipeline.shows_exceptions and limits.line == self.longest_line
        self.compiled.configure(
            current=CURRENT,
            joined=JOINED,
            format=self.FORMAT,
            end=self.CLOSE + self.END,
            descriptor=self.target,
            longest_line=self.longest_line,
            longest_string=limits.string,
            items=limits.items,
            nodes=limits.nodes - fields,
            fields=fields,
            depth=limits.depth,
            plus_in_exponent=b"+" in dumps(1e16),
            enrichment=enrichment if enrichment.present else None,
            has_version_stamp=enrichment.last is not None,
            has_emoji=bool(enrichment.emoji_prefixes),
            caches_emoji=pipeline.emoji_fields is not None,
            has_trace_fields=bool(enrichment.trace_fields),
            measures=type(sink).measure is not FileSink.measure,  # only one that rotates does
            hooks_need_fields=bool(enrichment.exporters) and line_hook is None,
            line_hook=line_hook,
            may_keep_gil=isinstance(sink, FileSink) and sink.holds_gil,
            utc=UTC,
            rendering=RENDERING,
            event_lead=self.EVENT_LEAD,
            event_width=self.EVENT_WIDTH,
            close_size=len(self.CLOSE),
            take=sink.deliver,
            details=not enrichment.exporters and self.puts_details(pipeline),
            plain_exceptions=self._plain_exceptions,
            callsite=pipeline.callsite,
        )
        if isinstance(sink, StandardSink):
            writer = sink.writer
            self.compiled.use_stream(writer.fd, writer.lock, sink.transcode, Entry)
            writer.on_fault = self._fail_over
        COUNTERS.add_settler(self.settle)

    def puts_details(self, pipeline: Pipeline) -> bool:
        """Say whether an exception and a stack stand within a line, without colours."""
        return self.FORMAT != COMPACT

    def function(self, level: int) -> Method:
        """Return what writes the lines of one level."""
        index, name = LEVEL_INDEX[level], LEVEL_NAMES[level]
        method: Any = LevelMethod(
            lane=self.compiled,
            level=level,
            index=index,
            counter=self.counters[index],
            name=name,
            lead=self.render_lead(level),
        )
        return show_as_function(method, name)

    def level_methods(self, lowest: int) -> dict[int, Method | MadeFor]:
        """Return a method for each level; those below `lowest` look at the level alone."""
        lowest = self.gates.settle(lowest)
        return {
            level: method if level >= lowest else self.gate(level, method)
            for level, method in self.methods.items()
        }

    def gate(self, level: int, method: Method) -> MadeFor:
        """Return what makes the gate of a level, for a class."""
        if level in self._gates:
            return self._gates[level]

        def make(logger_class: type[Logger]) -> Any:
            return self.compiled.level_gate(logger_class, LEVEL_INDEX[level]) or method

        self._gates[level] = MadeFor(make)
        return self._gates[level]

    def _make_bind(self, logger_class: type[Logger]) -> Any:
        return self.compiled.bind_method(logger_class) or logger_class.__dict__["bind"]

    def supersede(self) -> None:
        """Send on, to the methods that took their place, all calls that still come here."""
        super().supersede()
        self.compiled.supersede()

    def forget_emoji(self) -> None:
        """Ask for emoji again for lines that are alike."""
        self.compiled.clear_emoji_cache()

    def _fail_over(self, faulty: bool) -> None:
        super()._fail_over(faulty)
        self.compiled.fail_over(faulty)

    def find_structlog(self) -> None:
        """Keep hold of structlog's context variables, if it has been imported."""
        super().find_structlog()
        self.compiled.foreign = self.foreign

    def render_lead(self, level: int) -> bytes:
        """Return what stands between the time and the logger's name, or the event if that leads."""
        return self.render_level(level)

    def encode_key(self, key: str) -> bytes:
        """Return what stands in front of a field's value."""
        raise NotImplementedError

    def columns_of(self, emoji: bytes, event: str) -> int:
        """Return how many columns of a terminal an event takes behind its emoji."""
        raise NotImplementedError

    # Called by the compiled half, each time for what it has not met before.

    def text_of_second(self, second: int) -> bytes:
        """Return what a line begins with, up to the fraction of its second."""
        return self.refresh_clock(second * 1_000_000_000)[1]

    def adopt(self, logger: Logger) -> None:
        """Make a logger that nothing has initialised one of the default name."""
        adopt(logger)

    def spell(
        self,
        logger: Logger,
        level: int,
        event: object,
        args: tuple[object, ...],
        fields: dict[str, Any],
    ) -> str | None:
        """Return the event of a call as text, with its arguments put in; `None`: it is written.

        Code of the user's may run, and must not run again: where the arguments become a field, the
        Python lanes take the call from here.
        """
        text, more = self.put_in(logger, event, args, fields)
        if more is fields:
            return text
        self.emit(logger, level, text, (), more)
        return None

    def encode_name(self, name: str) -> tuple[bytes, bytes]:
        """Return the logger's name and what leads to the event, and what follows that."""
        return self.render_name(name), self.constants

    def describe_key(self, key: str) -> tuple[bytes, bytes, bool, bool, bool, bool]:
        """Say of a key how it is written as a field, and in a value, and whether it may be.

        Returns:
            The two texts; whether it can be written so; whether a field may have that name;
            whether the value is a secret; whether it may change the line's emoji.
        """
        plain = len(key) <= SHORT_CHARS and key.isascii() and self.is_plain_key(key)
        secret = self.policy.is_secret(key)
        if not plain:
            return b"", b"", False, False, secret, False
        own = key not in RESERVED and key not in CALL_PARAMETERS
        marking = key in self._emoji_fields
        return self.encode_key(key), json_key(key), True, own, secret, marking

    def describe_type(self, kind: type) -> tuple[int, tuple[str, ...], str, bool]:
        """Say of a type how its values are written, as `Plan` of `_record/plans.py` has it."""
        plan = make_plan(kind)
        if plan.code == ARRAY:
            make = sys.modules["numpy"].dtype
            self.compiled.plain_dtypes = frozenset(map(make, _PLAIN_DTYPES))
        return plan.code, plan.names, plan.label, plan.extra

    def encode_value(
        self, nodes: int, room: int, value: object, around: tuple[object, ...], pair: bool
    ) -> tuple[int, int, Any] | None:
        """Return what of the budget one value of a line takes; and it as plain data, or encoded.

        `None` says that the whole line is for the Python lanes. So is one that a value logs while
        it is rendered: that line has less of its context.
        """
        if RENDERING.encoder is not None:
            return None
        found = plain_part(
            value,
            self.limits,
            self.policy.is_secret,
            nodes=nodes,
            room=room,
            around=around,
            pair=pair,
        )
        if found is not None and self.FORMAT == LOGFMT and not around:
            form = found[2]
            if type(form) is dict or type(form) is list:
                # orjson crashes where there is no memory, and this is a line of any level.
                ask_for(4 * found[1], found[0])
                return found[0], found[1], show_plain(form).encode("utf-8")
        return found

    def encode_exception(self, error: BaseException) -> dict[str, Any] | str:
        """Return what a line says of an exception: plain data, or a text, as the format has it."""
        limits, is_secret = self.limits, self.policy.is_secret
        description, measured = measured_exception(error, limits, is_secret)
        if self.FORMAT != JSON:
            return exception_text(description, limits)
        if measured is not None and self._plain_exceptions:
            return description
        deep = Limits(EXCEPTION_DEPTH, string=limits.string, line=limits.line)
        found: dict[str, Any] | str = plain(description, deep, is_secret)
        return found

    def encode_stack(self, asked: str | bool, stacklevel: object) -> str:
        """Return the stack of the code that logged, or one that is given."""
        stack = render_stack({"stack_info": asked, "stacklevel": stacklevel})
        return str(plain(stack, self.limits))

    def finish_queued(self) -> None:
        """Finish the lines that stand in the queue of a stream's lock."""
        if isinstance(self.sink, StandardSink):
            self.sink.writer.finish_queued()

    def count_lost(self, level: int, starved: bool) -> None:
        """Count a line that could not even be handed on; there may have been no memory for it."""
        if starved:
            RESERVE.give_up()
        self.drop(level, "memoryerror" if starved else "internal")

    def count_interrupted(self, level: int, error: BaseException) -> None:
        """Count a line that a signal handler's exception has cost, unless core has."""
        if not is_accounted_for(error):
            self.drop(level, INTERRUPTED)

    def count_uncounted(self) -> None:
        """Count one line that was lost when there was no memory, or no stack, to count it."""
        self.sink.counts.drop("internal")

    def settle(self) -> None:
        """Count all such lines now, and those that were written so; for who reads the counts."""
        self.compiled.settle()
        for method in self.methods.values():
            method.settle()  # type: ignore[attr-defined]

    def count_failed_hook(self) -> None:
        """Count a failure of an exporter hook."""
        COUNTERS.fault("exporter")


def json_key(key: str) -> bytes:
    """Return a printable ASCII key as a member's name.

    Not by orjson, which crashes the process where there is no memory.
    """
    return b'"%b":' % key.replace("\\", r"\\").replace('"', r"\"").encode()


def show_as_function(method: Any, name: str) -> Method:
    """Give a compiled method what tools ask of a function."""
    method.__module__ = __name__
    method.__name__ = name
    method.__qualname__ = f"Logger.{name}"
    method.__text_signature__ = (
        "($self, event, /, *args, exc_info=None, stack_info=False, stacklevel=1, **fields)"
    )
    found: Method = method
    return found
