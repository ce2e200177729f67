"""How a JSON line looks whose fields stand in an object of their own, for the fast lane.

Fields are encoded with an object around them, so that a line ends with two braces. The ids of a
trace stand between these: a line that has some has another ending.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from provide.foundation._encoder import dumps
from provide.foundation._lanes.json_layout import PLAIN
from provide.foundation._lanes.prefix import NOTHING_ALLOWED, SHORT_CHARS
from provide.foundation._lanes.rare import Odd
from provide.foundation._lanes.schemas.flat import SchemaLane, encode_inside
from provide.foundation._lanes.variant import MakeLog, make_variant
from provide.foundation._pipeline.enrichment import Enrichment
from provide.foundation._process.memory import ask_for
from provide.foundation._record.escaping import escape_json
from provide.foundation._render.layout import encode_name
from provide.foundation.context import Context

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger
    from provide.foundation._pipeline.enrichment import Brought

_END = b"}}\n"
#: Stands between what belongs into the object and what follows it; no text of JSON has it.
_BORDER = b"\0"
#: What leads to the first field of an object in an object without a name, or an empty one.
_LEAD = len(b'{"":{')


def _dumps(fields: dict[str, Any], default: None, options: int) -> bytes:
    """Do as orjson, in an object."""
    return dumps({"": fields}, default, options)


def _dumps_carefully(fields: dict[str, Any], default: None, options: int) -> bytes:
    """Do the same, but ask for the memory first.

    Raises:
        MemoryError: There is too little.
    """
    ask_for(2 * SHORT_CHARS * len(fields), len(fields))
    return dumps({"": fields}, default, options)


_CONSTANTS = {
    "dumps": _dumps,
    "dumps_carefully": _dumps_carefully,
    "_AFTER_BRACE": slice(_LEAD, None),
    "_BEFORE_END": slice(None, -len(_END)),
}


def nest(make_log: MakeLog) -> MakeLog:
    """Return what makes the same log calls for fields in an object."""
    return make_variant(make_log, _CONSTANTS, {b"}\n": _END})


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
        if self.trace_fields and self.stamped is None:
            self.ask = object  # another one each time

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
        """Return how a line ends now that the version stamp is another, or b""."""
        if self.stamped is not None:
            return super().refresh()
        given = [members for give in self.trace_fields if (members := give())]
        return self.join_ending([self.encode_given(members) for members in given])


class NestedLane(SchemaLane):
    """Write JSON whose fields, emoji and details of the call stand in an object of their own."""

    __slots__ = ()

    END = _END
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

    def encode_plain(self, fields: dict[str, Any]) -> bytes:
        """Return fields that are plain data, at least one, and what ends the line."""
        encoded = dumps({"": fields}, None, PLAIN)
        if not encoded.isascii() or b"\x7f" in encoded:
            encoded = escape_json(encoded[:-1]) + b"\n"
        return encoded[_LEAD:]

    def encode_much(self, fields: dict[str, Any]) -> bytes:
        """Do the same: the ids of a trace are joined to it, so that it must be bytes."""
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
            rest = (
                rest[: -len(_END)] + enrichment.encode_emoji(logger, text, fields, None) + self.END
            )
        return event, rest

    def close(self, rest: bytes, pieces: Sequence[bytes] | None = None) -> bytes:
        """Return what ends a line: without a comma that follows no member, and with a trace.

        Args:
            rest: Fields, emoji and details.
            pieces: The trace, if it has been asked for.
        """
        if pieces is None:
            rest = self.add_stamped(rest)
        elif pieces:
            rest = rest[: -len(_END)] + self.enrichment.join_ending(pieces)
        return rest.removeprefix(b",") if self._opens else rest
