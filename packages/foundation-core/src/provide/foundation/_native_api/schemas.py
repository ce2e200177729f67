"""What a compiled lane for JSON in the schemas of back ends may import of core."""

from provide.foundation._lanes.schemas.classes import lane_of
from provide.foundation._lanes.schemas.flat import SchemaLane, encode_inside
from provide.foundation._lanes.schemas.nested import NestedLane
from provide.foundation._record.timestamps import EPOCH_MS
from provide.foundation._render.layout import Layout, encode_name

__all__ = [
    "EPOCH_MS",
    "Layout",
    "NestedLane",
    "SchemaLane",
    "encode_inside",
    "encode_name",
    "lane_of",
]
