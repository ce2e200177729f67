"""How a line looks in logfmt, for the fast lane: what is encoded once and kept.

The layout of compact lines, `compact_layout.py`, shares how fields are written. `log` turns the
fields from JSON to logfmt in one step where it can; where a text among them has to be quoted, or
holds what that step would change, they are written one by one here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provide.foundation._encoder import dumps
from provide.foundation._lanes.base import FastLane
from provide.foundation._lanes.logfmt import HARMLESS, OPTIONS, TO_LOGFMT, make_log
from provide.foundation._process.memory import FEW_CHARS, ask_for
from provide.foundation._record.values import Limits, plain
from provide.foundation._render.logfmt import (
    callsite_text,
    exception_text,
    logfmt_text,
    logfmt_value,
    show_plain,
)
from provide.foundation.levels import ERROR, LEVEL_NAMES


class TextLane(FastLane):
    """Write fields as ` a=1 b=2`."""

    __slots__ = ()

    END = b"\n"

    def is_plain_key(self, key: str) -> bool:
        """Say whether a key can be written as it is, and survives the step from JSON."""
        return key.isascii() and key.replace(".", "_").replace("-", "_").isidentifier()

    def render_members(self, lead: bytes, fields: dict[str, Any]) -> bytes:
        """Render fields that are known to be fast behind `lead`, as ` a=1 b=2`."""
        return lead + self.render_fields(fields)

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

    def show(self, value: Any) -> str:
        """Return a value that is plain data."""
        return show_plain(value)

    def render_plain(self, fields: dict[str, Any]) -> bytes:
        """Return fields that are plain data, with what separates and what ends them."""
        return self.encode_plain(fields) if fields else self.END

    def encode_plain(self, fields: dict[str, Any]) -> bytes:
        """Return fields that are plain data, at least one, and what ends the line."""
        encoded = dumps(fields, None, OPTIONS)
        if (
            encoded.isascii()
            and b"[" not in encoded
            and b'""' not in encoded
            and b"\x7f" not in encoded
            and len(encoded.translate(None, HARMLESS)) == 2 * len(fields) + 1
        ):
            return encoded.translate(TO_LOGFMT, b'"}')
        shown = "".join([f" {key}={self.show(value)}" for key, value in fields.items()])
        return shown.encode() + self.END

    def encode_once(self, event: str) -> bytes:
        """Return an event as it stands in a line, not to be kept."""
        return self.encode_event(event)


def show_details(parts: Mapping[str, Any], limits: Limits) -> tuple[str, str, str]:
    """Return exception, stack and call site as texts, each empty where there is none."""
    exception, stack, callsite = (parts.get(part) for part in ("exception", "stack", "callsite"))
    return (
        exception_text(exception, limits) if exception else "",
        str(plain(stack, limits)) if stack else "",
        callsite_text(callsite) if callsite else "",
    )


class KeyValueLane(TextLane):
    """Write logfmt."""

    __slots__ = ()

    PREFIX = b"timestamp="

    make_log = staticmethod(make_log)

    def encode_text(self, text: str) -> bytes:
        """Return a text as a value, quoted if need be."""
        return (logfmt_text(text) if type(text) is str else logfmt_value(text)).encode()

    def render_constants(self, constants: Mapping[str, Any]) -> bytes:
        """Return what stands between the event and the fields of each line."""
        encode = self.encode_text
        return b"".join([b" %b=%b" % (key.encode(), encode(constants[key])) for key in constants])

    def render_level(self, level: int) -> bytes:
        """Return what stands between the time and the logger's name."""
        return b"Z level=" + LEVEL_NAMES[level].encode() + b" logger="

    def render_name(self, name: str) -> bytes:
        """Return the logger's name and what leads to the event."""
        return self.encode_text(self.cut_name(name)) + b" event="

    def render_emoji(self, emoji: str) -> bytes:
        """Return an emoji prefix as ` emoji=...`."""
        return b" emoji=" + self.encode_text(emoji)

    def render_trace(self, members: Mapping[str, Any]) -> bytes:
        """Return what extensions gave as ` a=1 b=2`."""
        return b"".join(
            [
                b" " + key.encode() + b"=" + self.encode_text(str(value))
                for key, value in members.items()
            ]
        )

    def add_details(self, rest: bytes, parts: Mapping[str, Any], level: int) -> bytes:
        """Add exception, stack and call site, as `Pipeline.describe` gives them, to a line's end.

        Raises:
            MemoryError: There is too little.
        """
        if level >= ERROR:
            ask_for(4 * FEW_CHARS)
        names = ("exception", "stack", "callsite")
        shown = zip(names, show_details(parts, self.limits), strict=True)
        added = "".join([f" {name}={logfmt_text(text)}" for name, text in shown if text])
        return rest[:-1] + added.encode("utf-8", "backslashreplace") + self.END
