"""How a JSON line looks whose fields stand in an object of their own, for the fast lane.

The log call ends a line with one brace, which closes that object. The one that closes the line
comes with the ids of a trace, which stand behind the object: of each line the lane says that it has
such an ending, and without a trace that is a brace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from provide.foundation._lanes.prefix import NOTHING_ALLOWED
from provide.foundation._lanes.rare import Odd
from provide.foundation._lanes.schemas.flat import SchemaLane, encode_inside
from provide.foundation._pipeline.enrichment import Brought, Enrichment
from provide.foundation._render.layout import encode_name
from provide.foundation.context import Context

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger

_CLOSED = b"}}\n"
#: Stands between what belongs into the object and what follows it; no text of JSON has it.
_BORDER = b"\0"
#: Its `copy` returns this very object: a version stamp that stays, told by a function in C.
_STAMP = frozenset({"no trace"})


class OpenTail(bytes):
    """Be what leads to the first field: the log call cuts the comma behind others off, not this."""

    __slots__ = ()

    def __getitem__(self, index: Any) -> Any:
        return self


class RefusingTail(OpenTail):
    """Be the same where a line without fields has more to say: what follows begins with a comma."""

    __slots__ = ()

    def __getitem__(self, index: Any) -> Any:
        raise Odd


class NestedEnrichment(Enrichment):
    """Say how each line ends; `ask` tells a version stamp whatever the extensions are."""

    def __init__(
        self,
        pipeline: Brought,
        render_emoji: Callable[[str], bytes],
        render_trace: Callable[[Mapping[str, Any]], bytes],
        end: bytes,
    ) -> None:
        super().__init__(pipeline, render_emoji, render_trace, end)
        self.add = self._encode_emoji_behind_fields if self.emoji_prefixes else None
        if self.stamped is not None:
            self.ask = self._tell_stamp
            self.last = (self.ask, object(), b"", b"")
        elif self.trace_fields:
            self.ask = object  # another one each time
        else:
            self.ask = _STAMP.copy
            self.ending = (_STAMP, _CLOSED)

    def _tell_stamp(self) -> object:
        return self.stamped.version_stamp() or _STAMP

    def _encode_emoji_behind_fields(
        self, logger: Logger, event: str, fields: dict[str, Any], context: Context | None
    ) -> bytes:
        """Return what the emoji prefixes add to a line that has a field.

        Raises:
            Odd: It has none, and the comma would come first.
        """
        emoji = self.encode_emoji(logger, event, fields, context)
        if emoji and not (fields or logger._bound or (context is not None and context.fields)):
            raise Odd
        return emoji

    def join_ending(self, pieces: Sequence[bytes]) -> bytes:
        """Return how a line ends with what functions gave, as `render_trace` has it."""
        inner, outer = b"", b""
        for piece in pieces:
            first, _, second = piece.partition(_BORDER)
            inner, outer = inner + first, outer + second
        return b"%b}%b}\n" % (inner, outer)

    def refresh(self) -> bytes:
        """Return how a line ends now that the version stamp is another."""
        if self.stamped is None:
            given = [members for give in self.trace_fields if (members := give())]
            return self.join_ending([self.encode_given(members) for members in given])
        while True:
            ask = self.stamped.version_stamp
            stamp = ask() or _STAMP
            members = self.stamped()
            if ask == self.stamped.version_stamp:  # else it was replaced meanwhile
                break
        ending = _CLOSED
        if members:
            ending = self.endings.get(members) or self.learn_ending(members)
        self.ending = (stamp, ending)
        self.last = (self._tell_stamp, stamp, ending, members)
        return ending


class NestedLane(SchemaLane):
    """Write JSON whose fields, emoji and details of the call stand in an object of their own."""

    __slots__ = ()

    ENRICHMENT = NestedEnrichment
    IS_NESTED = True

    def render_constants(self, constants: Mapping[str, str]) -> bytes:
        """Return what stands between the event and the first field."""
        name = encode_name(str(self.LAYOUT.fields_in))
        start = b"%b%b:{" % (super().render_constants(constants), name)
        static = self.LAYOUT.static_members(constants)
        return b"%b%b," % (start, encode_inside(static)) if static else self._open(start)

    def render_around(self, name: str) -> tuple[bytes, bytes]:
        """Return what stands before the event, and what follows it, for a logger's name."""
        head, tail = super().render_around(name)
        return head, self._open(tail) if self._opens else tail

    def _open(self, tail: bytes) -> bytes:
        return RefusingTail(tail) if self.LAYOUT.caller else OpenTail(tail)

    @property
    def _opens(self) -> bool:
        """Say whether the first field is the first member of its object."""
        return isinstance(self.constants, OpenTail)

    def render_context(self, context: Context) -> tuple[object, bytes, Any]:
        """Render the context fields, and keep the result beside them; of none, nothing follows."""
        if context.fields:
            return super().render_context(context)
        context.rendered = rendered = (self, b"", NOTHING_ALLOWED)
        return rendered

    def encode_much(self, fields: dict[str, Any]) -> bytes:
        """Return fields that are plain data as bytes, because an ending is joined to them."""
        return self.encode_plain(fields)

    def render_trace(self, members: Mapping[str, Any]) -> bytes:
        """Return what belongs into the object, a border, and what follows it."""
        inner = self.LAYOUT.caller_members(members)
        start = b"," + encode_inside(inner) if inner else b""
        return start + _BORDER + super().render_trace(members)

    def enrich(
        self, event: bytes, rest: bytes, logger: Logger, text: str, fields: dict[str, Any]
    ) -> tuple[bytes, bytes]:
        """Add emoji to an encoded event, and to what ends with `END`; `close` adds the trace."""
        enrichment = self.enrichment
        if enrichment.emoji_prefixes:
            rest = rest[:-2] + enrichment.encode_emoji(logger, text, fields, None) + self.END
        return event, rest

    def close(self, rest: bytes, pieces: Sequence[bytes] | None = None) -> bytes:
        """Return what ends a line: without a comma that follows no member, and with a trace.

        Args:
            rest: Fields, emoji and details.
            pieces: The trace, if it has been asked for.
        """
        if pieces is None:
            rest = self.add_stamped(rest)
        else:
            rest = rest[:-2] + self.enrichment.join_ending(pieces)
        return rest.removeprefix(b",") if self._opens else rest
