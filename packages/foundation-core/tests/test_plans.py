"""A class's plan says how its values are written, and leaves to `values.py` what runs code."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import ipaddress
import pathlib
import uuid
import zoneinfo
from typing import Any, NamedTuple

import attrs
import pydantic
import pytest

from provide.foundation._record import plans
from provide.foundation._record.plans import find_plan

pytestmark = pytest.mark.interpreter


class Kind(enum.Enum):
    """Be an enum as most are."""

    A = "a"


class Number(enum.IntEnum):
    """Be an int, too."""

    ONE = 1


class Shouting(enum.Enum):
    """Have a value of its own making."""

    A = "a"

    @property
    def value(self) -> str:
        """Return what no plan knows."""
        return "A!"


class Pair(NamedTuple):
    """Name two items."""

    left: int
    right: int


@dataclasses.dataclass
class Point:
    """Have a field that is hidden."""

    x: int
    y: int = dataclasses.field(repr=False, default=0)


@attrs.define
class Slotted:
    """Have slots."""

    a: int
    b: int = 2


@attrs.define
class Shown:
    """Have a function that shows a field."""

    a: int = attrs.field(repr=lambda value: "*")


class Model(pydantic.BaseModel):
    """Be a model."""

    name: str


class Open(pydantic.BaseModel, extra="allow"):
    """Take more fields than it has."""

    name: str


class Watched(Point):
    """Run code for a field."""

    @property
    def x(self) -> int:
        """Return the field."""
        return 1

    @x.setter
    def x(self, value: int) -> None:
        """Forget it."""


class Asking(Point):
    """Run code for each attribute."""

    def __getattribute__(self, name: str) -> Any:
        """Return the attribute."""
        return super().__getattribute__(name)


class Posing(Point):
    """Say that it is another's."""

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """Return another class."""
        return int


class Meta(type):
    """Have a say in what its classes have."""

    def __getattr__(cls, name: str) -> Any:
        """Have everything."""
        return {}


class Odd(metaclass=Meta):
    """Have everything."""


class Speaking(Exception):
    """Have a message of its own making."""

    def __str__(self) -> str:
        """Return it."""
        return "spoken"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (type("Text", (str,), {}), plans.TEXT),
        (type("Whole", (int,), {}), plans.INT),
        (collections.OrderedDict, plans.DICT),
        (Pair, plans.NAMED_TUPLE),
        (uuid.UUID, plans.UNIQUE),
        (decimal.Decimal, plans.DECIMAL),
        (type("Amount", (decimal.Decimal,), {}), plans.SPELT),
        (Kind, plans.ENUM),
        (Number, plans.ENUM),
        (Shouting, plans.ASK),
        (datetime.datetime, plans.MOMENT),
        (type("Moment", (datetime.datetime,), {}), plans.ASK),
        (datetime.timedelta, plans.DURATION),
        (zoneinfo.ZoneInfo, plans.ZONE),
        (datetime.timezone, plans.ZONE),
        (pathlib.PurePosixPath, plans.PATH),
        (ipaddress.IPv4Address, plans.ADDRESS),
        (ipaddress.IPv6Address, plans.SPELT),
        (set, plans.UNORDERED),
        (Watched, plans.ASK),
        (Asking, plans.ASK),
        (Posing, plans.ASK),
        (Odd, plans.ASK),
        (Shown, plans.ASK),
        (ValueError, plans.EXCEPTION),
        (KeyError, plans.EXCEPTION),
        (Speaking, plans.ASK),
        (object, plans.ASK),
    ],
)
def test_a_class_has_the_plan_that_runs_no_code_of_its_own(kind: type, code: int) -> None:
    """What would have to run such code is asked of the encoder."""
    assert code == find_plan(kind).code


@pytest.mark.parametrize(
    ("kind", "names"), [(Point, ("x",)), (Slotted, ("a", "b")), (Model, ("name",))]
)
def test_a_record_is_written_by_the_fields_that_its_class_shows(
    kind: type, names: tuple[str, ...]
) -> None:
    """A field that is kept out of the repr is no part of the plan."""
    plan = find_plan(kind)
    assert (plans.RECORD, names) == (plan.code, plan.names)


def test_only_models_may_have_fields_of_an_object_of_their_own() -> None:
    """Whoever writes a model looks whether it has such fields."""
    assert (False, True, True) == (
        find_plan(Point).extra,
        find_plan(Model).extra,
        find_plan(Open).extra,
    )


def test_a_class_with_other_fields_has_another_plan() -> None:
    """A class may be decorated anew after its first line."""

    class Growing:
        x: int

    before = find_plan(dataclasses.dataclass(Growing)).names
    Growing.__annotations__["y"] = int
    after = find_plan(dataclasses.dataclass(Growing)).names
    assert (("x",), ("x", "y")) == (before, after)


def test_classes_that_come_and_go_are_not_kept_for_ever() -> None:
    """Of classes that are made in a loop, the last ones are known."""
    for number in range(2000):
        find_plan(type(f"Made{number}", (), {}))
    assert len(plans._known) <= 512
