"""The log call of a configuration with several outputs, or with one that takes some levels only.

The steps of `_pipeline/steps.py` up to the eighth are taken once, whatever the outputs: fields are
merged, redacted and made plain, the clock is read, extensions are asked. Then each distinct format
makes its line (`layout.py`), and each output gets the line of its format (`outlet.py`). All lines
are made before the first is written, so that a call that takes more care can still go to
`Pipeline.finish`, and no line is written twice.

It keeps less than the flat call of a single output: bound and context fields are written anew with
each line. Two lines cost less so than one line costs in the processor lane.
"""

from __future__ import annotations

from collections.abc import Sequence
from sys import exception, modules
from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.stats import COUNTERS, SAMPLE_EVERY
from provide.foundation._lanes.base import NO_SECOND, FastLane, current_context
from provide.foundation._lanes.everyday.call import leave
from provide.foundation._lanes.everyday.keys import KnownKeys
from provide.foundation._lanes.everyday.values import CheckedValues
from provide.foundation._lanes.gate import Gates
from provide.foundation._lanes.rare import Odd
from provide.foundation._lanes.several.enrichment import SharedEnrichment
from provide.foundation._lanes.several.outlet import Errand, Group, Outlet, arrange, deliver
from provide.foundation._pipeline.fields import (
    CALL_PARAMETERS,
    asks_for_nothing,
    merge_fields,
    take_call_parameters,
)
from provide.foundation._pipeline.message import format_event
from provide.foundation._process.interrupts import (
    INTERRUPTED,
    accounts,
    comes_from_handler,
    is_accounted_for,
)
from provide.foundation._process.memory import FEW_BYTES, ask_for_bytes
from provide.foundation._record.values import LAZIES, RENDERING
from provide.foundation.context import CONTEXT_MODULE, context_fields, structlog_variables
from provide.foundation.levels import ERROR, LEVELS, adopt, named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provide.foundation._logger.logger import Logger
    from provide.foundation._logger.methods import MadeFor
    from provide.foundation._pipeline.pipeline import LevelMethod, Pipeline

_NOTHING: Mapping[str, Any] = {}
_NO_PARAMETERS: dict[str, Any] = {}


