"""The Python half of the native lane for compact lines; imports lane.

A module of its own, so that lines in other formats do not load the renderers for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from provide.foundation._native_api import LEVEL_NAMES, KeyValueLane
from provide.foundation._native_api.compact import (
    display_value,
    encode_emoji,
    logfmt_key,
    logfmt_value,
    plain,
)
from provide.foundation.native.lane import COMPACT, NativeLane

if TYPE_CHECKING:
    from provide.foundation._native_api import BackgroundSink, FileSink, Pipeline, StandardSink

#: The date and the "T" of `second_text`.
_TIME_OF_DAY = slice(len("2026-11-23T"), None)


class NativeCompactLane(NativeLane, KeyValueLane):
    """Write compact lines without colours: `_render/compact.py` says what they look like."""

    FORMAT = COMPACT
    PREFIX = b""

    def __init__(self, pipeline: Pipeline, sink: FileSink | StandardSink | BackgroundSink) -> None:
        self._limits = pipeline.limits
        super().__init__(pipeline, sink)

    def text_of_second(self, second: int) -> bytes:
        """Return what a line begins with, up to the fraction of its second."""
        return super().text_of_second(second)[_TIME_OF_DAY]

    def render_level(self, level: int) -> bytes:
        """Return what stands between the time and the logger's name."""
        return f" {LEVEL_NAMES[level][0].upper()} ".encode()

    def render_name(self, name: str) -> bytes:
        """Return the logger's name and what leads to the event."""
        return _encode(f"{logfmt_value(name, self._limits)} ") if name else b""

    def render_service(self, service: str | None) -> bytes:
        """Return what stands between the event and the fields of each line."""
        return b"" if service is None else self._pair("service", service)

    def encode_key(self, key: str) -> bytes:
        """Return what stands in front of a field's value."""
        return f" {key}=".encode()

    def render_emoji(self, emoji: str) -> bytes:
        """Return emoji as it stands in front of the event."""
        return encode_emoji(emoji, self._limits)[1:]

    def render_trace(self, members: Mapping[str, Any]) -> bytes:
        """Return what extensions gave as ` a=1 b=2`."""
        return b"".join([self._pair(logfmt_key(key), value) for key, value in members.items()])

    def _pair(self, key: str, value: object) -> bytes:
        return _encode(f" {key}={display_value(plain(value, self._limits))}")


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
