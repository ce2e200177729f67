"""How a JSON line looks in the schema of a back end, for the fast lane.

All that differs are bytes that a lane encodes once and keeps, so that the log call is the one of
`_lanes/json.py`. The members are those that the generic renderer writes: `Layout` makes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from provide.foundation._encoder import dumps
from provide.foundation._lanes.json import make_log
from provide.foundation._lanes.json_layout import JsonLane
from provide.foundation._lanes.rare import Odd
from provide.foundation._lanes.variant import make_variant
from provide.foundation._record.escaping import escape_json
from provide.foundation._record.timestamps import (
    EPOCH_MS,
    EPOCH_NS,
    EPOCH_S,
    ISO,
    LAST_SECOND,
)
from provide.foundation._render.layout import Layout, encode_name

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger

_INSIDE = slice(1, -1)
#: What stands behind the digits of the time.
_BEHIND_TIME = {ISO: b'Z"', EPOCH_S: b"", EPOCH_MS: b"", EPOCH_NS: b"000"}
#: For the form of the time that has no microseconds.
_MAKE_LOG = {EPOCH_MS: make_variant(make_log, {"MICROS": [b""] * 1000})}


class SchemaLane(JsonLane):
    """Write JSON in a schema; `lane_of` in `classes.py` makes a class for each layout."""

    __slots__ = ()

    LAYOUT: ClassVar[Layout]
    # An exporter that takes lines takes those of Foundation's own schema.
    EXPORTS_LINES = False

    def render_second(self, second: int) -> bytes:
        """Return what a line begins with, up to the fraction of its second.

        Raises:
            Odd: It is no number to which one can add digits.
        """
        form = self.LAYOUT.time
        if form == ISO:
            return super().render_second(second)
        if not 0 < second <= LAST_SECOND:
            raise Odd
        return b"%b%d%b" % (self.PREFIX, second, b"." if form == EPOCH_S else b"")

    def render_level(self, level: int) -> bytes:
        """Return what stands between the time and the logger's name, or the event."""
        layout = self.LAYOUT
        members = encode_inside(layout.levels[level])
        if layout.schema.event_first:
            lead = encode_name(layout.event) + b":"
        else:
            lead = open_place(layout.logger)[0]
        return b"%b,%b,%b" % (_BEHIND_TIME[layout.time], members, lead)

    def render_name(self, name: str) -> bytes:
        """Return the logger's name and what leads to the event."""
        end = open_place(self.LAYOUT.logger)[1]
        return b"%b%b,%b:" % (
            self.encode_text(self.cut_name(name)), end, encode_name(self.LAYOUT.event)
        )  # fmt: skip

    def render_around(self, name: str) -> tuple[bytes, bytes]:
        """Return what stands before the event, and what follows it, for a logger's name."""
        if self.NAMES_FIRST:
            return super().render_around(name)
        start, end = open_place(self.LAYOUT.logger)
        text = self.encode_text(self.cut_name(name))
        return b"", b",%b%b%b%b" % (start, text, end, self.constants)

    def render_constants(self, constants: Mapping[str, str]) -> bytes:
        """Return what stands between the event and the fields of each line."""
        members = self.LAYOUT.constant_members(constants)
        return b",%b," % encode_inside(members) if members else b","

    def merge(
        self, logger: Logger, fields: dict[str, Any]
    ) -> tuple[bytes, set[str], dict[str, Any]]:
        """Merge fields that share a name, or come from structlog's context."""
        tail, allowed, merged = super().merge(logger, fields)
        if not self.NAMES_FIRST:
            tail = self.render_around(logger._site._name)[1]
        return tail, allowed, merged

    def render_emoji(self, emoji: str) -> bytes:
        """Return an emoji prefix as `,"emoji":"..."`."""
        start, end = open_place(self.LAYOUT.names["emoji"])
        return b",%b%b%b" % (start, self.encode_text(emoji), end)

    def render_trace(self, members: Mapping[str, Any]) -> bytes:
        """Return what extensions gave as `,"a":1,"b":2`."""
        laid_out = self.LAYOUT.trace_members(members)
        return b"," + encode_inside(laid_out) if laid_out else b""

    def lay_out_details(self, members: dict[str, Any]) -> dict[str, Any]:
        """Return exception, stack and call site under the names that they have in a line."""
        return self.LAYOUT.detail_members(members, self.limits)


def open_place(place: str | tuple[str, str]) -> tuple[bytes, bytes]:
    """Return what leads to the value of a member, and what follows it."""
    if isinstance(place, str):
        return encode_name(place) + b":", b""
    return b"%b:{%b:" % (encode_name(place[0]), encode_name(place[1])), b"}"


def encode_inside(members: dict[str, Any]) -> bytes:
    """Return members without the braces around them."""
    return escape_json(dumps(members))[_INSIDE]


def class_members(layout: Layout) -> dict[str, Any]:
    """Return what the class of a layout's lane has of its own."""
    quote = b'"' if layout.time == ISO else b""
    return {
        "__slots__": (),
        "LAYOUT": layout,
        "PREFIX": b"{%b:%b" % (encode_name(layout.timestamp), quote),
        "NAMES_FIRST": not layout.schema.event_first,
        "make_log": staticmethod(_MAKE_LOG.get(layout.time, make_log)),
        "SHOWS_MICROSECONDS": layout.time != EPOCH_MS,
    }
