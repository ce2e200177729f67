"""The log call of the fast lane for compact, which asks rules of sampling.

Generated from fused.py by `nox -s generate`; do not edit.
"""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.stats import LEVEL_INDEX, SAMPLE_EVERY
from provide.foundation._encoder import (
    OPT_APPEND_NEWLINE,
    OPT_PASSTHROUGH_DATACLASS,
    OPT_PASSTHROUGH_DATETIME,
    OPT_PASSTHROUGH_SUBCLASS,
    dumps,
)
from provide.foundation._lanes.base import (
    BEYOND,
    DIGITS,
    SUPERSEDED,
    FastLane,
    Superseded,
    current_context,
    join,
)
from provide.foundation._lanes.prefix import NOTHING_ALLOWED, SHORT_CHARS
from provide.foundation._lanes.rare import dumps_carefully
from provide.foundation._pipeline.pipeline import LevelMethod
from provide.foundation._process.interrupts import accounts
from provide.foundation.levels import ERROR, adopt, named

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger

#: What orjson would render by rules of its own is refused, and takes the slow path.
OPTIONS = (
    OPT_APPEND_NEWLINE
    | OPT_PASSTHROUGH_DATETIME
    | OPT_PASSTHROUGH_DATACLASS
    | OPT_PASSTHROUGH_SUBCLASS
)
# Made once: `[1:]` makes a slice each time, 15.
_BEFORE_END = slice(None, -1)
#: From the punctuation of JSON to that of logfmt; quotes and the last brace are deleted.
TO_LOGFMT = bytes.maketrans(b"{,:", b"  =")
#: All but what JSON itself needs, what that step would change, and what needs quotes in logfmt.
HARMLESS = bytes(set(range(256)) - set(b"{}:,= \\"))


