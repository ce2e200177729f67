"""What the fast lanes share: the state of one configuration, and all that is rare.

A fast lane fuses the steps of `_pipeline/pipeline.py` for the common call: a string event, no
positional arguments, and fields that are short printable strings, integers, finite floats,
booleans or None under harmless keys. That call is one flat function, `log` in `_lanes/fused.py`,
of which each format has its own copy: `_lanes/json.py`, `logfmt.py` and `compact.py`. What is not
plain, but common, has a step done by `_lanes/rare.py`. Whatever is rare is handed whole to
`Pipeline.emit`, before anything has been written, and comes out as the same line.

What `log` has to ask once in a while stands here, and what it keeps in `_lanes/prefix.py`. The
figures in comments are nanoseconds a call or ratios, CPython 3.11; perf-lab measures calls.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from sys import exception, modules
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.counter import LineCounter
from provide.foundation._diagnostics.stats import COUNTERS, LEVEL_INDEX
from provide.foundation._lanes.gate import Gates
from provide.foundation._lanes.rare import RareSteps, make_rare_log
from provide.foundation._output.contention import Contention, ended_before, make_gil_write
from provide.foundation._output.files.file import FileSink
from provide.foundation._output.standard import StandardSink
from provide.foundation._pipeline.enrichment import Enrichment
from provide.foundation._pipeline.pipeline import LevelMethod, Pipeline
from provide.foundation._process.gil import HAS_GIL
from provide.foundation._process.interrupts import (
    INTERRUPTED,
    comes_from_handler,
    is_accounted_for,
    raise_accounted,
)
from provide.foundation._record.timestamps import second_text
from provide.foundation.context import CONTEXT_MODULE, CURRENT, structlog_variables
from provide.foundation.levels import LEVELS

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger
    from provide.foundation._logger.methods import MadeFor
    from provide.foundation._output.delivery.background import BackgroundSink
    from provide.foundation._pipeline.delivery import Sampler

#: Returns how many bytes were taken; `None`: the line is dealt with.
_Write = Callable[[int, bytes], "int | None"]
#: Stands for the length of a line that could not be made here.
BEYOND = 1 << 62
#: Stands for the number of bytes that a method of an older lane has written.
SUPERSEDED = -2

NO_SECOND = 1 << 63  # in nanoseconds: no clock shows it
# A line's microseconds are two of these: isoformat() takes 776 for the whole timestamp. From whole
# nanoseconds, because int() of a float is the dearest step there: 0.96 of a line.
DIGITS = [b"%03d" % number for number in range(1000)]
current_context = CURRENT.get
join = b"".join


class Superseded(OSError):
    """Say that a level method from before the latest set-up has been called."""


class FastLane(RareSteps):
    """Hold what the level methods of one configuration share, and what they rarely need.

    Args:
        pipeline: Takes whatever is rare.
        sink: The one output.
    """

    # More than 30: CPython 3.11 would keep them in a dict that each look searches, 1.03 of a line.
    __slots__ = (
        "contention", "counters", "direct", "drop", "emit", "failover", "follow", "gates",
        "left_out", "measure", "methods", "moves", "recover", "rules", "second", "send_on", "sink",
        "superseded", "target", "write",
    )  # fmt: skip

    #: What `stats()` calls it.
    NAME = "fast"
    #: What stands in front of the second.
    PREFIX: bytes
    ENRICHMENT: type[Enrichment] = Enrichment
    #: Whether fields may go from JSON to text in one step.
    SHORT_CUTS = True
    #: Whether it is the lane itself that writes its lines.
    WRITES = True
    #: Whether `function` makes methods that say where they were called.
    PUTS_CALLSITE = False
    #: A `bind` of the lane's own.
    bind: MadeFor | None = None
    #: What its log calls ask, where they ask; and whether it has left out a call that was timed.
    rules: Sampler
    left_out: bool

    def __init__(self, pipeline: Pipeline, sink: FileSink | StandardSink | BackgroundSink) -> None:
        super().__init__(pipeline)
        self.emit: Callable[..., None] = pipeline.emit
        self.send_on = pipeline.send_on
        self.drop = pipeline.drop
        self.follow = pipeline.follow
        self.measure = sink.measure
        self.sink = sink
        self.superseded = False
        # A regular file takes os.write itself; None as a count means that all is dealt with.
        self.direct = isinstance(sink, FileSink) and sink.writer.atomic
        self.write: _Write = os.write if self.direct else sink.deliver
        #: Comes first: it takes each line while a fault lasts, and once the lane has been replaced.
        self.failover: _Write | None = None
        #: Chooses `write`, where there is a choice.
        self.contention: Contention | None = None
        self.recover: Callable[[int, bytes, int], None] = _refuse_to_recover
        self.counters: Sequence[LineCounter]
        if isinstance(sink, FileSink | StandardSink):
            self.recover = sink.writer.recover
            self.counters = sink.counts.written
        else:  # of lines that were handed over: the sink counts those that are written
            self.counters = [LineCounter() for _ in sink.counts.written]
        # One tuple, replaced whole: a second's start and its text always fit together.
        self.second = (NO_SECOND, b"")
        self.find_structlog()
        render_emoji, render_trace = self.render_emoji, self.render_trace
        self.enrichment = self.ENRICHMENT(pipeline, render_emoji, render_trace, self.END)
        if not self.EXPORTS_LINES:
            self.enrichment.export_line = None
        self.target = -1
        self.moves = 0
        if isinstance(sink, FileSink) and self.direct:
            self.target = sink.writer.fd
            sink.writer.on_fault = self._fail_over
            self.look_at_file(sink)
        rare = pipeline.callsite and not self.PUTS_CALLSITE
        self.methods = {
            level: make_rare_log(self, level) if rare else self.function(level) for level in LEVELS
        }
        self.gates = Gates(self.methods)

    #: What makes the level methods: of `json.py`, `logfmt.py`, `compact.py`, or a variant.
    make_log: Callable[[Any, int], LevelMethod]

    def function(self, level: int) -> LevelMethod:
        """Return what writes the lines of one level."""
        return type(self).make_log(self, level)

    def level_methods(self, lowest: int) -> Mapping[int, LevelMethod | MadeFor]:
        """Return a method for each level; those below `lowest`, which no logger writes, are short.

        Methods that somebody has kept from before do as these do.
        """
        return self.gates.level_methods(lowest)

    def supersede(self) -> None:
        """Send on, to the methods that took their place, all calls that still come here."""
        if isinstance(self.sink, FileSink | StandardSink):
            self.sink.writer.on_fault = None
        self.superseded = True
        self.gates.open()
        self.failover = _refuse

    def forget_emoji(self) -> None:
        """Have emoji asked for again for lines that are alike; this lane always asks."""

    def _fail_over(self, faulty: bool) -> None:
        # While a fault lasts, every line goes whole to the writer's `recover`.
        self.failover = _take_nothing if faulty else None
        if self.superseded:  # meanwhile, by another thread
            self.failover = _refuse

    def raise_interrupt(self, level: int) -> None:
        """Count a line whose making a signal handler has ended, and raise what that raised."""
        error = exception()
        if error is not None and comes_from_handler(error):
            if not is_accounted_for(error):
                self.drop(level, INTERRUPTED)
            raise error

    def render_refused(self, level: int, fields: dict[str, Any]) -> bytes:
        """Return what `render_checked` does for fields that orjson has just refused.

        Raises:
            Exception: Only the processor lane can write them, or a signal handler has raised it.
        """
        error = exception()
        if error is not None and comes_from_handler(error):
            raise error
        return self.render_checked(level, fields)

    def raise_from_write(self, level: int, length: int) -> None:
        """Count a line behind whose write a signal handler has raised something, and raise that.

        A regular file's write is not ended by a signal: the handler runs behind it. Other sinks
        know what became of the line.
        """
        error = exception()
        if error is None or (isinstance(error, OSError) and not comes_from_handler(error)):
            return
        if self.direct and comes_from_handler(error):
            contention = self.contention
            unwritten = contention is not None and ended_before(error, contention.gil_write)
            if self.failover is None and not unwritten:
                counter = self.counters[LEVEL_INDEX[level]]
                counter.count += 1
                counter.bytes += length
            else:
                self.drop(level, INTERRUPTED)
            raise_accounted(error)
        raise error

    def housekeeping(self) -> None:
        """Look, about once in 64 lines, at the length of the file and for threads that log too."""
        self.measure()
        busy, self.busy_names = self.busy_names, []  # at once: another thread looks around, too
        for site in busy:
            owner, head, tail, allowed = site._ahead
            if owner is self.busy:
                site._ahead = (self.cold, head, tail, allowed)
        contention = self.contention
        if contention is not None:
            self.write = contention.choose_write()
            if self.contention is not contention:  # the file has been moved meanwhile
                self.write = os.write

    def look_at_file(self, sink: FileSink) -> None:
        """Look whether a write to the file that is open now can wait for anybody."""
        self.moves = sink.moves
        gil_write = make_gil_write(self.target) if self.WRITES and sink.holds_gil else None
        self.contention = None if gil_write is None else Contention(gil_write)
        self.write = os.write

    def sample(
        self, logger: Logger, level: int, event: Any, args: tuple[Any, ...], fields: dict[str, Any]
    ) -> None:
        """Look around, and write a line whose time is taken."""
        self.housekeeping()
        self.left_out = False
        started = perf_counter_ns()
        self.methods[level](logger, event, *args, **fields)
        if not self.left_out:
            COUNTERS.latency.add(perf_counter_ns() - started)

    def refresh_clock(self, now: int) -> tuple[int, bytes]:
        """Make the text of a new second, and return how far into it `now` is, and the text.

        It is a good moment, too, to see whether the sink has been moved.
        """
        self.follow()
        if self.target >= 0 and isinstance(self.sink, FileSink) and self.moves != self.sink.moves:
            self.look_at_file(self.sink)
        self.find_structlog()  # a module may come to be there without an import
        if not HAS_GIL:  # a thread whose calls are few may come to it by none of them
            self.housekeeping()
        second, nanos = divmod(now, 1_000_000_000)
        text = self.render_second(second)
        self.second = (now - nanos, text)
        return nanos, text

    def render_second(self, second: int) -> bytes:
        """Return what a line begins with, up to the fraction of its second."""
        return self.PREFIX + second_text(second).encode()

    def find_structlog(self) -> None:
        """Keep hold of structlog's context variables, if it has been imported.

        `_runtime/setup.py` calls this when it is; looking for it in every call cost 3% of the call.
        """
        if CONTEXT_MODULE in modules:
            self.foreign = structlog_variables()

    def is_beyond(self, length: int, logger: Logger, fields: dict[str, Any]) -> bool:
        """Say whether a line has more bytes or fields than a line may have."""
        if length > self.longest_line:
            return True
        context = current_context()
        if self.foreign:
            context = self.join_context(context)
        around = 0 if context is None else len(context.fields)
        return len(fields) + len(logger._bound) + around > self.most_items

    def render_emoji(self, emoji: str) -> bytes:
        """Return an emoji prefix as it stands in a line."""
        raise NotImplementedError

    def render_trace(self, members: Mapping[str, Any]) -> bytes:
        """Return what extensions gave as it stands in a line."""
        raise NotImplementedError


def _refuse_to_recover(index: int, line: bytes, written: int) -> None:
    raise AssertionError("what takes a line over takes it whole, or counts it as dropped")


def _take_nothing(target: int, line: bytes) -> int:
    return 0


def _refuse(target: int, line: bytes) -> int:
    raise Superseded
