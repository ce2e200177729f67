"""The fast lane for JSON: the steps of `_pipeline/pipeline.py`, fused for the common call.

The common call has a string event, no positional arguments, and fields that are short printable
strings, integers, finite floats, booleans or None under harmless keys. It becomes bytes here in
one flat function: what belongs to the logger and to the context was rendered once and kept,
orjson renders the call's own fields, one write ends it. Whatever is rare is handed whole to
`Pipeline.emit`, before anything has been written, and comes out as the same line. The fast lane
for logfmt, `_lanes/logfmt.py`, shares all but that one function.

Fixed values stand in globals, and rare ones behind `lane`, because every variable of an
enclosing function that a function names is copied at each of its calls. The figures in comments
are nanoseconds a call or ratios, CPython 3.11, from single interleaved runs of this module with a
step and without it while it was written; perf-lab measures the whole call.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from sys import exception, modules
from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Any

from orjson import (
    OPT_APPEND_NEWLINE,
    OPT_PASSTHROUGH_DATACLASS,
    OPT_PASSTHROUGH_DATETIME,
    OPT_PASSTHROUGH_SUBCLASS,
    dumps,
)

from provide.foundation._diagnostics.stats import COUNTERS, LEVEL_INDEX, SAMPLE_EVERY, LineCounter
from provide.foundation._output.contention import Contention, make_gil_write
from provide.foundation._output.sink import FileSink, StandardSink
from provide.foundation._pipeline.enrichment import Enrichment
from provide.foundation._pipeline.pipeline import CALL_PARAMETERS, LevelMethod, Pipeline
from provide.foundation._process.interrupts import (
    INTERRUPTED,
    accounts,
    comes_from_handler,
    is_accounted_for,
    let_through,
)
from provide.foundation._process.memory import (
    FEW_CHARS,
    FEW_VALUES,
    ask_for,
    ask_for_text,
    ask_for_texts,
)
from provide.foundation._record.escaping import UNSAFE_IN_JSON, escape_json
from provide.foundation._record.timestamps import second_text
from provide.foundation._record.values import plain
from provide.foundation.context import CONTEXT_MODULE, CURRENT, Context, structlog_variables
from provide.foundation.levels import ERROR, LEVEL_NAMES, LEVELS, TRACE, Site, adopt

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger, MadeFor
    from provide.foundation._output.background import BackgroundSink

#: What orjson would render by rules of its own is refused, and takes the slow path.
OPTIONS = (
    OPT_APPEND_NEWLINE
    | OPT_PASSTHROUGH_DATETIME
    | OPT_PASSTHROUGH_DATACLASS
    | OPT_PASSTHROUGH_SUBCLASS
)
#: A string of up to this many characters is checked in place, a longer one by a function.
SHORT_CHARS = 64
#: A longer string leaves the fast lane: what orjson is handed must have a bound.
_LONG_CHARS = 100_000
_MOST_EVENTS = 1024
_MOST_KEYS = 1024
#: Of the sets of bound names that a lane keeps keys for.
_MOST_SHAPES = 64
#: Of the names in such a set: the keys of a larger set are looked at anew.
_MOST_NAMES = 64
#: Of the changes of the lowest level that close and open methods. CPython 3.13 remembers where the
#: attributes of a class are for its first 1,000 versions only, and then every call takes longer.
_MOST_SWITCHES = 200
#: Returns how many bytes were taken; `None`: the line is dealt with.
_Write = Callable[[int, bytes], "int | None"]
#: Stands for the length of a line that could not be made here.
BEYOND = 1 << 62
#: Stands for the number of bytes that a method of an older lane has written.
SUPERSEDED = -2

# A line's microseconds are two of these: isoformat() takes 776 for the whole timestamp. From whole
# nanoseconds, because int() of a float is the dearest step there: 0.96 of a line.
DIGITS = [b"%03d" % number for number in range(1000)]
current_context = CURRENT.get
join = b"".join
# Made once: `[1:]` makes a slice each time, 15.
AFTER_BRACE = slice(1, None)
# Drops the last byte: a comma, a newline.
BEFORE_COMMA = slice(None, -1)
INSIDE = slice(1, -1)
BEFORE_END = slice(None, -2)


class Superseded(OSError):
    """Say that a level method from before the latest set-up has been called."""


def dumps_carefully(fields: dict[str, Any], default: None, options: int) -> bytes:
    """Do as orjson, but ask for the memory first: a process in need writes lines from ERROR on.

    Raises:
        MemoryError: There is too little.
    """
    ask_for(2 * SHORT_CHARS * len(fields), len(fields))
    return dumps(fields, default, options)


class NothingAllowed(set[str]):
    """Stand in for the keys of fields that the fast lane cannot render ahead: none fits them."""

    def isdisjoint(self, other: object) -> bool:
        """Return False: every call has to leave the fast lane."""
        return False


NOTHING_ALLOWED = NothingAllowed()


class FastLane:
    """Hold what the level methods of one configuration share, and what they rarely need.

    Args:
        pipeline: Takes whatever is rare.
        sink: The one output.
    """

    # Because there are more than 30: beyond that CPython 3.11 keeps an object's attributes in a
    # dict that each look has to search, 1.03 of a line.
    __slots__ = (
        "allowed", "contention", "counters", "direct", "doors", "drop", "emit", "enrichment",
        "events", "failover", "first", "follow", "foreign", "limits", "longest_line",
        "longest_string", "lowest", "measure", "methods", "most_items", "moves", "plain_bytes",
        "policy", "proven", "recover", "safe_keys", "second", "send_on", "service", "several",
        "sink", "superseded", "switches", "talkative", "target", "write",
    )  # fmt: skip

    #: What `stats()` calls it.
    NAME = "fast"
    #: What stands in front of the second.
    PREFIX = b'{"timestamp":"'
    #: What ends a line.
    END = b"}\n"
    #: Whether it is the lane itself that writes its lines.
    WRITES = True
    #: A `bind` of the lane's own.
    bind: MadeFor | None = None

    def __init__(self, pipeline: Pipeline, sink: FileSink | StandardSink | BackgroundSink) -> None:
        self.emit: Callable[..., None] = pipeline.emit
        self.send_on = pipeline.send_on
        self.drop = pipeline.drop
        self.follow = pipeline.follow
        self.measure = sink.measure
        self.policy = pipeline.policy
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
        self.longest_string = min(_LONG_CHARS, pipeline.limits.string)
        self.longest_line = pipeline.max_line_bytes
        self.most_items = pipeline.limits.items
        self.limits = pipeline.limits
        #: A line of up to so many bytes has neither too many of them nor too many fields, which
        #: take four each at least: then one comparison says both.
        self.plain_bytes = min(self.longest_line, 4 * self.most_items)
        # One tuple, replaced whole: a second's start and its text always fit together. (The text of
        # a millisecond would take 0.04 off a line in a benchmark, and at real rates nothing.)
        self.second = (0, b"")
        # Encoded events: 90 less than encoding each time.
        self.events: dict[str, bytes] = {}
        # Not the policy's own set: that one may hold a call parameter that somebody has bound.
        self.safe_keys: set[str] = set()
        # By the names of bound fields: the safe keys that are not among them. Loggers share these,
        # and one look into a set says of a key that it is harmless and written once: 0.95 of the
        # time of asking the bound names whether they are disjoint.
        self.allowed: dict[tuple[str, ...], set[str]] = {}
        # In the place of the lane itself: the logger's bound fields have not been in a line yet.
        self.first = object()
        # In the same place: loggers that are bound to this name write more than one line each.
        self.several = object()
        # The names of which that is known; it is forgotten now and then.
        self.talkative: list[Site] = []
        # What a logger holds between its first line, which proves them fast, and its second.
        self.proven = (object(), b"", b"", None)
        # Once structlog is there: its context variables, by name; empty while none is bound.
        self.foreign: Any = False
        self.find_structlog()
        self.enrichment = Enrichment(pipeline, self.render_emoji, self.render_trace, self.END)
        # What stands between the event and the fields.
        self.service = self.render_service(pipeline.service)
        self.target = -1
        self.moves = 0
        if isinstance(sink, FileSink) and self.direct:
            self.target = sink.writer.fd
            sink.writer.on_fault = self._fail_over
            self.look_at_file(sink)
        #: The lowest level that any logger writes, and how often that has changed.
        self.lowest, self.switches = TRACE, 0
        self.methods = {level: self.function(level) for level in LEVELS}
        self.doors = {level: _Door(method) for level, method in self.methods.items()}

    def function(self, level: int) -> LevelMethod:
        """Return what writes the lines of one level."""
        return _make_function(self, level)

    def level_methods(self, lowest: int) -> Mapping[int, LevelMethod | MadeFor]:
        """Return a method for each level; those below `lowest`, which no logger writes, are short.

        Methods that somebody has kept from before do as these do.
        """
        lowest = self.settle_lowest(lowest)
        for level, door in self.doors.items():
            door.set(level >= lowest)
        return {
            level: method if level >= lowest else self.doors[level].method
            for level, method in self.methods.items()
        }

    def settle_lowest(self, lowest: int) -> int:
        """Return the level below which methods are short: none, where it has changed too often."""
        if lowest != self.lowest:
            self.lowest = lowest
            self.switches += 1
        return lowest if self.switches <= _MOST_SWITCHES else TRACE

    def supersede(self) -> None:
        """Send on, to the methods that took their place, all calls that still come here."""
        if isinstance(self.sink, FileSink | StandardSink):
            self.sink.writer.on_fault = None
        self.superseded = True
        for door in self.doors.values():
            door.set(True)  # to the methods that send them on
        self.failover = _refuse

    def forget_emoji(self) -> None:
        """Have emoji asked for again for lines that are alike; this lane always asks."""

    def _fail_over(self, faulty: bool) -> None:
        # While a fault lasts, every line goes whole to the writer's `recover`.
        self.failover = _take_nothing if faulty else None
        if self.superseded:  # meanwhile, by another thread
            self.failover = _refuse

    def meet_error(self, level: int) -> None:
        """Count a line whose making a signal handler has ended, and raise what that raised."""
        error = exception()
        if error is not None and comes_from_handler(error):
            if not is_accounted_for(error):
                self.drop(level, INTERRUPTED)
            raise error

    def meet_failed_write(self, level: int, length: int) -> None:
        """Count a line behind whose write a signal handler has raised something, and raise that.

        A regular file's write is not ended by a signal: the handler runs behind it. Other sinks
        know what became of the line.
        """
        error = exception()
        if error is None or (isinstance(error, OSError) and not comes_from_handler(error)):
            return
        if comes_from_handler(error):
            if self.direct and self.failover is None:
                counter = self.counters[LEVEL_INDEX[level]]
                counter.count += 1
                counter.bytes += length
            elif self.direct:
                self.drop(level, INTERRUPTED)
        raise error

    def look_around(self) -> None:
        """Look, about once in 64 lines, at the length of the file and for threads that log too."""
        self.measure()
        while self.talkative:
            site = self.talkative.pop()
            owner, head, tail, allowed = site._ahead
            if owner is self.several:
                site._ahead = (self.first, head, tail, allowed)
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

    def writes_for(self, logger: Logger, level: int) -> bool:
        """Say whether a logger's lines of a level are written."""
        try:
            return logger._site._threshold <= level
        except AttributeError:  # nothing has initialised it
            return adopt(logger) <= level

    def sample(
        self, logger: Logger, level: int, event: Any, args: tuple[Any, ...], fields: dict[str, Any]
    ) -> None:
        """Look around, and write a line whose time is taken."""
        self.look_around()
        started = perf_counter_ns()
        self.methods[level](logger, event, *args, **fields)
        COUNTERS.latency.add(perf_counter_ns() - started)

    def begin_second(self, now: int) -> tuple[int, bytes]:
        """Make the text of a new second, and return how far into it `now` is, and the text.

        It is a good moment, too, to see whether the sink has been moved.
        """
        self.follow()
        if self.target >= 0 and isinstance(self.sink, FileSink) and self.moves != self.sink.moves:
            self.look_at_file(self.sink)
        self.find_structlog()  # a module may come to be there without an import
        second, nanos = divmod(now, 1_000_000_000)
        text = self.PREFIX + second_text(second).encode()
        self.second = (now - nanos, text)
        return nanos, text

    def find_structlog(self) -> None:
        """Keep hold of structlog's context variables, if it has been imported.

        `_runtime/setup.py` calls this when it is; looking for it in every call cost 3% of the call.
        """
        if CONTEXT_MODULE in modules:
            self.foreign = structlog_variables()

    def learn_key(self, key: str) -> bool:
        """Say whether a key needs nothing done to it, and remember it if so."""
        if not (
            type(key) is str
            and key not in CALL_PARAMETERS
            and len(key) <= SHORT_CHARS
            and self.is_plain_key(key)
            and self.policy.are_safe((key,))
        ):
            return False
        if len(self.safe_keys) >= _MOST_KEYS:
            self.safe_keys.clear()
        self.safe_keys.add(key)
        return True

    def learn_beside(self, key: str, allowed: set[str], bound: dict[str, Any]) -> bool:
        """Say whether a key needs nothing done to it beside bound fields, and remember it."""
        if allowed is self.safe_keys:
            return self.learn_key(key)
        if allowed is NOTHING_ALLOWED or key in bound or not self.learn_key(key):
            return False
        if len(allowed) >= _MOST_KEYS:
            allowed.clear()
        allowed.add(key)
        return True

    def learn_all(self, fields: dict[str, Any], allowed: set[str], bound: dict[str, Any]) -> bool:
        """Say whether all keys need nothing done to them beside bound fields."""
        return all(key in allowed or self.learn_beside(key, allowed, bound) for key in fields)

    def allow_beside(self, names: tuple[str, ...]) -> set[str]:
        """Return the set of keys that are allowed beside bound fields; it fills as they come."""
        if len(names) > _MOST_NAMES:
            return set()
        try:
            return self.allowed[names]
        except KeyError:
            if len(self.allowed) >= _MOST_SHAPES:
                self.allowed.clear()
            return self.allowed.setdefault(names, set())

    def learn_event(self, event: object) -> bytes | None:
        """Return an event encoded, and remember it if it is short; `None`: it takes more care."""
        if type(event) is not str or not self.is_harmless(event):
            return None
        encoded = self.encode_text(event)
        if len(event) <= SHORT_CHARS:
            if len(self.events) >= _MOST_EVENTS:
                self.events.clear()
            self.events[event] = encoded
        return encoded

    def is_harmless(self, text: str) -> bool:
        """Say whether a string may go to orjson: of a bounded size, nothing left to escape."""
        if len(text) > self.longest_string:
            return False
        return (text.isascii() and "\x7f" not in text) or UNSAFE_IN_JSON.search(text) is None

    def is_bearable(self, text: str, beside: Mapping[str, Any]) -> bool:
        """Say the same of a string that may be long, and that goes there with other fields.

        Raises:
            MemoryError: There is too little for all of them.
        """
        size = len(text)
        if size > self.longest_string:
            return False
        if size > FEW_CHARS or len(beside) > FEW_VALUES:
            ask_for_texts(beside)
        return (text.isascii() and "\x7f" not in text) or UNSAFE_IN_JSON.search(text) is None

    def is_plain_key(self, key: str) -> bool:
        """Say whether a key can be written as it is."""
        return key.isascii() and key.isprintable()

    def encode_text(self, text: str) -> bytes:
        """Return a text as a value."""
        if type(text) is not str:  # a service that is an enum: orjson would ask for its value
            text = str(plain(text))
        ask_for_text(text)
        # Copied, because what orjson returns keeps the 4 KB that it was written into.
        return bytes(memoryview(escape_json(dumps(text))))

    def render_service(self, service: str | None) -> bytes:
        """Return what stands between the event and the fields of each line."""
        return b"," if service is None else b',"service":' + self.encode_text(service) + b","

    def render_name(self, name: str) -> bytes:
        """Return the logger's name and what leads to the event."""
        return self.encode_text(self.cut_name(name)) + b',"event":'

    def cut_name(self, name: str) -> str:
        """Return a name as long as a text may be."""
        return name if len(name) <= self.limits.string else str(plain(name, self.limits))

    def render_ahead(self, lead: bytes, fields: dict[str, Any]) -> bytes | None:
        """Render bound or context fields behind `lead`.

        `None`: one of them has to be rendered anew for each line.
        """
        if not fields:  # a context without fields: `bind_contextvars()` makes one
            return lead
        if not self.are_fast(fields):
            return None
        try:
            return self.render_members(lead, fields)
        except TypeError:  # an integer beyond 64 bits
            return None

    def render_members(self, lead: bytes, fields: dict[str, Any]) -> bytes:
        """Render fields that are known to be fast behind `lead`, as `"a":1,"b":2,`."""
        return join((lead, dumps(fields)[INSIDE], b","))

    def are_fast(self, fields: dict[str, Any]) -> bool:
        """Say whether the fast lane may write these keys and values as they are."""
        safe_keys = self.safe_keys
        if not safe_keys.issuperset(fields) and not self.learn_all(fields, safe_keys, {}):
            return False
        return self.are_plain(fields)

    def are_plain(self, fields: dict[str, Any]) -> bool:
        """Say whether the fast lane may write these values as they are."""
        for value in fields.values():
            kind = type(value)
            if kind is int:
                continue
            if kind is str:
                if len(value) <= SHORT_CHARS and value.isprintable():
                    continue
                if self.is_bearable(value, fields):
                    continue
            elif kind is bool or value is None or (kind is float and value - value == 0.0):
                continue
            return False
        return True

    def is_beyond(self, length: int, logger: Logger, fields: dict[str, Any]) -> bool:
        """Say whether a line has more bytes or fields than a line may have."""
        if length > self.longest_line:
            return True
        context = current_context()
        around = 0 if context is None else len(context.fields)
        return len(fields) + len(logger._bound) + around > self.most_items

    def meet(self, logger: Logger) -> tuple[object, bytes, bytes, set[str]]:
        """Render what this lane has not rendered yet of a logger, and keep the result with it.

        A bound logger that writes one line is cheaper if its fields are encoded with that line: 600
        instead of 1,050. So a bound logger begins with `first`, and comes here with its second
        line, for 770. From then on the loggers that are bound from that name come here with their
        first line, until the lane looks around. 0.97 of three lines.

        Returns:
            This lane, the name, what stands before the fields, the keys that may follow.
        """
        site, bound = logger._site, logger._bound
        owner, head, tail, allowed = site._ahead
        if owner is not self.first and owner is not self.several:
            owner, head, tail, allowed = site._rendered
            if owner is not self:
                head, tail, allowed = self.render_name(site._name), self.service, self.safe_keys
            if bound:  # a name under which nothing is bound saves 88 bytes
                site._ahead = (self.first, head, tail, allowed)
        if bound:
            is_fast = logger._rendered is self.proven
            if is_fast and owner is not self.several:
                site._ahead = (self.several, head, tail, allowed)
                self.talkative.append(site)
            allowed = NOTHING_ALLOWED
            names = tuple(bound)
            known = self.allowed.get(names)  # only keys that are safe have a set
            if not is_fast:
                is_fast = self.are_fast(bound) if known is None else self.are_plain(bound)
            if is_fast:
                try:
                    tail = self.render_members(tail, bound)
                    allowed = self.allow_beside(names) if known is None else known
                except TypeError:  # an integer beyond 64 bits
                    pass
        logger._rendered = rendering = (self, head, tail, allowed)
        return rendering

    def render_emoji(self, emoji: str) -> bytes:
        """Return emoji as `,"emoji":"..."`."""
        return b',"emoji":' + self.encode_text(emoji)

    def render_trace(self, members: Mapping[str, Any]) -> bytes:
        """Return what extensions gave as `,"a":1,"b":2`."""
        return b"," + escape_json(dumps(members))[INSIDE]

    def render_context(self, context: Context) -> tuple[object, bytes, Any]:
        """Render the context fields, and keep the result beside them."""
        members = self.render_ahead(b"", context.fields)
        keys: Any = NOTHING_ALLOWED if members is None else context.fields.keys()
        context.rendered = rendered = (self, members or b"", keys)
        return rendered


