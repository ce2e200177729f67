"""The Python half of the native lane for compact lines; imports lane.

A module of its own, so that lines in other formats do not load the renderers for people.
"""

from __future__ import annotations

from provide.foundation._native_api import LEVEL_NAMES
from provide.foundation._native_api.compact import CompactLane
from provide.foundation.native.lane import COMPACT, NativeLane


class NativeCompactLane(NativeLane, CompactLane):
    """Write compact lines without colours: `_render/compact.py` says what they look like."""

    FORMAT = COMPACT

    def render_level(self, level: int) -> bytes:
        """Return what stands between the time and the logger's name."""
        return f" {LEVEL_NAMES[level][0].upper()} ".encode()

    def encode_key(self, key: str) -> bytes:
        """Return what stands in front of a field's value."""
        return f" {key}=".encode()
