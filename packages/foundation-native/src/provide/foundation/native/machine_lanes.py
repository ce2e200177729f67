"""The Python half of the native lane for JSON and for logfmt; imports lane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provide.foundation._native_api import LEVEL_NAMES, JsonLane, KeyValueLane
from provide.foundation.native._lane import encode_json
from provide.foundation.native.answers import JSON, LOGFMT, json_key
from provide.foundation.native.lane import NativeLane


class NativeJsonLane(NativeLane, JsonLane):
    """Write JSON."""

    FORMAT = JSON
    PUTS_CALLSITE = True

    def encode_text(self, text: str) -> bytes:
        """Return a text as a value."""
        return encode_json(text) or super().encode_text(text)

    def render_level(self, level: int) -> bytes:
        """Return what stands between the time and the logger's name."""
        return b'Z","level":"' + LEVEL_NAMES[level].encode() + b'","logger":'

    def render_constants(self, constants: Mapping[str, Any]) -> bytes:
        """Return what stands between the event and the fields of each line."""
        return super().render_constants(constants).removesuffix(b",")

    def encode_key(self, key: str) -> bytes:
        """Return what stands in front of a field's value."""
        return b"," + json_key(key)


class NativeKeyValueLane(NativeLane, KeyValueLane):
    """Write logfmt."""

    FORMAT = LOGFMT
    PUTS_CALLSITE = True

    def render_level(self, level: int) -> bytes:
        """Return what stands between the time and the logger's name."""
        return b"Z level=" + LEVEL_NAMES[level].encode() + b" logger="

    def encode_key(self, key: str) -> bytes:
        """Return what stands in front of a field's value."""
        return f" {key}=".encode()
