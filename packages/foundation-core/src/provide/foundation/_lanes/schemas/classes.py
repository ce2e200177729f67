"""The class of the fast lane for each layout of JSON lines."""

from __future__ import annotations

from provide.foundation._lanes.schemas.flat import SchemaLane, class_members
from provide.foundation._render.layout import Layout

#: Kept, so that outputs of one layout have one class.
_KNOWN: dict[Layout, type[SchemaLane]] = {}
_MOST_KNOWN = 64


def lane_of(layout: Layout) -> type[SchemaLane]:
    """Return the class of the lane that writes a layout."""
    known = _KNOWN.get(layout)
    if known is not None:
        return known
    base, members = SchemaLane, class_members(layout)
    if layout.fields_in is not None:
        from provide.foundation._lanes.schemas.nested import NestedLane, nest  # for those who ask

        base = NestedLane
        members["make_log"] = staticmethod(nest(members["make_log"].__func__))
    if len(_KNOWN) >= _MOST_KNOWN:
        _KNOWN.clear()
    return _KNOWN.setdefault(layout, type(base.__name__, (base,), members))
