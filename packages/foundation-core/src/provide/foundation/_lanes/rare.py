"""What `log` asks its lane for in calls that are not plain, and goes on with.

A call may have a reserved key, a secret, a name that a bound or context field has too, positional
arguments, or a value that is no scalar: then `_lanes/everyday` does a step of `log` from here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from provide.foundation._diagnostics.counter import LineCounter
from provide.foundation._diagnostics.stats import LEVEL_INDEX, SAMPLE_EVERY
from provide.foundation._encoder import dumps
from provide.foundation._lanes.prefix import SHORT_CHARS, PrefixCache
from provide.foundation._pipeline.enrichment import Enrichment
from provide.foundation._pipeline.fields import SCALARS, merge_fields
from provide.foundation._pipeline.message import format_event, is_template
from provide.foundation._pipeline.pipeline import LevelMethod, Pipeline
from provide.foundation._process.memory import ask_for
from provide.foundation._record.values import LAZIES, RENDERING
from provide.foundation.context import CURRENT, Context, context_fields, join_context
from provide.foundation.levels import adopt, named

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger

    class Everyday(Protocol):
        """Know everyday calls, as `EverydayCalls` in `_lanes/everyday/call.py` does."""

        #: Returns fields of any values, and what ends the line.
        render_checked: Callable[[int, dict[str, Any]], bytes]

        def emit(
            self, logger: Logger, level: int, event: object, args: tuple[Any, ...], fields: Any
        ) -> None:
            """Write a call."""

        def settle(self, merged: dict[str, Any]) -> dict[str, Any]:
            """Take a call's parameters out of its fields, rename and mask; empty: it is odd."""


# Together these bound what is kept of names, in bytes.
_MOST_NAMES = 1024
_LONGEST_NAME = 1024


def dumps_carefully(fields: dict[str, Any], default: None, options: int) -> bytes:
    """Do as orjson, but ask for the memory first: a process in need writes lines from ERROR on.

    Raises:
        MemoryError: There is too little.
    """
    ask_for(2 * SHORT_CHARS * len(fields), len(fields))
    return dumps(fields, default, options)


class Odd(Exception):
    """Say that only the processor lane can write a line."""


if TYPE_CHECKING:

    class TimedLane(Protocol):
        """Be a lane, as far as a level method asks it that writes nothing itself."""

        counters: Sequence[LineCounter]
        emit: Callable[..., None]

        def writes_for(self, logger: Logger, level: int) -> bool:
            """Say whether a logger's lines of a level are written."""

        def sample(
            self,
            logger: Logger,
            level: int,
            event: Any,
            args: tuple[Any, ...],
            fields: dict[str, Any],
        ) -> None:
            """Look around, and write a line whose time is taken."""


def make_rare_log(lane: TimedLane, level: int) -> LevelMethod:
    """Return what writes the lines of one level where none is plain: each has its call site."""
    counter = lane.counters[LEVEL_INDEX[level]]
    next_sample = 0

    @named(level)
    def log(self: Logger, event: object, /, *args: object, **fields: object) -> None:
        nonlocal next_sample
        if counter.count >= next_sample and lane.writes_for(self, level):
            next_sample = counter.count + SAMPLE_EVERY  # as in `_lanes/fused.py`
            return lane.sample(self, level, event, args, fields)
        try:
            if self._site._threshold > level:
                return
        except AttributeError:  # nothing has initialised it
            if adopt(self) > level:
                return
        lane.emit(self, level, event, args, fields)

    return log


