"""Makes what workloads log beside scalars; what a maker needs is imported inside of it.

A library's process calls the maker that its workload names, and only then: numpy and pydantic would
weigh in every other figure. `EXPECTED` says what a line has of each.
"""

from __future__ import annotations

import enum
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_address
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from perf_lab.workloads.workload import THREAD

Objects = dict[str, object]

#: What growth is measured of, by what grows.
LENGTHS = {
    "fields": (1, 2, 4, 8, 16, 32, 64),
    "list": (1, 10, 100, 300, 1_000),
    "nest": (1, 2, 4, 8),
    "text": (10, 100, 1_000, 10_000, 100_000, 1_000_000),
}


def nest(depth: int) -> dict[str, Any]:
    """Return so many dicts inside of each other, each with a number."""
    value: dict[str, Any] = {"n": depth}
    for level in range(depth - 1, 0, -1):
        value = {"n": level, "inner": value}
    return value


def write_text(characters: int) -> str:
    """Return a text of so many characters, lines of SQL."""
    line = "SELECT id, name, total FROM orders WHERE state = 'paid' AND total > 100\n"
    return (line * (characters // len(line) + 1))[:characters]


def make_lengths() -> Objects:
    """Return lists, nestings and texts of each length that the growth is measured at."""
    lists: Objects = {f"INTS_{n}": list(range(n)) for n in LENGTHS["list"]}
    nested = {f"NEST_{n}": nest(n) for n in LENGTHS["nest"]}
    return lists | nested | {f"TEXT_{n}": write_text(n) for n in LENGTHS["text"]}


class Status(enum.Enum):
    """Say where an order is."""

    PAID = "paid"


class Priority(enum.IntEnum):
    """Say how soon."""

    HIGH = 3


class Label(str):
    """A text of a type of its own."""


Point = namedtuple("Point", ["x", "y"])


@dataclass
class Person:
    """A plain record."""

    id: int
    name: str
    active: bool


_WHEN = datetime(1980, 1, 1, tzinfo=UTC)
_USER = {"name": "Jane Doe", "email": "jane@test.com", "createdAt": _WHEN}
_NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
_ID = UUID("3f2504e0-4f89-11d3-9a0c-0305e82c3301")
_TOTAL = Decimal("119.90")
_RECORD: dict[str, Any] = {"id": 7, "name": "Jane", "active": True}
_ITEM = {"sku": "A-1", "quantity": 2, "price": 9.5}

#: What expressions may use besides the loop's own names.
CONSTANTS: Objects = {
    "t": THREAD, "INTS": [1, 2, 3, 4, 5, 6, 7, 8, 9, 0], "STRINGS": list("abcdefghij"),
    "WHEN": _WHEN, "WHENS": [_WHEN] * 10, "USER": _USER, "USERS": [_USER] * 10,
    "ERROR": ValueError("fail"), "NAN": float("nan"),
}  # fmt: skip
#: By expression: what a parser finds in the line, where that is not the expression's own value.
EXPECTED: Objects = {
    **{name: CONSTANTS[name] for name in CONSTANTS.keys() - {"t", "NAN"}},
    **make_lengths(),
    "ID": _ID, "TOTAL": _TOTAL, "STATUS": "paid", "PLACED": _NOON, "ITEMS": [_ITEM] * 3,
    "FLOAT64": 0.125, "INT64": 12, "ARRAY": [0.5, 1.5, 2.5],
    "LOCAL": _NOON, "TOOK": timedelta(seconds=90, microseconds=5), "DAY": date(2026, 7, 1),
    "PATH": "/srv/data/orders.csv", "ADDRESS": "203.0.113.9", "RAW": b"ab", "TAGS": {"a", "b"},
    "PAIR": [1, 2], "POINT": {"x": 1, "y": 2}, "PRIORITY": 3, "LABEL": "blue",
    "PRICES": [_TOTAL] * 3, "STATES": {"before": "paid", "after": "paid"}, "IDS": [_ID] * 3,
    "PEOPLE": [_RECORD] * 2,
    **dict.fromkeys(
        ("DATACLASS", "MODEL", "ATTRS", "PERSON", "TOLD", "make()", "lazy(make)"), _RECORD
    ),
}  # fmt: skip


def make_order() -> Objects:
    """Return the values of an access line and of an order."""
    items = [dict(_ITEM) for _ in range(3)]
    return {"ID": _ID, "TOTAL": _TOTAL, "STATUS": Status.PAID, "PLACED": _NOON, "ITEMS": items}


def make_records() -> Objects:
    """Return one record of each of the three kinds that programs define."""
    import attrs
    from pydantic import create_model

    model = create_model("Model", id=(int, ...), name=(str, ...), active=(bool, ...))
    defined = attrs.make_class("Defined", [*_RECORD])
    return {
        "DATACLASS": Person(**_RECORD), "MODEL": model(**_RECORD), "ATTRS": defined(**_RECORD),
    }  # fmt: skip


def make_numpy() -> Objects:
    """Return two scalars and an array of numpy's."""
    from numpy import array, float64, int64

    return {"FLOAT64": float64(0.125), "INT64": int64(12), "ARRAY": array([0.5, 1.5, 2.5])}


def make_kinds() -> Objects:
    """Return one value of each type that is neither of these."""
    from zoneinfo import ZoneInfo

    berlin = ZoneInfo("Europe/Berlin")
    return {
        "LOCAL": datetime(2026, 7, 1, 14, tzinfo=berlin), "DAY": date(2026, 7, 1),
        "TOOK": timedelta(seconds=90, microseconds=5), "PAIR": (1, 2), "POINT": Point(1, 2),
        "PATH": PurePosixPath("/srv/data/orders.csv"), "ADDRESS": ip_address("203.0.113.9"),
        "RAW": b"ab", "TAGS": {"a", "b"}, "PRIORITY": Priority.HIGH, "LABEL": Label("blue"),
    }  # fmt: skip


def make_contained() -> Objects:
    """Return the same inside of lists and dicts."""
    return {
        "PRICES": [_TOTAL] * 3, "STATES": {"before": Status.PAID, "after": Status.PAID},
        "IDS": [_ID] * 3, "PEOPLE": [Person(**_RECORD), Person(**_RECORD)],
    }  # fmt: skip


def make_wrapped() -> Objects:
    """Return an object, one that says what is logged of it, and what stands around others."""
    from provide.foundation import catch, lazy

    class Told(Person):
        def __log__(self) -> dict[str, object]:
            return {"id": self.id, "name": self.name, "active": self.active}

    def bare(number: int) -> None:
        pass

    return {
        "PERSON": Person(**_RECORD), "TOLD": Told(**_RECORD), "bare": bare,
        "caught": catch(bare), "lazy": lazy,
        "make": lambda: {"id": 7, "name": "Jane", "active": True},
    }  # fmt: skip


#: What a workload's `objects` names.
MAKERS: dict[str, Callable[[], Any]] = {
    "contained": make_contained, "kinds": make_kinds, "lengths": make_lengths,
    "numpy": make_numpy, "order": make_order, "records": make_records, "wrapped": make_wrapped,
}  # fmt: skip
