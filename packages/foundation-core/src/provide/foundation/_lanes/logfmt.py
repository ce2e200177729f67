"""The fast lane for logfmt: as `_lanes/json.py`, which it imports, but for how fields become text.

`log` is written out again, and not shared, because every call that it would take to tell the two
formats apart costs more than the difference between them. Texts that are no identifiers are
quoted where they have to be, one by one, by the same function that the renderer calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import time_ns
from typing import TYPE_CHECKING, Any

from orjson import dumps

from provide.foundation._diagnostics.stats import LEVEL_INDEX, SAMPLE_EVERY
from provide.foundation._lanes.json import (
    BEFORE_COMMA,
    BEYOND,
    DIGITS,
    NOTHING_ALLOWED,
    OPTIONS,
    SHORT_CHARS,
    SUPERSEDED,
    FastLane,
    Superseded,
    current_context,
    dumps_carefully,
    join,
)
from provide.foundation._pipeline.pipeline import LevelMethod
from provide.foundation._process.interrupts import accounts
from provide.foundation._process.memory import ask_for
from provide.foundation._render.logfmt import logfmt_text, logfmt_value
from provide.foundation.levels import ERROR, LEVEL_NAMES, adopt

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger

#: From the punctuation of JSON to that of logfmt; quotes and the last brace are deleted.
_TO_LOGFMT = bytes.maketrans(b"{,:", b"  =")


class KeyValueLane(FastLane):
    """Render in logfmt what the level methods keep."""

    __slots__ = ()

    PREFIX = b"timestamp="
    END = b"\n"

    def function(self, level: int) -> LevelMethod:
        """Return the method for one level, and the function that it calls."""
        return _make_function(self, level)

    def is_plain_key(self, key: str) -> bool:
        """Say whether a key can be written as it is, and survives `_TO_LOGFMT`."""
        return key.isascii() and key.replace(".", "_").replace("-", "_").isidentifier()

    def encode_text(self, text: str) -> bytes:
        """Return a text as a value, quoted if need be."""
        return (logfmt_text(text) if type(text) is str else logfmt_value(text)).encode()

    def render_service(self, service: str | None) -> bytes:
        """Return what stands between the event and the fields of each line."""
        return b"" if service is None else b" service=" + self.encode_text(service)

    def render_name(self, name: str) -> bytes:
        """Return the logger's name and what leads to the event."""
        return self.encode_text(self.cut_name(name)) + b" event="

    def render_members(self, lead: bytes, fields: dict[str, Any]) -> bytes:
        """Render fields that are known to be fast behind `lead`, as ` a=1 b=2`."""
        return lead + self.render_fields(fields)

    def render_emoji(self, emoji: str) -> bytes:
        """Return emoji as ` emoji=...`."""
        return b" emoji=" + self.encode_text(emoji)

    def render_trace(self, members: Mapping[str, Any]) -> bytes:
        """Return what extensions gave as ` a=1 b=2`."""
        return b"".join(
            [
                b" " + key.encode() + b"=" + self.encode_text(str(value))
                for key, value in members.items()
            ]
        )

    def render_fields(self, fields: dict[str, Any]) -> bytes:
        """Render fields that are known to be fast, as ` a=1 b=2`."""
        return "".join(
            [
                f" {key}={logfmt_text(value)}"
                if type(value) is str
                else f" {key}={dumps(value).decode()}"
                for key, value in fields.items()
            ]
        ).encode()

    def render_fields_carefully(self, fields: dict[str, Any]) -> bytes:
        """Do the same, but ask for the memory first, as `dumps_carefully` does."""
        ask_for(2 * SHORT_CHARS * len(fields), len(fields))
        return self.render_fields(fields)


