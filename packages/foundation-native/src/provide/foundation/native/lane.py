"""The native lane's Python half: it sets the compiled half up, and does what is rare.

The compiled half takes the call, puts the line together and writes it. It asks `answers.py` for
what it has not met yet. Lines that only the Python lanes can render go through here to
`Pipeline.emit`.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from provide.foundation._native_api import (
    COUNTERS,
    CURRENT,
    HAS_GIL,
    JOINED,
    LEVEL_INDEX,
    LEVEL_NAMES,
    RENDERING,
    Context,
    Entry,
    FileSink,
    JsonLane,
    LatencyRing,
    LineCounter,
    Logger,
    MadeFor,
    NamedLogger,
    Pipeline,
    StandardSink,
    dumps,
)
from provide.foundation._native_api import LevelMethod as Method
from provide.foundation.native._lane import Lane, LevelMethod
from provide.foundation.native.answers import COMPACT, Answers

if TYPE_CHECKING:
    from provide.foundation._native_api import BackgroundSink
    from provide.foundation._native_api.sampling import Sampling


class NativeLane(Answers):
    """Serve the compiled half of one configuration; a class for each format inherits from it."""

    NAME = "native"
    WRITES = False  # the compiled half does
    # Of lines for people, see people.h: what leads to the event, behind its emoji; what ends the
    # colour of one member of a line; the colours of a text, a number, a word of JSON and a secret,
    # all of one size.
    EVENT_LEAD = b""
    CLOSE = b""
    VALUE_CODES: tuple[bytes, ...] = ()
    #: How many digits of a second's fraction a line has; what follows them leads the level.
    FRACTION_DIGITS = 6
    #: How many bytes stand between the event and an object that holds the fields; 0: none does.
    NESTED_AT = 0
    #: Whether core encodes exceptions, stacks and call sites, in forms that C++ does not know.
    ASKS_FOR_DETAILS = False

    def __init__(self, pipeline: Pipeline, sink: FileSink | StandardSink | BackgroundSink) -> None:
        self._emoji_fields = pipeline.emoji_fields or frozenset()
        # First, because the base class may say at once that the sink is faulty.
        self.compiled = Lane(self, Logger, NamedLogger, Context, LineCounter, COUNTERS, LatencyRing)
        self.bind = MadeFor(self._make_bind)
        self._gates: dict[int, MadeFor] = {}
        super().__init__(pipeline, sink)
        enrichment = self.enrichment
        line_hook = enrichment.export_line if self.EXPORTS_LINES else None
        limits = pipeline.limits
        # Fields are nodes as well. The compiled half keeps room for as many as there may be, before
        # it knows how many there are.
        fields = min(limits.items, limits.nodes // 2)
        # A description of an exception is masked and cut as a whole, if at all.
        self._exceptions = self.exceptions if isinstance(self, JsonLane) else "object"
        self._stack_trace, self._fold = pipeline.stack_trace, pipeline.fold
        self._describe = pipeline.describe
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
            value_codes=b"".join(self.VALUE_CODES),
            code_size=len(self.VALUE_CODES[0]) if self.VALUE_CODES else 0,
            close_size=len(self.CLOSE),
            take=sink.deliver,
            details=not enrichment.exporters and self.puts_details(pipeline),
            asks_for_details=self.ASKS_FOR_DETAILS,
            plain_exceptions=self._plain_exceptions
            and self._exceptions != "text"
            and self._fold is None,
            stack_trace=self._exceptions == "both",
            callsite=pipeline.callsite,
            digits=self.FRACTION_DIGITS,
            nested_at=self.NESTED_AT,
        )
        if isinstance(sink, StandardSink) and sink.AS_IS:
            self.use_stream(sink)
        COUNTERS.add_settler(self.settle)

    def use_stream(self, sink: StandardSink) -> None:
        """Have the compiled half write to a stream, while it is the interpreter's own."""
        writer = sink.writer
        self.compiled.use_stream(writer.fd, writer.lock, sink.transcode, Entry)
        writer.on_fault = self._fail_over

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
            lead=self.render_level(level),
        )
        return show_as_function(method, name)

    def level_methods(self, lowest: int) -> dict[int, Method | MadeFor]:
        """Return a method for each level; those below `lowest` look at the level alone."""
        lowest = self.gates.settle(lowest)
        methods: dict[int, Method | MadeFor] = {
            level: method if level >= lowest else self.gate(level, method)
            for level, method in self.methods.items()
        }
        methods.update(self.gates.above())
        return methods

    def gate(self, level: int, method: Method) -> MadeFor:
        """Return what makes the gate of a level, for a class."""
        if level in self._gates:
            return self._gates[level]

        def make(logger_class: type[Logger]) -> Any:
            return self.compiled.level_gate(logger_class, LEVEL_INDEX[level]) or method

        self._gates[level] = MadeFor(make)
        return self._gates[level]

    def use_sampling(self, sampling: Sampling) -> None:
        """Have the compiled half decide which calls are left out; without a GIL, core does."""
        if not HAS_GIL:
            return
        # For those who ask; a set-up comes here, and no log call.
        from provide.foundation.native.sampling import use_compiled

        use_compiled(sampling, self.compiled)

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
