"""What services log beside scalars, to a real file; imports workload only.

The objects are made by `objects.py`, in the process of the library that logs them: numpy and
pydantic are imported where they are logged, and nowhere else.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from perf_lab.workloads.workload import INDEX, Field, Workload

_ID = UUID("3f2504e0-4f89-11d3-9a0c-0305e82c3301")
_NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
_NUMBER = Field("iteration", "i", INDEX)
_ITEM = {"sku": "A-1", "quantity": 2, "price": 9.5}
_RECORD = {"id": 7, "name": "Jane", "active": True}
_ACCESS = (
    Field("method", "'GET'", "GET"),
    Field("path", "'/api/v1/orders/1042'", "/api/v1/orders/1042"),
    Field("status", "200", 200),
    Field("duration_ms", "12.7", 12.7),
    Field("bytes_sent", "i", INDEX),
    Field("client", "'203.0.113.9'", "203.0.113.9"),
    Field("request_id", "ID", _ID),
)
_ORDER = (
    Field("order_id", "i", INDEX),
    Field("total", "TOTAL", Decimal("119.90")),
    Field("status", "STATUS", "paid"),
    Field("placed_at", "PLACED", _NOON),
    Field("items", "ITEMS", [_ITEM] * 3),
)
_RECORDS = (
    _NUMBER,
    Field("plain", "DATACLASS", _RECORD),
    Field("checked", "MODEL", _RECORD),
    Field("defined", "ATTRS", _RECORD),
)
_NUMPY = (
    _NUMBER,
    Field("loss", "FLOAT64", 0.125),
    Field("epoch", "INT64", 12),
    Field("weights", "ARRAY", [0.5, 1.5, 2.5]),
)
_KINDS = (
    _NUMBER,
    Field("local", "LOCAL", _NOON),
    Field("took", "TOOK", timedelta(seconds=90, microseconds=5)),
    Field("day", "DAY", date(2026, 7, 1)),
    Field("path", "PATH", "/srv/data/orders.csv"),
    Field("address", "ADDRESS", "203.0.113.9"),
    Field("raw", "RAW", b"ab"),
    Field("tags", "TAGS", {"a", "b"}),
    Field("pair", "PAIR", [1, 2]),
    Field("point", "POINT", {"x": 1, "y": 2}),
    Field("priority", "PRIORITY", 3),
    Field("label", "LABEL", "blue"),
)
_CONTAINED = (
    _NUMBER,
    Field("prices", "PRICES", [Decimal("119.90")] * 3),
    Field("states", "STATES", {"before": "paid", "after": "paid"}),
    Field("ids", "IDS", [_ID] * 3),
    Field("people", "PEOPLE", [_RECORD] * 2),
)

VALUES = (
    Workload("access_line", "an access line: a UUID and a context field", fields=_ACCESS,
             context=(Field("tenant", "'acme'", "acme"),), objects="order", output="file"),
    Workload("order", "an order: Decimal, Enum, aware time, three dicts", fields=_ORDER,
             objects="order", output="file"),
    Workload("records", "a dataclass, a pydantic model, an attrs object", fields=_RECORDS,
             objects="records", output="file"),
    Workload("numpy_values", "numpy's scalars and a small array", fields=_NUMPY, objects="numpy",
             output="file"),
    Workload("other_kinds", "eleven other types, each as a field", fields=_KINDS, objects="kinds",
             output="file"),
    Workload("in_containers", "Decimal, Enum, UUID and records inside of containers",
             fields=_CONTAINED, objects="contained", output="file"),
    Workload("deep_exception", "a traceback of 12 frames, and its cause", fields=(_NUMBER,),
             method="exception", action="exception", event="request_failed", deep=True,
             output="file"),
)  # fmt: skip