def _make_function(lane: FastLane, level: int) -> LevelMethod:
    level_text = b'Z","level":"' + LEVEL_NAMES[level].encode() + b'","logger":'
    target = lane.target if lane.direct else LEVEL_INDEX[level]
    counter = lane.counters[LEVEL_INDEX[level]]
    known_events = lane.events
    plain_bytes = lane.plain_bytes
    add = lane.enrichment.add
    ask = lane.enrichment.ask
    exporting = lane.enrichment if lane.enrichment.exporters else None
    encode = dumps if level < ERROR else dumps_carefully
    next_sample = 0

    # One function: a second one for what follows the look at the level cost 1.03 of a line. Every
    # call copies the names of the enclosing function and clears all its variables, in use or not:
    # with seven fewer, 0.98 of a line. So what is rare asks the lane, and `holder` serves twice.
    @accounts
    def log(self: Logger, event: Any, /, *args: Any, **fields: Any) -> None:
        nonlocal ask, next_sample
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
                # All keys in one step, then the values: 0.99 of the line, 0.98 with six fields.
                if not (allowed.issuperset(fields) or lane.learn_all(fields, allowed, self._bound)):
                    return lane.emit(self, level, event, args, fields)
                for value in fields.values():
                    kind = type(value)
                    if kind is int:
                        continue
                    if kind is str:
                        # isprintable() is False for every character that has to be escaped
                        # in some output, so what passes needs no second look.
                        if len(value) <= SHORT_CHARS and value.isprintable():
                            continue
                        if lane.is_bearable(value, fields):
                            continue
                    elif kind is float:
                        if value - value == 0.0:  # neither NaN nor an infinity
                            continue
                    elif kind is bool or value is None:
                        continue
                    return lane.emit(self, level, event, args, fields)
                # step 7: render
                rest = encode(fields, None, OPTIONS)[AFTER_BRACE]
            elif allowed is NOTHING_ALLOWED:
                return lane.emit(self, level, event, args, fields)
            else:
                tail, rest = tail[BEFORE_COMMA], b"}\n"
            # step 6: describe
            if add is not None and (members := add(self, event, fields, context)):
                rest = rest[BEFORE_END] + members + b"}\n"
            if ask is not None and (current := ask()):  # else there are no trace fields
                enrichment = lane.enrichment
                holder, ending = enrichment.ending
                if current is not holder:
                    ending, ask = enrichment.refresh(), enrichment.ask
                if ending:
                    rest = rest[BEFORE_END] + ending
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
        if exporting is not None:
            if exporting.export_line is None:
                exporting.call_exporters(level, now / 1e9, self, event, fields, context)
            else:
                try:
                    exporting.export_line(level, line)
                except Exception:  # a log call never raises: an extension must not cost the call
                    let_through()
                    COUNTERS.fault("exporter")

    return log


class _Door:
    """Be the method of a level that no logger writes at present.

    It is a function of its own, because a call copies what it names of the enclosing function and
    clears what it has of variables: 0.8 of the time of `log`, which asks the logger's own level.
    """

    def __init__(self, log: LevelMethod) -> None:
        is_open = False

        def log_nothing(self: Logger, event: Any, /, *args: Any, **fields: Any) -> None:
            # stop: level check
            if is_open:
                log(self, event, *args, **fields)

        def set_open(state: bool) -> None:
            nonlocal is_open
            is_open = state

        self.method, self.set = log_nothing, set_open


def _refuse_to_recover(index: int, line: bytes, written: int) -> None:
    raise AssertionError("what takes a line over takes it whole, or counts it as dropped")


def _take_nothing(target: int, line: bytes) -> int:
    return 0


def _refuse(target: int, line: bytes) -> int:
    raise Superseded