def _make_function(lane: KeyValueLane, level: int) -> LevelMethod:
    level_text = b"Z level=" + LEVEL_NAMES[level].encode() + b" logger="
    target = lane.target if lane.direct else LEVEL_INDEX[level]
    counter = lane.counters[LEVEL_INDEX[level]]
    known_events = lane.events
    plain_bytes = lane.plain_bytes
    enrichment = lane.enrichment if lane.enrichment.present else None
    encode = dumps if level < ERROR else dumps_carefully
    render_fields = lane.render_fields if level < ERROR else lane.render_fields_carefully
    next_sample = 0

    # One function: a second one for what follows the look at the level cost 1.03 of a line.
    @accounts
    def log(self: Logger, event: Any, /, *args: Any, **fields: Any) -> None:
        nonlocal next_sample
        # stop: latency sample
        if counter.count >= next_sample and lane.writes_for(self, level):
            next_sample = counter.count + SAMPLE_EVERY  # one call in 64 is timed, around itself
            return lane.sample(self, level, event, args, fields)
        try:
            # stop: level check
            if self._site._threshold > level:
                return
            # stop: timestamp
            now = time_ns()
            start, text = lane.second
            nanos = now - start
            if not 0 <= nanos < 1_000_000_000:
                nanos, text = lane.begin_second(now)
            # step 1: merge_fields
            context = current_context()
            owner, head, tail, allowed = self._rendered
            if owner is not lane:
                if owner is lane.first and context is None:
                    merged = {**self._bound, **fields}
                    if len(merged) != len(self._bound) + len(fields):
                        return lane.emit(self, level, event, args, fields)
                    fields = merged
                else:
                    owner, head, tail, allowed = lane.meet(self)
            # step 3: format_event
            encoded: bytes | None
            try:
                encoded = known_events[event]
            except KeyError:
                encoded = lane.learn_event(event)
            if encoded is None or args:
                return lane.emit(self, level, event, args, fields)
            # step 1: merge_fields
            if context is not None:
                holder, members, keys = context.rendered
                if holder is not lane:
                    holder, members, keys = lane.render_context(context)
                if not (keys.isdisjoint(fields) and keys.isdisjoint(self._bound)):
                    return lane.emit(self, level, event, args, fields)
                tail += members
            if lane.foreign:
                return lane.emit(self, level, event, args, fields)
            # step 5: settle_keys
            if fields:
                one_step = True
                if not (allowed.issuperset(fields) or lane.learn_all(fields, allowed, self._bound)):
                    return lane.emit(self, level, event, args, fields)
                for value in fields.values():
                    kind = type(value)
                    if kind is int:
                        continue
                    if kind is str:
                        # An identifier is bare in logfmt and has nothing that _TO_LOGFMT
                        # would change; other texts are joined one by one.
                        if len(value) <= SHORT_CHARS:
                            if value.isidentifier():
                                continue
                            one_step = False
                            if lane.is_harmless(value):
                                continue
                        else:
                            one_step = False
                            if lane.is_bearable(value, fields):
                                continue
                    elif kind is float:
                        if value - value == 0.0:  # neither NaN nor an infinity
                            continue
                    elif kind is bool or value is None:
                        continue
                    return lane.emit(self, level, event, args, fields)
                # step 7: render
                # `{"a":1,"b":2}` becomes ` a=1 b=2`: 3x joining an f-string for each field.
                if one_step:
                    rest = encode(fields, None, OPTIONS).translate(_TO_LOGFMT, b'"}')
                else:
                    rest = render_fields(fields) + b"\n"
            elif allowed is NOTHING_ALLOWED:
                return lane.emit(self, level, event, args, fields)
            else:
                rest = b"\n"
            # step 6: describe
            if enrichment is not None:
                members = (
                    enrichment.encode_emoji(self, event, fields, context)
                    + enrichment.encode_trace_fields()
                )
                rest = rest[BEFORE_COMMA] + members + b"\n"
            # step 7: render
            line = join((text, DIGITS[nanos // 1_000_000], DIGITS[nanos // 1000 % 1000],
                         level_text, head, encoded, tail, rest))  # fmt: skip
            length = len(line)
        except AttributeError:  # perhaps nothing has initialised it; a `try` of its own cost 0.3 %
            lane.meet_error(level)
            if adopt(self) > level:
                return
            length = BEYOND
        except Exception:  # a log call never raises: whatever it is, the slow path survives it
            lane.meet_error(level)
            length = BEYOND
        # Outside of the handler, because exc_info=True means the caller's exception.
        if length > plain_bytes and lane.is_beyond(length, self, fields):
            return lane.emit(self, level, event, args, fields)
        # step 7: deliver
        try:
            written = (lane.failover or lane.write)(target, line)
        except Superseded:
            written = SUPERSEDED
        except Exception:  # an OSError, unless it is a signal handler's
            lane.meet_failed_write(level, length)
            written = 0
        if written == length:
            counter.count += 1
            counter.bytes += length
        elif written == SUPERSEDED:
            return lane.send_on(self, level, event, args, fields)
        elif written is not None:
            lane.recover(LEVEL_INDEX[level], line, written)
        if owner is not lane:
            self._rendered = lane.proven
        # stop: taps
        if enrichment is not None and enrichment.exporters:
            enrichment.call_exporters(level, now / 1e9, self, event, fields, context)

    return log