class SeveralOutputs:
    """Write the lines of one configuration to several outputs.

    Args:
        pipeline: Takes whatever is rare.
        lanes: One for each output, in their order.
    """

    __slots__ = (
        "choice", "enrichment", "finishes", "foreign", "gates", "groups", "keys", "lanes", "limits",
        "methods", "most_items", "pipeline", "safe_keys", "second", "values",
    )  # fmt: skip

    #: What `stats()` calls it.
    NAME = "fast"
    #: A `bind` of its own.
    bind: MadeFor | None = None

    def __init__(self, pipeline: Pipeline, lanes: Sequence[FastLane]) -> None:
        self.pipeline, self.lanes, self.limits = pipeline, tuple(lanes), pipeline.limits
        #: Whether processors have run before a call comes here.
        self.finishes = bool(pipeline.processors)
        # Text formats take fewer keys as they are, and neither datetimes nor UUIDs.
        strict = next((each for each in lanes if not each.KEEPS_KINDS), lanes[0])
        self.safe_keys, self.keys = strict.safe_keys, KnownKeys(strict, pipeline.policy)
        self.most_items = strict.most_items
        self.enrichment = SharedEnrichment(pipeline)
        keeps = strict.KEEPS_KINDS and not pipeline.exporters
        self.values = CheckedValues(pipeline.limits, pipeline.policy, keeps, pipeline.hiding)
        for lane in lanes[1:]:  # the first one asks the sinks of all
            lane.follow = _nothing
        outlets = [
            Outlet(lane, output) for lane, output in zip(lanes, pipeline.outputs, strict=True)
        ]
        self.groups, self.choice = arrange(outlets)
        # One tuple, replaced whole: a second's start and its texts always fit together.
        self.second: tuple[int, dict[FastLane, bytes]] = (NO_SECOND, {})
        self.foreign: Any = False
        self.find_structlog()
        self.methods = {level: self._method(level) for level in LEVELS}
        self.gates = Gates(self.methods)

    def _method(self, level: int) -> LevelMethod:
        emit, lanes, calls, next_sample = self.emit, self.lanes, 0, 0

        @accounts
        @named(level)
        def log(self: Logger, event: Any, /, *args: Any, **fields: Any) -> None:
            nonlocal calls, next_sample
            try:
                if self._site._threshold > level:
                    return
            except AttributeError:  # nothing has initialised it
                if adopt(self) > level:
                    return
            calls += 1
            if calls < next_sample:
                return emit(self, level, event, args, fields)
            next_sample = calls + SAMPLE_EVERY  # one call in 64 is timed
            started = perf_counter_ns()
            emit(self, level, event, args, fields)
            COUNTERS.latency.add(perf_counter_ns() - started)
            for lane in lanes:
                lane.housekeeping()

        return log

    @accounts
    def emit(
        self, logger: Logger, level: int, event: object, args: tuple[Any, ...], fields: Any
    ) -> None:
        """Take one call from a level method; whatever happens, no `Exception` leaves here."""
        pipeline = self.pipeline
        if pipeline.superseded:
            return pipeline.emit(logger, level, event, args, fields)
        parameters = _NO_PARAMETERS
        try:
            # step 1: merge_fields
            if self.foreign:
                around = context_fields()
            else:
                current = current_context()
                around = _NOTHING if current is None else current.fields
            if around and RENDERING.encoder is not None:
                # A value logs while it is rendered: the pipeline knows what its line may have.
                return pipeline.emit(logger, level, event, args, fields)
            bound = logger._bound
            merged = merge_fields(around, bound, fields) if bound or around else fields
            # step 2: take_call_parameters
            # Behind processors a key of such a name is that of a field.
            if not (self.finishes or CALL_PARAMETERS.isdisjoint(merged)):
                parameters = take_call_parameters(merged)
                if asks_for_nothing(parameters) and not pipeline.callsite:
                    parameters = _NO_PARAMETERS
            # step 3: format_event
            if type(event) is str and not args:
                text = event
            else:
                is_secret = pipeline.policy.is_secret
                text = format_event(event, args, merged, self.limits, is_secret, fields)
        except Exception as error:  # a log call never raises; the loss is counted
            return pipeline.drop_or_raise(level, error, logger)
        # step 4: run_processors
        # Where there are some, they have run: `processor_methods` call this behind them.
        errands: list[Errand] | None = None
        shown = text
        made: tuple[float, tuple[bytes, ...]] = (0.0, ())
        plain = _NOTHING
        details: dict[str, Any] | None = None
        chosen: tuple[Group, ...] | None = None
        asked = parameters or pipeline.callsite
        if asked and pipeline.exporters:
            reason = "exporter"  # it is given exceptions, stacks and call sites as they are
        else:
            reason = "parameters" if parameters else "odd"
            try:
                # step 5: redact
                safe = self.safe_keys.issuperset(merged)
                redacted = merged if safe else self.keys.redact(merged)
                if redacted is None or len(redacted) > self.most_items:
                    reason = "keys"
                else:
                    name, groups = logger._site._name, self.groups[level]
                    if self.choice is not None:
                        groups = self.choice.choose(level, name, text, redacted)
                        chosen = groups  # for whoever takes the call over
                    if not (groups or self.enrichment.exporters):
                        return None
                    if LAZIES.force is not None:
                        LAZIES.force(redacted, merged)
                    # step 7: describe
                    if asked:
                        details = pipeline.describe(parameters, None)
                    if pipeline.hiding is not None:
                        shown = pipeline.hiding.redactor.search(text)
                    errands, plain, made = self.render(
                        name, level, shown, redacted, details, groups
                    )
                    if errands is None:
                        reason = "long"
            except Exception:  # a log call never raises: whatever it is, the pipeline survives it
                self.raise_interrupt(level)
                errands = None
        # Outside of the handler, because exc_info=True means the caller's exception.
        if errands is None:
            if chosen is not None:
                takers = [each.output for _, outlets in chosen for each in outlets]
                parameters = {**parameters, "takers": takers}
            return leave(pipeline, reason, logger, level, text, merged, parameters, details)
        # step 10: write
        deliver(level, errands)
        # step 11: export
        if self.enrichment.exporters:
            self.enrichment.export(level, made[0], logger._site._name, shown, plain, made[1])
        return None

    def render(
        self,
        name: str,
        level: int,
        text: str,
        fields: dict[str, Any],
        details: dict[str, Any] | None,
        groups: tuple[Group, ...],
    ) -> tuple[list[Errand] | None, Mapping[str, Any], tuple[float, tuple[bytes, ...]]]:
        """Make the lines of a call.

        Returns:
            The lines, `None` where one is too long; the fields as plain data; the seconds, and what
            extensions gave.

        Raises:
            Exception: It takes more care.
        """
        if len(text) > self.limits.string:
            raise Odd
        now = time_ns()
        start, seconds = self.second
        nanos = now - start
        if not 0 <= nanos < 1_000_000_000:
            nanos, seconds = self.refresh_clock(now)
        plain, need, _ = self.values.check(fields)
        need += 8 * len(text)
        if need > FEW_BYTES or level >= ERROR:
            ask_for_bytes(need * len(groups))
        enrichment = self.enrichment
        # step 6: add_emoji
        emoji = enrichment.emoji(name, text, fields) if enrichment.emoji_prefixes else ""
        # step 8: add_trace_fields
        trace = enrichment.trace() if enrichment.trace_fields else ()
        # step 9: render
        errands: list[Errand] = []
        try:
            for layout, outlets in groups:
                second = seconds[layout.lane]
                line = layout.render(level, nanos, second, name, text, plain, emoji, trace, details)
                if len(line) > layout.lane.longest_line:
                    return None, plain, (0.0, ())
                for outlet in outlets:
                    errands.append((outlet, line))
        except TypeError:  # an integer beyond 64 bits, perhaps; or half of a surrogate pair
            if not self.values.be_careful():
                raise
            return self.render(name, level, text, fields, details, groups)
        return errands, plain, (now / 1e9, trace)

    def refresh_clock(self, now: int) -> tuple[int, dict[FastLane, bytes]]:
        """Make the texts of a new second, and return how far into it `now` is, and the texts."""
        texts = {lane: lane.refresh_clock(now)[1] for lane in self.lanes}
        self.find_structlog()  # a module may come to be there without an import
        nanos = now % 1_000_000_000
        self.second = (now - nanos, texts)
        return nanos, texts

    def find_structlog(self) -> None:
        """Keep hold of structlog's context variables, if it has been imported."""
        if CONTEXT_MODULE in modules:
            self.foreign = structlog_variables()

    def level_methods(self, lowest: int) -> Mapping[int, LevelMethod | MadeFor]:
        """Return a method for each level; those that no logger writes are short."""
        return self.gates.level_methods(lowest)

    def supersede(self) -> None:
        """Send on, to the methods that took their place, all calls that still come here."""
        for lane in self.lanes:
            lane.supersede()
        self.gates.open()

    def forget_emoji(self) -> None:
        """Have emoji asked for again for lines that are alike; this lane always asks."""

    def raise_interrupt(self, level: int) -> None:
        """Count a line whose making a signal handler has ended, and raise what that raised."""
        error = exception()
        if error is not None and comes_from_handler(error):
            if not is_accounted_for(error):
                self.pipeline.drop(level, INTERRUPTED)
            raise error


def _nothing() -> None:
    pass
