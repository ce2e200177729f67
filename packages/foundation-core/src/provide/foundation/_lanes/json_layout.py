"""How a line looks in JSON, for the fast lane: what is encoded once and kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from provide.foundation._encoder import OPT_PASSTHROUGH_DATETIME, dumps
from provide.foundation._lanes.base import FastLane, join
from provide.foundation._lanes.json import OPTIONS, make_log
from provide.foundation._lanes.rare import Odd
from provide.foundation._pipeline.fields import SCALARS
from provide.foundation._pipeline.pipeline import Pipeline
from provide.foundation._process.memory import (
    FEW_BYTES,
    ask_for_bytes,
    ask_for_text,
    needed_for,
)
from provide.foundation._record.escaping import escape_json
from provide.foundation._record.tracebacks import exception_members
from provide.foundation._record.values import plain
from provide.foundation.levels import ERROR, LEVEL_NAMES

if TYPE_CHECKING:
    from provide.foundation._output.delivery.background import BackgroundSink
    from provide.foundation._output.files.file import FileSink
    from provide.foundation._output.standard import StandardSink

#: Drops the braces of an object, and the quotes of a text. Made once: each slice costs 15.
_INSIDE = slice(1, -1)
_AFTER_BRACE = slice(1, None)
#: Of fields that have been looked at: the datetimes among them are in UTC, or have no zone.
PLAIN = OPTIONS & ~OPT_PASSTHROUGH_DATETIME
#: So many bytes are joined to the line without another copy, which would take longer than the rest.
_LARGE = 16 * 1024
#: No container of an exception's description has more items.
_MOST_FRAMES = 64


class JsonLane(FastLane):
    """Write JSON."""

    __slots__ = ("exceptions",)

    PREFIX = b'{"timestamp":"'
    END = b"}\n"
    EXPORTS_LINES = True
    KEEPS_KINDS = True

    make_log = staticmethod(make_log)

    def __init__(self, pipeline: Pipeline, sink: FileSink | StandardSink | BackgroundSink) -> None:
        #: How its lines have an exception, as `Output.exceptions` says it.
        self.exceptions = next(
            (each.exceptions for each in pipeline.outputs if each.sink is sink), "object"
        )
        super().__init__(pipeline, sink)

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

    def render_constants(self, constants: Mapping[str, Any]) -> bytes:
        """Return what stands between the event and the fields of each line."""
        encoded = escape_json(dumps(constants))[_INSIDE]
        return b",%b," % encoded if encoded else b","

    def render_name(self, name: str) -> bytes:
        """Return the logger's name and what leads to the event."""
        return self.encode_text(self.cut_name(name)) + b',"event":'

    def render_members(self, lead: bytes, fields: dict[str, Any]) -> bytes:
        """Render fields that are known to be fast behind `lead`, as `"a":1,"b":2,`."""
        return join((lead, dumps(fields)[_INSIDE], b","))

    def render_level(self, level: int) -> bytes:
        """Return what stands between the time and the logger's name."""
        return b'Z","level":"' + LEVEL_NAMES[level].encode() + b'","logger":'

    def render_plain(self, fields: dict[str, Any]) -> bytes:
        """Return fields that are plain data, with what separates and what ends them."""
        return join((b",", self.encode_much(fields))) if fields else self.END

    def encode_plain(self, fields: dict[str, Any]) -> bytes:
        """Return fields that are plain data, at least one, and what ends the line."""
        encoded = dumps(fields, None, PLAIN)
        if encoded.isascii() and b"\x7f" not in encoded:
            return encoded[_AFTER_BRACE]
        return escape_json(encoded[_INSIDE]) + b"\n"

    def encode_much(self, fields: dict[str, Any]) -> bytes:
        """Do the same for what is perhaps large, and would take long to be copied."""
        encoded = dumps(fields, None, PLAIN)
        # A string knows whether it is ASCII; bytes look, which takes a fifteenth of a line of 1 MB.
        if not (_are_ascii(fields) or encoded.isascii()) or b"\x7f" in encoded:
            encoded = escape_json(encoded[:-1]) + b"\n"
        return encoded[1:] if len(encoded) < _LARGE else memoryview(encoded)[1:]  # type: ignore[return-value]

    def encode_event(self, event: str) -> bytes:
        """Return an event as it stands in a line."""
        if event.isprintable() and '"' not in event and "\\" not in event:
            return f'"{event}"'.encode()  # in half the time of asking for what orjson needs
        return self.encode_text(event)

    def encode_once(self, event: str) -> bytes:
        """Return an event as it stands in a line, not to be kept."""
        if event.isprintable() and '"' not in event and "\\" not in event:
            return f'"{event}"'.encode()
        ask_for_text(event)
        encoded = dumps(event)
        return encoded if event.isprintable() else escape_json(encoded)

    def render_emoji(self, emoji: str) -> bytes:
        """Return an emoji prefix as `,"emoji":"..."`."""
        return b',"emoji":' + self.encode_text(emoji)

    def render_trace(self, members: Mapping[str, Any]) -> bytes:
        """Return what extensions gave as `,"a":1,"b":2`."""
        return b"," + escape_json(dumps(members))[_INSIDE]

    def add_details(self, rest: bytes, parts: Mapping[str, Any], level: int) -> bytes:
        """Add exception, stack and call site, as `Pipeline.describe` gives them, to a line's end.

        Raises:
            Odd: An encoder has to look at them first.
        """
        members = exception_members(parts, self.exceptions)
        text_bytes, values = 0, 0
        for key, value in members.items():
            if type(value) is str:
                if len(value) > self.limits.string:
                    raise Odd
                wide = not value.isascii()
                text_bytes += 4 * len(value) if wide else len(value)
                if wide:
                    members[key] = plain(value, self.limits)
            else:
                measured = parts.get("measured")
                if measured is None:
                    raise Odd
                text_bytes, values = text_bytes + measured[0], measured[1]
        if (stack := parts.get("stack")) is not None:
            if len(stack) > self.limits.string:
                raise Odd
            wide = not stack.isascii()
            text_bytes += 4 * len(stack) if wide else len(stack)
            members["stack"] = plain(stack, self.limits) if wide else stack
        if (callsite := parts.get("callsite")) is not None:
            chars = len(callsite["file"]) + len(callsite["function"])
            if chars > self.limits.string:
                raise Odd
            text_bytes += 4 * chars
            members["callsite"] = callsite
        need = needed_for(text_bytes, values + 8, min(values, _MOST_FRAMES))
        if need > FEW_BYTES or level >= ERROR:
            ask_for_bytes(need)
        if not members:
            return rest
        end = -len(self.END)
        return b"%b,%b" % (rest[:end], self.encode_plain(self.lay_out_details(members)))

    def lay_out_details(self, members: dict[str, Any]) -> dict[str, Any]:
        """Return exception, stack and call site under the names that they have in a line."""
        return members


def _are_ascii(fields: dict[str, Any]) -> bool:
    """Say whether all values are texts of ASCII, or numbers and the like."""
    for value in fields.values():
        if type(value) is str:
            if not value.isascii():
                return False
        elif type(value) not in SCALARS:
            return False
    return True
