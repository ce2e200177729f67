"""The Python half of the native lane for lines that people read; imports lane.

A module of its own, so that lines in other formats do not load the renderers for people. Core's
layouts say which bytes stand where. They close the colour of each member of a line behind it; the
compiled half is given these bytes in front of the next member, so that it puts one text less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provide.foundation._native_api.compact import CompactLane, PaintedLane
from provide.foundation.native.answers import COMPACT
from provide.foundation.native.lane import NativeLane

if TYPE_CHECKING:
    from provide.foundation._native_api import Pipeline


class NativeCompactLane(NativeLane, CompactLane):
    """Write compact lines without colours: `_render/compact.py` says what they look like."""

    FORMAT = COMPACT
    FRACTION_DIGITS = 3
    PUTS_CALLSITE = True

    def puts_details(self, pipeline: Pipeline) -> bool:
        """Say whether an exception and a stack stand within a line: at a terminal they do not."""
        return pipeline.outputs[0].format_key == ("compact", False, False)

    def encode_key(self, key: str) -> bytes:
        """Return what stands in front of a field's value."""
        return f" {key}=".encode()


class NativePaintedLane(NativeLane, PaintedLane):
    """Write compact lines with colours."""

    FORMAT = COMPACT
    FRACTION_DIGITS = 3
    EVENT_LEAD = PaintedLane.STYLE.event.encode()
    CLOSE = PaintedLane.STYLE.reset.encode()

    def encode_name(self, name: str) -> tuple[bytes, bytes]:
        """Return the logger's name and what leads to the event, and what follows that."""
        head, tail = self.render_around(name)
        return head, (self.CLOSE + tail).removesuffix(self.CLOSE)

    def encode_key(self, key: str) -> bytes:
        """Return what stands in front of a field's value."""
        style = self.STYLE
        return f"{style.reset} {style.key}{key}{style.quiet}={style.value}".encode()
