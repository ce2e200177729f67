"""What extensions add to a record, and what they export.

The processor lane asks for it step by step, with the functions of this module. A fast lane asks
`Enrichment` in one call a line, and gets bytes that it joins to the others. The results of
extensions are checked once and kept: there are few emoji, and trace ids stay the same within a
span.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._encoder import dumps, loads
from provide.foundation._pipeline.fields import merge_fields
from provide.foundation._process.interrupts import let_through
from provide.foundation._record.record import Record
from provide.foundation._record.values import Limits, plain_fields
from provide.foundation.extension import EmojiPrefix, Exporter, TraceFields

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger
    from provide.foundation.context import Context

_MOST = 1024
#: A longer text is not kept: texts of any length would be no bound at all.
_LONGEST = 1024


if TYPE_CHECKING:

    class Brought(Protocol):
        """Have what the extensions of one configuration brought, as a pipeline has."""

        emoji_prefixes: tuple[EmojiPrefix, ...]
        trace_fields: tuple[TraceFields, ...]
        exporters: tuple[Exporter, ...]


def add_emoji(record: Record, give: EmojiPrefix) -> None:
    """Ask the extensions for the emoji."""
    try:
        record.emoji = give(record.logger, record.event, record.fields)
    except Exception:  # a log call never raises: an extension must not cost the line
        let_through()
        COUNTERS.fault("emoji_prefix")


def add_trace_fields(record: Record, functions: Iterable[TraceFields]) -> None:
    """Add what the extensions give, such as trace ids."""
    for give in functions:
        try:
            encoded = give()
            if encoded:
                record.trace = {**(record.trace or {}), **decode_trace_fields(encoded)}
        except Exception:  # a log call never raises: an extension must not cost the line
            let_through()
            COUNTERS.fault("trace_fields")


def export(
    record: Record,
    exporters: Iterable[Exporter],
    limits: Limits,
    is_secret: Callable[[str], bool],
) -> None:
    """Hand a line that has been delivered to every exporter."""
    members = dumps(record.trace)[1:-1] if record.trace else b""
    fields = plain_fields(record.fields, limits, is_secret)
    seconds = time.time() if record.seconds is None else record.seconds
    details = {
        "exception": record.exception,
        "stack_trace": record.stack_trace,
        "exc_info": record.exc_info,
        "stack": record.stack,
        "callsite": record.callsite,
    }
    rare = details if any(details.values()) else None
    for exporter in exporters:
        try:
            exporter(record.level, seconds, record.logger, record.event, fields, members, rare)
        except Exception:  # a log call never raises: an extension must not cost the call
            let_through()
            COUNTERS.fault("exporter")


def join_prefixes(prefixes: tuple[EmojiPrefix, ...]) -> EmojiPrefix | None:
    """Return what gives the emoji of all extensions; one that raises costs its own alone."""
    if len(prefixes) < 2:
        return prefixes[0] if prefixes else None

    def join(logger_name: str, event: str, fields: Mapping[str, Any]) -> str:
        text = ""
        for prefix in prefixes:
            try:
                text += prefix(logger_name, event, fields)
            except Exception:  # a log call never raises: an extension must not cost the line
                let_through()
                COUNTERS.fault("emoji_prefix")
        return text

    return join


def decode_trace_fields(encoded: bytes) -> dict[str, Any]:
    """Return the members that an extension gave.

    Raises:
        ValueError: They are no JSON.
    """
    return dict(loads(b"{" + encoded.strip(b",") + b"}"))


class Enrichment:
    """Hold what the extensions of one configuration add, as it looks in one format.

    Args:
        pipeline: Has what extensions brought; emoji count only where its one output shows them.
        render_emoji: Makes a member of emoji, with what separates it from the one before.
        render_trace: Makes members of trace fields' names and values, likewise.
        end: What ends a line.
    """

    def __init__(
        self,
        pipeline: Brought,
        render_emoji: Callable[[str], bytes],
        render_trace: Callable[[Mapping[str, Any]], bytes],
        end: bytes,
    ) -> None:
        self.emoji_prefixes = pipeline.emoji_prefixes
        self.trace_fields = pipeline.trace_fields
        self.exporters = pipeline.exporters
        self._give_emoji = join_prefixes(pipeline.emoji_prefixes)
        self._render_emoji = render_emoji
        self._render_trace = render_trace
        self._end = end
        self._emoji: dict[str, bytes] = {}
        self._traces: dict[bytes, bytes] = {}
        self.present = bool(self.emoji_prefixes or self.trace_fields or self.exporters)
        #: The function that gives trace fields, where there is one: then a lane calls it itself.
        self.sole_trace_fields = self.trace_fields[0] if len(self.trace_fields) == 1 else None
        #: The same, if it has a version stamp: then a lane asks for that, which is half the price.
        self.stamped: Any = (
            self.sole_trace_fields if hasattr(self.sole_trace_fields, "version_stamp") else None
        )
        #: The function that tells the stamp, if there is one.
        self.ask: Callable[[], object] | None = getattr(self.stamped, "version_stamp", None)
        #: What tells a lane all else that emoji prefixes and trace fields add, if anything does.
        self.add: Callable[[Logger, str, dict[str, Any], Context | None], bytes] | None = None
        if self.trace_fields and self.ask is None:
            self.add = self._encode_both
        elif self.emoji_prefixes:
            self.add = self.encode_emoji
        #: A stamp, and how a line ends while it is that: a pair is taken apart in one step, and
        #: what a lane keeps itself, `ask`, is not part of it: 0.98 of the line with four in one.
        self.ending: tuple[object, bytes] = (object(), b"")
        #: What tells the stamp, the stamp, how a line ends while it is that, what the function
        #: gave: for what has to know that they belong together.
        self.last: tuple[Callable[[], object], object, bytes, bytes] | None = None
        if self.ask is not None:
            self.last = (self.ask, self.ending[0], b"", b"")
        #: The one exporter, if it takes lines as JSON.
        self.export_line: Callable[[int, bytes], None] | None = None
        if len(self.exporters) == 1:
            self.export_line = getattr(self.exporters[0], "export_line", None)
        #: By what the one function gives: how a line ends with it.
        self.endings: dict[bytes, bytes] = {}

    def encode_emoji(
        self, logger: Logger, event: str, fields: dict[str, Any], context: Context | None
    ) -> bytes:
        """Return what emoji prefixes add to a line; what a single one raises leaves here."""
        give = self._give_emoji
        if give is None:
            return b""
        if context is not None or logger._bound:
            fields = merge_fields(context.fields if context else {}, logger._bound, fields)
        emoji = give(logger._site._name, event, fields)
        return (self._emoji.get(emoji) or self._learn_emoji(emoji)) if emoji else b""

    def encode_trace_fields(self) -> bytes:
        """Return the trace fields of a line; whatever a function raises leaves here."""
        added = b""
        for give in self.trace_fields:
            members = give()
            if members:
                added += self._traces.get(members) or self._learn_trace(members)
        return added

    def encode_given_emoji(self, emoji: str) -> bytes:
        """Return what an emoji that has been asked for adds to a line."""
        return self._emoji.get(emoji) or self._learn_emoji(emoji) if emoji else b""

    def encode_given(self, members: bytes) -> bytes:
        """Return the trace fields that a function has given as they stand in a line."""
        return self._traces.get(members) or self._learn_trace(members)

    def join_ending(self, pieces: Sequence[bytes]) -> bytes:
        """Return how a line ends with what functions gave."""
        return b"".join(pieces) + self._end

    def learn_ending(self, members: bytes) -> bytes:
        """Return how a line ends with what the one function gave, and remember it.

        Raises:
            ValueError: That is no JSON.
        """
        ending = self.join_ending([self._learn_trace(members)])
        return _keep(self.endings, members, ending)

    def refresh(self) -> bytes:
        """Return how a line ends now that the version stamp is another, or b""."""
        while True:
            ask = self.stamped.version_stamp
            stamp = ask()
            members = self.stamped()
            if ask == self.stamped.version_stamp:  # else it was replaced meanwhile
                break
        ending = b""
        if members:
            ending = self.endings.get(members) or self.learn_ending(members)
        self.ask, self.ending = ask, (stamp, ending)
        self.last = (ask, stamp, ending, members)
        return ending

    def call_exporters(
        self,
        level: int,
        seconds: float,
        logger: Logger,
        event: str,
        fields: dict[str, Any],
        context: Context | None,
    ) -> None:
        """Hand a written line to every exporter; one that raises is counted."""
        try:
            if context is not None or logger._bound:
                fields = merge_fields(context.fields if context else {}, logger._bound, fields)
            last = self.last
            if last is not None and last[0]() is last[1]:
                members = last[3]
            elif self.sole_trace_fields is not None:
                members = self.sole_trace_fields()
            else:
                members = b",".join([made for give in self.trace_fields if (made := give())])
            for export in self.exporters:
                export(level, seconds, logger._site._name, event, fields, members, None)
        except Exception:  # a log call never raises: an extension must not cost the call
            let_through()
            COUNTERS.fault("exporter")

    def _encode_both(
        self, logger: Logger, event: str, fields: dict[str, Any], context: Context | None
    ) -> bytes:
        """Return what the emoji prefixes and then the trace fields add to a line."""
        return self.encode_emoji(logger, event, fields, context) + self.encode_trace_fields()

    def _learn_emoji(self, emoji: str) -> bytes:
        return _keep(self._emoji, emoji, self._render_emoji(emoji))

    def _learn_trace(self, members: bytes) -> bytes:
        return _keep(self._traces, members, self._render_trace(decode_trace_fields(members)))


def _keep(cache: dict[Any, bytes], given: str | bytes, rendered: bytes) -> bytes:
    if len(given) <= _LONGEST:
        if len(cache) >= _MOST:
            cache.clear()
        cache[given] = rendered
    return rendered
