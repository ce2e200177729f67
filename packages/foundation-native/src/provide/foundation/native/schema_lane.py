"""The Python half of the native lane for JSON in the schemas of back ends; imports lane.

Core's lanes of a schema make all bytes that are the same in each line; the compiled half puts them
together as it does those of Foundation's own schema. Exceptions, stacks and call sites have other
names and forms there, and core encodes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from provide.foundation._native_api.schemas import (
    EPOCH_MS,
    Layout,
    NestedLane,
    SchemaLane,
    encode_inside,
    encode_name,
    lane_of,
)
from provide.foundation.native.answers import JSON, json_key
from provide.foundation.native.lane import NativeLane

if TYPE_CHECKING:
    from provide.foundation._native_api import FastLane

#: Kept, so that outputs of one layout have one class.
_KNOWN: dict[Layout, type[FastLane]] = {}
_MOST_KNOWN = 64
#: `Second` of lane.h has so much room for what leads to a fraction, 20 of it for the time itself.
_LONGEST_PREFIX = 40


class NativeSchemaLane(NativeLane, SchemaLane):
    """Write JSON in a schema; `native_lane_of` makes a class for each layout."""

    FORMAT = JSON
    PUTS_CALLSITE = True
    ASKS_FOR_DETAILS = True

    def encode_name(self, name: str) -> tuple[bytes, bytes]:
        """Return what leads to the event for a logger's name, and what follows it."""
        head, tail = self.render_around(name)
        return head, tail.removesuffix(b",")

    def encode_key(self, key: str) -> bytes:
        """Return what stands in front of a field's value."""
        return b"," + json_key(key)


class NativeNestedLane(NativeSchemaLane, NestedLane):
    """Write JSON whose fields stand in an object of their own."""

    #: What stands between the event and the first field, in place of whose comma the object opens.
    _tail = b""

    def render_constants(self, constants: Mapping[str, Any]) -> bytes:
        """Return what stands between the event and the first field."""
        name = encode_name(str(self.LAYOUT.fields_in))
        lead = b"%b%b:" % (SchemaLane.render_constants(self, constants), name)
        static = self.LAYOUT.static_members(constants)
        self._tail = lead + (b"," + encode_inside(static) if static else b"")
        self.NESTED_AT = len(lead)
        return super().render_constants(constants)

    def encode_name(self, name: str) -> tuple[bytes, bytes]:
        """Return what leads to the event for a logger's name, and what follows it."""
        return self.render_around(name)[0], self._tail


def native_lane_of(layout: Layout) -> type[FastLane] | None:
    """Return the class of the lane that writes a layout, or `None`: its lines begin too long."""
    known = _KNOWN.get(layout)
    if known is not None:
        return known
    written = lane_of(layout)
    if len(written.PREFIX) > _LONGEST_PREFIX:
        return None
    base = NativeSchemaLane if layout.fields_in is None else NativeNestedLane
    own = {key: value for key, value in vars(written).items() if key.isupper()}
    digits = 3 if layout.time == EPOCH_MS else 6
    made = type(base.__name__, (base,), {**own, "FRACTION_DIGITS": digits})
    if len(_KNOWN) >= _MOST_KNOWN:
        _KNOWN.clear()
    return _KNOWN.setdefault(layout, made)