class RareSteps(PrefixCache):
    """Do what the steps of `log` need for calls that are not plain.

    Args:
        pipeline: The configuration, compiled.
    """

    __slots__ = ("enrichment", "everyday", "foreign", "names", "redact", "render_checked")

    #: Whether the time has microseconds, or milliseconds alone.
    SHOWS_MICROSECONDS = True
    #: Whether an exporter may be given the line itself.
    EXPORTS_LINES = False
    #: What ends a line.
    END: bytes
    #: Whether the logger's name stands in front of the event, and constants alone behind it.
    NAMES_FIRST = True
    #: Whether the fields stand in an object, so that a line is closed last of all.
    IS_NESTED = False
    #: Whether what encodes fields takes datetimes.
    KEEPS_KINDS = False
    #: Returns what does as `render_checked`, and is short for some values.
    shorten: Callable[..., Callable[[int, dict[str, Any]], bytes]] | None = None

    def __init__(self, pipeline: Pipeline) -> None:
        super().__init__(pipeline)
        self.enrichment: Enrichment
        #: What stands before the event of an everyday line and behind it, by the names of loggers.
        self.names: dict[str, tuple[bytes, bytes]] = {}
        #: Writes the calls that `log` leaves, but the odd ones.
        self.everyday: Everyday
        #: Redacts the fields of a call one of whose keys is not allowed: `KnownShapes.redact`.
        self.redact: Callable[..., tuple[bytes, dict[str, Any]]]
        #: Returns fields of any values, and what ends the line.
        self.render_checked: Callable[[int, dict[str, Any]], bytes]
        # Once structlog is there: its context variables, by name; empty while none is bound.
        self.foreign: Any = False

    # Steps of `log`

    def writes_for(self, logger: Logger, level: int) -> bool:
        """Say whether a logger's lines of a level are written."""
        try:
            return logger._site._threshold <= level
        except AttributeError:  # nothing has initialised it
            return adopt(logger) <= level

    def join_context(self, own: Context | None) -> Context | None:
        """Return the context with what is bound through structlog.

        Args:
            own: The context without it.
        """
        return join_context(self.foreign, own)

    def merge(
        self, logger: Logger, fields: dict[str, Any]
    ) -> tuple[bytes, set[str], dict[str, Any]]:
        """Merge fields that share a name, or come from structlog's context, as `merge_fields` does.

        Returns:
            What stands before the fields, the keys that may follow, and all fields.
        """
        if self.foreign:
            around = context_fields()
        else:
            current = CURRENT.get()
            around = {} if current is None else current.fields
        if around and RENDERING.encoder is not None:  # as in `Pipeline.write`
            around = {key: value for key, value in around.items() if type(value) in SCALARS}
        return self.constants, self.safe_keys, merge_fields(around, logger._bound, fields)

    def spell_event(
        self, logger: Logger, event: object, args: tuple[Any, ...], fields: dict[str, Any]
    ) -> tuple[str, bytes, dict[str, Any]]:
        """Return an event as text and encoded, and the fields, which may have the arguments.

        Raises:
            Odd: It is long, a template, or has a lazy value, which must not be computed twice.
        """
        lazy = LAZIES.kind is not None and LAZIES.kind in map(type, (event, *args))
        if lazy or (type(event) is not str and is_template(event)):
            raise Odd
        text, fields = self.put_in(logger, event, args, fields)
        if len(text) > self.limits.string:
            raise Odd
        encoded = self.events.get(text) or self.keep_event(text) or self.encode_once(text)
        return text, encoded, fields

    def put_in(
        self, logger: Logger, event: object, args: tuple[Any, ...], fields: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """Return an event as text, and the fields: others, if the arguments are among them now."""
        unused: dict[str, Any] = {}
        text = format_event(event, args, unused, self.limits, self.policy.is_secret, fields)
        if type(event) is not str and is_template(event):
            return text, {**fields, **unused}
        if unused and not ("args" in fields or "args" in self.merge(logger, {})[2]):
            fields = {**fields, **unused}
        return text, fields

    def redact_all(self, logger: Logger, fields: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
        """Merge all fields, take the parameters of the call out, rename and mask.

        Returns:
            What stands before the fields; the fields, none where the call has a key, or a
            parameter, that takes more.
        """
        settle = self.everyday.settle
        if self.NAMES_FIRST and not (logger._bound or self.foreign) and CURRENT.get() is None:
            return self.constants, settle(fields)
        tail, _, merged = self.merge(logger, fields)
        redacted = settle(merged)
        # Whoever takes the call over merges its fields once more: all names must still be there.
        if redacted is not merged and not (
            redacted.keys() >= logger._bound.keys() and redacted.keys() >= context_fields().keys()
        ):
            return tail, {}
        return tail, redacted

    # What the format says

    def render_level(self, level: int) -> bytes:
        """Return what stands between the time and the logger's name."""
        raise NotImplementedError

    def render_plain(self, fields: dict[str, Any]) -> bytes:
        """Return fields that are plain data, with what separates and what ends them."""
        raise NotImplementedError

    def encode_plain(self, fields: dict[str, Any]) -> bytes:
        """Return fields that are plain data, at least one, and what ends the line."""
        raise NotImplementedError

    def learn_name(self, name: str) -> tuple[bytes, bytes]:
        """Return what a logger's name puts before the event and behind it, and remember it."""
        head, tail = self.render_around(name)
        around = (head, tail.removesuffix(b","))
        if type(name) is str and len(name) <= _LONGEST_NAME:
            if len(self.names) >= _MOST_NAMES:
                self.names.clear()
            self.names[name] = around
        return around

    def encode_much(self, fields: dict[str, Any]) -> bytes:
        """Do the same for what is perhaps large."""
        return self.encode_plain(fields)

    def encode_once(self, event: str) -> bytes:
        """Return an event as it stands in a line, not to be kept."""
        raise NotImplementedError

    def enrich(
        self, event: bytes, rest: bytes, logger: Logger, text: str, fields: dict[str, Any]
    ) -> tuple[bytes, bytes]:
        """Add emoji and trace fields to an encoded event, and to what ends with `END`."""
        enrichment, end = self.enrichment, len(self.END)
        if enrichment.add is not None and (members := enrichment.add(logger, text, fields, None)):
            rest = rest[:-end] + members + self.END
        return event, self.add_stamped(rest)

    def add_details(self, rest: bytes, parts: Mapping[str, Any], level: int) -> bytes:
        """Add exception, stack and call site, as `Pipeline.describe` gives them, to a line's end.

        Raises:
            Odd: An encoder has to look at them first.
        """
        raise NotImplementedError

    def join_added(
        self, text: str, event: bytes, rest: bytes, emoji: bytes, members: bytes
    ) -> tuple[bytes, bytes]:
        """Add encoded emoji and trace fields to an encoded event, and to what ends with `END`."""
        return event, rest[: -len(self.END)] + emoji + members + self.END

    def close(self, rest: bytes, pieces: Sequence[bytes] | None = None) -> bytes:
        """Return what ends a line whose fields stand in an object."""
        raise NotImplementedError

    def add_stamped(self, rest: bytes) -> bytes:
        """Add the trace fields that have a version stamp."""
        enrichment = self.enrichment
        ask = enrichment.ask
        if ask is not None and (current := ask()):
            holder, ending = enrichment.ending
            if current is not holder:
                ending = enrichment.refresh()
            if ending:
                rest = rest[: -len(self.END)] + ending
        return rest
