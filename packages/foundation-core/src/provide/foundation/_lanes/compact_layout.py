"""How lines for people look, for the fast lane: what is encoded once and kept.

`14:10:00.123 I app user_login user_id=7`, as `_render/compact.py` writes it, with colours or
without. An emoji prefix stands between the name and the event. Colours are the same bytes for each
level, name, event and key. The flat lines of a terminal inherit from these: `terminal/layout.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from provide.foundation._encoder import dumps
from provide.foundation._lanes.compact import make_log
from provide.foundation._lanes.logfmt_layout import TextLane, show_details
from provide.foundation._pipeline.pipeline import Pipeline
from provide.foundation._process.memory import FEW_CHARS, ask_for
from provide.foundation._record.escaping import escape_text
from provide.foundation._record.schema import SHOWN_CONSTANTS
from provide.foundation._record.timestamps import local_second_text, second_text
from provide.foundation._record.values import plain
from provide.foundation._render.console import (
    COLOURED,
    PLAIN,
    encode_emoji,
    paint_block,
)
from provide.foundation._render.logfmt import display_value, logfmt_key, logfmt_text, logfmt_value
from provide.foundation.levels import ERROR, LEVEL_NAMES

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger
    from provide.foundation._output.delivery.background import BackgroundSink
    from provide.foundation._output.files.file import FileSink
    from provide.foundation._output.standard import StandardSink

#: Drops the date and the "T" of `second_text`.
_TIME_OF_DAY = slice(len("2026-11-23T"), None)


class CompactLane(TextLane):
    """Write compact lines."""

    __slots__ = ("blocks", "second_text")

    SHOWS_MICROSECONDS = False
    STYLE = PLAIN

    def __init__(self, pipeline: Pipeline, sink: FileSink | StandardSink | BackgroundSink) -> None:
        #: Whether an exception and a stack take lines of their own.
        self.blocks = any(
            each.sink is sink and (each.format_key[0] == "terminal" or each.format_key[1])
            for each in pipeline.outputs
            if type(each.format_key) is tuple
        )
        is_local = any(each.sink is sink and each.local_time for each in pipeline.outputs)
        #: Returns the text of a second.
        self.second_text = local_second_text if is_local else second_text
        super().__init__(pipeline, sink)

    make_log = staticmethod(make_log)

    def render_level(self, level: int) -> bytes:
        """Return what stands between the time and the logger's name."""
        return f" {LEVEL_NAMES[level][0].upper()} ".encode()

    def render_second(self, second: int) -> bytes:
        """Return what a line begins with, up to the fraction of its second."""
        return self.second_text(second)[_TIME_OF_DAY].encode()

    def encode_text(self, text: str) -> bytes:
        """Return a text as a value, quoted if need be."""
        return encode(logfmt_value(text, self.limits))

    def encode_event(self, event: str) -> bytes:
        """Return an event: as it is, but one with "=" in it could pass itself off as fields."""
        return encode(logfmt_text(event) if "=" in event else escape_text(event))

    def render_name(self, name: str) -> bytes:
        """Return the logger's name and what leads to the event."""
        return self.encode_text(name) + b" " if name else b""

    def render_constants(self, constants: Mapping[str, Any]) -> bytes:
        """Return what stands between the event and the fields of each line."""
        return b"".join(
            [self._pair(key, constants[key]) for key in constants if key in SHOWN_CONSTANTS]
        )

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

    def join_added(
        self, text: str, event: bytes, rest: bytes, emoji: bytes, members: bytes
    ) -> tuple[bytes, bytes]:
        """Add encoded emoji and trace fields to an encoded event, and to what ends with `END`."""
        return emoji + event, rest[:-1] + members + self.END

    def render_emoji(self, emoji: str) -> bytes:
        """Return an emoji prefix as it stands in front of the event."""
        return encode_emoji(emoji, self.limits)[1:]

    def render_trace(self, members: Mapping[str, Any]) -> bytes:
        """Return what extensions gave as ` a=1 b=2`."""
        return b"".join([self._pair(logfmt_key(key), value) for key, value in members.items()])

    def add_details(self, rest: bytes, parts: Mapping[str, Any], level: int) -> bytes:
        """Add exception, stack and call site, as `Pipeline.describe` gives them, to a line's end.

        Raises:
            MemoryError: There is too little.
        """
        if level >= ERROR:
            ask_for(4 * FEW_CHARS)
        style = self.STYLE
        exception, stack, callsite = show_details(parts, self.limits)
        added = ""
        if callsite:
            added = f" {style.quiet}callsite={display_value(callsite)}{style.reset}"
        if not self.blocks:
            added += f" exception={logfmt_text(exception)}" if exception else ""
            added += f" stack={logfmt_text(stack)}" if stack else ""
        else:
            for block in (stack, exception):
                if block:
                    added = "\n".join((added, *paint_block(block, style)))
        return rest[:-1] + encode(added) + self.END

    def _pair(self, key: str, value: object) -> bytes:
        return encode(f" {key}={display_value(plain(value, self.limits))}")


