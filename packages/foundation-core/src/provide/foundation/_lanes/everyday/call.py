"""The everyday calls that the flat function of a fast lane does not write.

Such a call has a reserved key, a field that overrides a bound one, positional arguments,
`exc_info=None`, a UUID or a list. Services log each of them often, and none so often that the plain
call should pay for it. `log` hands such a call to `lane.emit`, which is `EverydayCalls.emit`. It
walks the steps of `Pipeline.write` with what the lane has encoded already, and hands on to
`Pipeline.finish` what is odd here, too. The line is the same, whoever writes it.

An event that has been formatted is handed on in that form. Values are handed on as they were given:
of them the line says how much of it was left out.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from time import time_ns
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.stats import COUNTERS, LEVEL_INDEX
from provide.foundation._lanes.base import DIGITS, SUPERSEDED, Superseded, current_context, join
from provide.foundation._lanes.everyday.keys import KnownKeys
from provide.foundation._lanes.everyday.places import KnownPlaces
from provide.foundation._lanes.everyday.shapes import KnownShapes
from provide.foundation._lanes.everyday.values import CheckedValues, make_renderer
from provide.foundation._lanes.rare import Odd
from provide.foundation._pipeline.fields import (
    CALL_PARAMETERS,
    asks_for_nothing,
    merge_fields,
    take_call_parameters,
)
from provide.foundation._pipeline.message import format_event
from provide.foundation._process.interrupts import accounts, let_through
from provide.foundation._process.memory import ask_for_frames
from provide.foundation._record.values import LAZIES, RENDERING
from provide.foundation.context import context_fields
from provide.foundation.levels import LEVELS

if TYPE_CHECKING:
    from provide.foundation._lanes.base import FastLane
    from provide.foundation._logger.logger import Logger
    from provide.foundation._pipeline.pipeline import Pipeline

_NOTHING: Mapping[str, Any] = {}
#: Frames that the processor lane needs from its fifth step on to write an event.
_ROOM = 12


class EverydayCalls:
    """Write the calls that a lane's flat function has left.

    Args:
        lane: The lane.
        pipeline: Takes what is odd here, too.
    """

    __slots__ = (
        "callsite", "counters", "events", "is_secret", "keys", "lane", "level_texts", "limits",
        "most_items", "names", "pipeline", "places", "redact", "render_checked", "render_values",
        "safe_keys", "search", "writes",
    )  # fmt: skip

    def __init__(self, lane: FastLane, pipeline: Pipeline) -> None:
        self.lane, self.pipeline, self.limits = lane, pipeline, pipeline.limits
        self.callsite = pipeline.callsite
        #: Takes out of an event what is not to be in a line.
        self.search = None if pipeline.hiding is None else pipeline.hiding.redactor.search
        self.is_secret = pipeline.policy.is_secret
        self.most_items = lane.most_items
        self.events, self.safe_keys, self.counters = lane.events, lane.safe_keys, lane.counters
        self.keys = KnownKeys(lane, pipeline.policy)
        self.redact = KnownShapes(lane, self.keys).redact
        self.places = KnownPlaces(lane)
        enrichment = lane.enrichment
        #: An exporter that is given fields is given the objects themselves, by the pipeline.
        self.writes = not enrichment.exporters or (
            lane.EXPORTS_LINES and enrichment.export_line is not None
        )
        limits = pipeline.limits
        values = CheckedValues(limits, pipeline.policy, lane.KEEPS_KINDS, pipeline.hiding)
        self.render_values = make_renderer(
            values, limits.nodes, lane.render_plain, lane.render_plain
        )
        #: Returns fields of any values, and what ends the line.
        self.render_checked: Callable[[int, dict[str, Any]], bytes] = _refuse
        if self.writes:  # all fields of a line share one budget: beside bound ones there is less
            most = limits.nodes - limits.items
            self.render_checked = make_renderer(values, most, lane.encode_plain, lane.encode_much)
            if lane.shorten is not None:
                self.render_checked = lane.shorten(values, self.render_checked)
        self.level_texts = {level: lane.render_level(level) for level in LEVELS}
        self.names = lane.names

    def settle(self, merged: dict[str, Any]) -> dict[str, Any]:
        """Take the parameters of a call out of its fields, rename and mask; empty: it is odd."""
        # step 2: take_call_parameters
        if not CALL_PARAMETERS.isdisjoint(merged):
            if not asks_for_nothing(merged):
                return {}
            merged = {key: value for key, value in merged.items() if key not in CALL_PARAMETERS}
        # step 5: redact
        return merged if self.safe_keys.issuperset(merged) else self.keys.redact(merged) or {}

    @accounts
    def emit(
        self, logger: Logger, level: int, event: object, args: tuple[Any, ...], fields: Any
    ) -> None:
        """Take one call from a level method; whatever happens, no `Exception` leaves here."""
        lane, pipeline = self.lane, self.pipeline
        if pipeline.superseded:
            return pipeline.emit(logger, level, event, args, fields)
        parameters: dict[str, Any] = _NO_PARAMETERS
        site: Any = logger._site
        try:
            # step 1: merge_fields
            if lane.foreign:
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
            if not CALL_PARAMETERS.isdisjoint(merged):
                parameters = take_call_parameters(merged)
                if asks_for_nothing(parameters) and not self.callsite:
                    parameters = _NO_PARAMETERS
            # step 3: format_event
            if type(event) is str and not args:
                text = event
            else:
                own: Container[str] = fields
                if type(event) is not str:  # `log` may have put bound fields among the call's own
                    own = {key for key in fields if bound.get(key, own) is not fields[key]}
                text = format_event(event, args, merged, self.limits, self.is_secret, own)
        except Exception as error:  # a log call never raises; the loss is counted
            return pipeline.drop_or_raise(level, error, logger)
        # step 4: run_processors
        # Where there are some, `lane.emit` is `Pipeline.finish`.
        line, details, ending = None, None, b""
        asked = parameters or self.callsite
        if not self.writes or (asked and lane.enrichment.exporters):
            reason = "exporter"  # it is given exceptions, stacks and call sites as they are
        else:
            reason = "parameters" if parameters else "odd"
            try:
                # step 5: redact
                if not self.safe_keys.issuperset(merged):
                    redacted = self.keys.redact(merged)
                else:
                    redacted = merged
                if redacted is None or len(redacted) > self.most_items:
                    reason = "keys"
                else:
                    if LAZIES.force is not None:
                        LAZIES.force(redacted, merged)
                    # step 7: describe
                    if parameters:
                        details = pipeline.describe(parameters, None)
                    elif asked:
                        ending = self.places.render_callsite()
                    line = self.render(site, level, text, redacted, details, ending)
                    if len(line) > lane.longest_line:
                        # The fields as they were given: the line says how much it leaves out.
                        line, reason = None, "long"
            except Exception:  # a log call never raises: whatever it is, the pipeline survives it
                lane.raise_interrupt(level)
                line = None
        # Outside of the handler, because exc_info=True means the caller's exception.
        if line is None:
            return leave(pipeline, reason, logger, level, text, merged, parameters, details)
        # step 10: write
        length = len(line)
        written: int | None
        try:
            target = lane.target if lane.direct else LEVEL_INDEX[level]
            written = (lane.failover or lane.write)(target, line)
        except Superseded:
            written = SUPERSEDED
        except Exception:  # an OSError, unless it is a signal handler's
            lane.raise_from_write(level, length)
            written = 0
        if written == length:
            counter = self.counters[LEVEL_INDEX[level]]
            counter.count += 1
            counter.bytes += length
        elif written == SUPERSEDED:
            return lane.send_on(logger, level, event, args, {**fields, **parameters})
        elif written is not None:
            lane.recover(LEVEL_INDEX[level], line, written)
        # step 11: export
        export_line = lane.enrichment.export_line
        if export_line is not None:
            try:
                export_line(level, line)
            except Exception:  # a log call never raises: an extension must not cost it
                let_through()
                COUNTERS.fault("exporter")
        return None

    def render(
        self,
        site: Any,
        level: int,
        text: str,
        fields: dict[str, Any],
        details: dict[str, Any] | None,
        ending: bytes,
    ) -> bytes:
        """Return the line of a call.

        Args:
            site: What its logger's name has.
            level: Its level.
            text: Its event.
            fields: Its fields, redacted.
            details: What `Pipeline.describe` has returned, if it asks for that.
            ending: Its call site and what ends a line, if it has no other detail.

        Raises:
            Exception: It takes more care.
        """
        lane = self.lane
        if len(text) > self.limits.string:
            raise Odd
        if self.search is not None:
            text = self.search(text)
        now = time_ns()
        start, second = lane.second
        nanos = now - start
        if not 0 <= nanos < 1_000_000_000:
            nanos, second = lane.refresh_clock(now)
        name = site._name
        head, tail = self.names.get(name) or lane.learn_name(name)
        encoded = self.events.get(text) or lane.keep_event(text) or lane.encode_once(text)
        rest = self.render_values(level, fields, 8 * len(text))
        # step 6: add_emoji
        # step 8: add_trace_fields
        enrichment = lane.enrichment
        if enrichment.present:
            encoded, rest = lane.enrich(encoded, rest, site, text, fields)
        if details:
            rest = lane.add_details(rest, details, level)
        if ending:
            rest = rest[: -len(lane.END)] + ending
        if lane.IS_NESTED:
            rest = lane.close(rest)
        # step 9: render
        parts = (second, DIGITS[nanos // 1_000_000],
                 DIGITS[nanos // 1000 % 1000] if lane.SHOWS_MICROSECONDS else b"",
                 self.level_texts[level], head, encoded, tail, rest)  # fmt: skip
        return join(parts)


_NO_PARAMETERS: dict[str, Any] = {}


def leave(
    pipeline: Pipeline,
    reason: str,
    logger: Logger,
    level: int,
    text: str,
    fields: dict[str, Any],
    parameters: dict[str, Any],
    details: dict[str, Any] | None,
) -> None:
    """Leave a call whose event has been formatted to the processor lane.

    Args:
        pipeline: Takes it.
        reason: What `stats().fallbacks` counts it under.
        logger: Its logger.
        level: Its level.
        text: Its event.
        fields: Its fields, merged and not yet redacted.
        parameters: What has been taken out of them.
        details: What `Pipeline.describe` has returned, if it has been asked.
    """
    COUNTERS.fall_back(reason)
    try:
        ask_for_frames(_ROOM)
        if details is not None:  # no code of the user's runs twice
            parameters = {**parameters, "described": details}
        pipeline.finish(logger, level, text, (), fields, parameters)
    except Exception as error:  # a log call never raises; the loss is counted
        pipeline.drop_or_raise(level, error, logger)


def _refuse(level: int, fields: dict[str, Any]) -> bytes:
    raise Odd