def make_log(lane: FastLane, level: int) -> LevelMethod:
    """Return what writes the lines of one level."""
    level_text = lane.render_level(level)
    first_look = 0 if lane.SHORT_CUTS else 2
    target = lane.target if lane.direct else LEVEL_INDEX[level]
    counter = lane.counters[LEVEL_INDEX[level]]
    known_events = lane.events
    plain_bytes = lane.plain_bytes
    enrichment = lane.enrichment
    ask = enrichment.ask
    encode_emoji = enrichment.encode_emoji if enrichment.emoji_prefixes else None
    adds_trace_fields = enrichment.trace_fields and ask is None
    encode_trace_fields = enrichment.encode_trace_fields if adds_trace_fields else None
    exporting = enrichment if enrichment.exporters else None
    encode = dumps if level < ERROR else dumps_carefully
    next_sample = 0
    passing, leaves_out, free, unmet = lane.rules.chances(level)

    # One function: a second one for what follows the look at the level cost 1.03 of a line. Every
    # call copies the names of the enclosing function and clears all its variables, in use or not:
    # with seven fewer, 0.98 of a line. So fixed values stand in globals, rare ones ask the
    # lane, and `holder` serves twice.
    @accounts
    @named(level)
    def log(self: Logger, event: Any, /, *args: Any, **fields: Any) -> None:
        nonlocal ask, next_sample
        # part: latency sample
        if counter.count >= next_sample and lane.writes_for(self, level):
            next_sample = counter.count + SAMPLE_EVERY  # one call in 64 is timed, around itself
            return lane.sample(self, level, event, args, fields)
        try:
            # part: level check
            if self._site._threshold > level:
                return
            # part: timestamp
            now = time_ns()
            start, text = lane.second
            nanos = now - start
            if not 0 <= nanos < 1_000_000_000:
                nanos, text = lane.refresh_clock(now)
            # part: sampling
            try:
                known = passing[self._site]
                chance = free if known is None else known[event if type(event) is str else None]
            except KeyError:  # a logger or an event that has not been met
                chance = unmet
            if chance.seen < 0 and now < chance.until:
                chance.seen += 1
            elif leaves_out(self._site, event, chance, now):
                lane.left_out = True
                return
            # step 1: merge_fields
            context = current_context()
            if lane.foreign:
                context = lane.join_context(context)
            owner, head, tail, allowed = self._rendered
            if owner is not lane:
                if owner is lane.cold and context is None:
                    merged = {**self._bound, **fields}
                    if len(merged) != len(self._bound) + len(fields):
                        tail, allowed, merged = lane.merge(self, fields)
                    fields = merged
                else:
                    owner, head, tail, allowed = lane.warm_up(self)
            if context is not None:
                holder, members, keys = context.rendered
                if holder is not lane:
                    holder, members, keys = lane.render_context(context)
                if keys.isdisjoint(fields) and keys.isdisjoint(self._bound):
                    tail += members
                else:
                    tail, allowed, fields = lane.merge(self, fields)
            # step 2: take_call_parameters
            # `redact` does it in step 5: their names are no harmless keys.
            # step 3: format_event
            encoded: bytes | None
            try:
                encoded = known_events[event]
            except KeyError:
                encoded = lane.keep_event(event)
            if encoded is None or args:
                event, encoded, fields = lane.spell_event(self, event, args, fields)
                args = ()
            # step 4: run_processors
            # Where there are some, they have run: the processor lane calls this behind them.
            # step 5: redact
            if fields:
                # All keys in one step, then the values: 0.99 of the line, 0.98 with six fields.
                if not allowed.issuperset(fields):
                    tail, merged = lane.redact(self, fields, tail, allowed, context)
                    if not merged:  # it is odd, or asks for an exception; or nothing is left
                        return lane.emit(self, level, event, args, fields)
                    fields = merged
                look = first_look  # as in logfmt; a line with colours has no short cut
                for value in fields.values():
                    kind = type(value)
                    if kind is int:
                        continue
                    if kind is str:
                        # isprintable() is False for every character that has to be escaped
                        # in some output, so what passes needs no second look.
                        # An identifier is bare in these formats; looking takes 3,600 of 20,100.
                        if value.isidentifier():
                            if len(value) <= SHORT_CHARS:
                                continue
                        elif 0 < len(value) <= SHORT_CHARS and value.isprintable():
                            look |= 1
                            continue
                        look = 2
                        if lane.is_bearable(value, fields):
                            continue
                    elif kind is float:
                        if value - value == 0.0:  # neither NaN nor an infinity
                            continue
                    elif kind is bool or value is None:
                        continue
                    rest = lane.render_checked(level, fields)
                    break
                else:
                    # part: serialisation
                    # Of the fields, here, where it is known that there are some.
                    # `{"a":1,"b":2}` becomes ` a=1 b=2`, unless a text among the values has
                    # such punctuation too: then more is left without all that is harmless.
                    rest = encode(fields, None, OPTIONS)
                    if not look or (
                        look == 1 and len(rest.translate(None, HARMLESS)) == 2 * len(fields) + 1
                    ):
                        rest = rest.translate(TO_LOGFMT, b'"}')
                    else:
                        rest = lane.render_fields(fields) + b"\n"
            elif allowed is NOTHING_ALLOWED:
                return lane.emit(self, level, event, args, fields)
            else:
                rest = b"\n"
            # step 6: add_emoji
            if encode_emoji is not None:
                encoded = encode_emoji(self, event, fields, context) + encoded
            if encode_trace_fields is not None and (members := encode_trace_fields()):
                rest = rest[_BEFORE_END] + members + b"\n"
            # step 7: describe
            # A call with an exception or a stack has left at step 5, as have all with call sites.
            # step 8: add_trace_fields
            if ask is not None and (current := ask()):  # else there are no trace fields
                enrichment = lane.enrichment
                holder, ending = enrichment.ending
                if current is not holder:
                    ending, ask = enrichment.refresh(), enrichment.ask
                if ending:
                    rest = rest[_BEFORE_END] + ending
            # step 9: render
            line = join((text, DIGITS[nanos // 1_000_000], level_text, head, encoded, tail,
                         rest))  # fmt: skip
            length = len(line)
        except AttributeError:  # perhaps nothing has initialised it; a `try` of its own cost 0.3 %
            lane.raise_interrupt(level)
            if adopt(self) > level:
                return
            length = BEYOND
        except Exception:  # a log call never raises: whatever it is, the slow path survives it
            lane.raise_interrupt(level)
            length = BEYOND
        # Outside of the handler, because exc_info=True means the caller's exception.
        if length > plain_bytes and lane.is_beyond(length, self, fields):
            return lane.emit(self, level, event, args, fields)
        # step 10: write
        try:
            written = (lane.failover or lane.write)(target, line)
        except Superseded:
            written = SUPERSEDED
        except Exception:  # an OSError, unless it is a signal handler's
            lane.raise_from_write(level, length)
            written = 0
        if written == length:
            counter.count += 1
            counter.bytes += length
        elif written == SUPERSEDED:
            return lane.send_on(self, level, event, args, fields)
        elif written is not None:
            lane.recover(LEVEL_INDEX[level], line, written)
        if owner is not lane:
            self._rendered = lane.written_once
        # step 11: export
        if exporting is not None:
            exporting.call_exporters(level, now / 1e9, self, event, fields, context)

    return log