class PaintedLane(CompactLane):
    """Write compact lines with colours."""

    __slots__ = ()

    STYLE = COLOURED
    #: All fields are written one by one.
    SHORT_CUTS = False

    def paint(self, code: str, text: str) -> bytes:
        """Return a text in a colour."""
        return encode(f"{code}{text}{self.STYLE.reset}")

    def render_level(self, level: int) -> bytes:
        """Return what stands between the time and the logger's name."""
        sign = self.paint(self.STYLE.levels.get(level, ""), LEVEL_NAMES[level][0].upper())
        return b"%b %b " % (self.STYLE.reset.encode(), sign)

    def render_second(self, second: int) -> bytes:
        """Return what a line begins with, up to the fraction of its second."""
        return self.STYLE.quiet.encode() + super().render_second(second)

    def encode_event(self, event: str) -> bytes:
        """Return an event: as it is, but one with "=" in it could pass itself off as fields."""
        return self.paint(self.STYLE.event, super().encode_event(event).decode())

    def render_name(self, name: str) -> bytes:
        """Return the logger's name and what leads to the event."""
        return self.paint(self.STYLE.quiet, self.encode_text(name).decode()) + b" " if name else b""

    def render_members(self, lead: bytes, fields: dict[str, Any]) -> bytes:
        """Render fields that are known to be fast behind `lead`.

        Raises:
            TypeError: One is an integer beyond 64 bits, which `render_fields` would not bound.
        """
        dumps(fields)  # those of a call have been through it
        return super().render_members(lead, fields)

    def render_fields(self, fields: dict[str, Any]) -> bytes:
        """Render fields that are known to be fast."""
        style = self.STYLE
        lead, middle, reset = f" {style.key}", f"{style.quiet}={style.value}", style.reset
        parts = []
        for key, value in fields.items():
            kind = type(value)
            if kind is str:
                text = value if value.isidentifier() and value.isascii() else logfmt_text(value)
            else:
                text = str(value) if kind is int else dumps(value).decode()
            parts.append(f"{lead}{key}{middle}{text}{reset}")
        return encode("".join(parts))

    def encode_plain(self, fields: dict[str, Any]) -> bytes:
        """Return fields that are plain data, at least one, and what ends the line."""
        style = self.STYLE
        lead, middle, reset = f" {style.key}", f"{style.quiet}={style.value}", style.reset
        shown = [f"{lead}{key}{middle}{self.show(fields[key])}{reset}" for key in fields]
        return encode("".join(shown)) + self.END

    def _pair(self, key: str, value: object) -> bytes:
        text = f"{key}={display_value(plain(value, self.limits))}"
        return b" " + self.paint(self.STYLE.quiet, text)


def encode(text: str) -> bytes:
    """Return a text in UTF-8, whatever it holds."""
    # No surrogate gets this far but through a name that breaks its promise.
    return text.encode("utf-8", "backslashreplace")
