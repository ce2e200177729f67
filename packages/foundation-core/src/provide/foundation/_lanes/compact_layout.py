"""How a compact line without colours looks, for the fast lane: what is encoded once and kept.

`14:10:00.123 I app user_login user_id=7`, as `_render/compact.py` writes it. An emoji prefix
stands between the name and the event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from provide.foundation._lanes.compact import make_log
from provide.foundation._lanes.logfmt_layout import TextLane
from provide.foundation._pipeline.pipeline import LevelMethod
from provide.foundation._record.escaping import escape_text
from provide.foundation._record.timestamps import second_text
from provide.foundation._record.values import plain
from provide.foundation._render.console import encode_emoji
from provide.foundation._render.logfmt import display_value, logfmt_key, logfmt_text, logfmt_value
from provide.foundation.levels import LEVEL_NAMES

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger

#: Drops the date and the "T" of `second_text`.
_TIME_OF_DAY = slice(len("2026-11-23T"), None)


class CompactLane(TextLane):
    """Write compact lines."""

    __slots__ = ()

    SHOWS_MICROSECONDS = False

    def function(self, level: int) -> LevelMethod:
        """Return what writes the lines of one level."""
        return make_log(self, level)

    def render_second(self, second: int) -> bytes:
        """Return what a line begins with, up to the fraction of its second."""
        return second_text(second)[_TIME_OF_DAY].encode()

    def encode_text(self, text: str) -> bytes:
        """Return a text as a value, quoted if need be."""
        return _encode(logfmt_value(text, self.limits))

    def encode_event(self, event: str) -> bytes:
        """Return an event: as it is, but one with "=" in it could pass itself off as fields."""
        return _encode(logfmt_text(event) if "=" in event else escape_text(event))

    def render_name(self, name: str) -> bytes:
        """Return the logger's name and what leads to the event."""
        return self.encode_text(name) + b" " if name else b""

    def render_constants(self, constants: Mapping[str, str]) -> bytes:
        """Return what stands between the event and the fields of each line."""
        return b"".join([self._pair(key, constants[key]) for key in constants])

    def render_level(self, level: int) -> bytes:
        """Return what stands between the time and the logger's name."""
        return f" {LEVEL_NAMES[level][0].upper()} ".encode()

    def show(self, value: Any) -> str:
        """Return a value that is plain data."""
        return display_value(value)

    def enrich(
        self, event: bytes, rest: bytes, logger: Logger, text: str, fields: dict[str, Any]
    ) -> tuple[bytes, bytes]:
        """Add emoji and trace fields to an encoded event, and to what ends with `END`."""
        enrichment = self.enrichment
        if enrichment.emoji_prefixes:
            event = enrichment.encode_emoji(logger, text, fields, None) + event
        if enrichment.ask is None and (members := enrichment.encode_trace_fields()):
            rest = rest[:-1] + members + self.END
        return event, self.add_stamped(rest)

    def render_emoji(self, emoji: str) -> bytes:
        """Return an emoji prefix as it stands in front of the event."""
        return encode_emoji(emoji, self.limits)[1:]

    def render_trace(self, members: Mapping[str, Any]) -> bytes:
        """Return what extensions gave as ` a=1 b=2`."""
        return b"".join([self._pair(logfmt_key(key), value) for key, value in members.items()])

    def _pair(self, key: str, value: object) -> bytes:
        return _encode(f" {key}={display_value(plain(value, self.limits))}")


def _encode(text: str) -> bytes:
    # No surrogate gets this far but through a name that breaks its promise.
    return text.encode("utf-8", "backslashreplace")
