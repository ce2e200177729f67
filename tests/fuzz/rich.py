"""Bytes as values of every kind that a lane has a way of its own for, alone and in each other.

Beside what `Feed` makes: subclasses of what is exact, records of four libraries, numbers of numpy,
time zones, exceptions, pairs that may be headers, objects with `__log__`, and lazy values.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import ipaddress
import pathlib
import types
import uuid
import zoneinfo
from typing import Any, NamedTuple

import attrs
import numpy
import pydantic

from fuzz.feed import CANARY, Feed
from provide.foundation import lazy

_ZONES = (
    None, datetime.UTC, zoneinfo.ZoneInfo("Europe/Berlin"), zoneinfo.ZoneInfo("America/St_Johns"),
    datetime.timezone(datetime.timedelta(hours=-5)),
    datetime.timezone(datetime.timedelta(seconds=-1, microseconds=7)),
)  # fmt: skip
_NUMPY = (
    numpy.int64(-5), numpy.uint8(200), numpy.float64("nan"), numpy.float32(1.1), numpy.float16(2),
    numpy.bool_(True), numpy.complex128(1j), numpy.longdouble(1.5), numpy.str_("x"),
    numpy.bytes_(b"y"), numpy.datetime64("2020-01-01"), numpy.timedelta64(3, "s"),
    numpy.array([1, 2, 3]), numpy.array([[1.5, numpy.nan]]), numpy.array(5), numpy.zeros((3, 0)),
    numpy.arange(100), numpy.arange(101), numpy.array(["a"]), numpy.array([1], dtype=">i4"),
    numpy.array([(1, 2.0)], dtype=[("a", "i4"), ("token", "f8")]), numpy.uint64(2**64 - 1),
)  # fmt: skip


class Word(str):
    """Be a string of another class."""


class Whole(int):
    """Be an int of another class."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


class Real(float):
    """Be a float of another class."""


class Octets(bytes):
    """Be bytes of another class."""


class Row(list[Any]):
    """Be a list of another class."""

    def __iter__(self) -> Any:
        raise RuntimeError("no")


class Table(dict[Any, Any]):
    """Be a dict of another class."""

    def items(self) -> Any:
        """Raise."""
        raise RuntimeError("no")


class Named(NamedTuple):
    """Be a tuple with names, one of them a secret's."""

    a: Any
    password: Any


class Plain(enum.Enum):
    """Be an enum of each kind of value."""

    TEXT = "a b"
    NUMBER = 7
    PAIR = ("token", CANARY)
    NOTHING = None


class Count(enum.IntEnum):
    """Be an int, too."""

    ONE = 1


class Bits(enum.Flag):
    """Be a flag."""

    A = 1
    B = 2


@dataclasses.dataclass
class Point:
    """Be a dataclass with a hidden field and a secret one."""

    a: Any
    password: Any = CANARY
    hidden: str = dataclasses.field(default=CANARY, repr=False)


@dataclasses.dataclass(slots=True, frozen=True)
class Slotted:
    """Be a dataclass with slots."""

    x: Any
    y: Any = None


@attrs.define
class Defined:
    """Be a class of attrs."""

    x: Any
    shown: Any = attrs.field(default=CANARY, repr=lambda _: "*")


@attrs.frozen(slots=False)
class Loose:
    """Be a class of attrs without slots."""

    x: Any
    token: str = CANARY


class Model(pydantic.BaseModel, arbitrary_types_allowed=True):
    """Be a model."""

    x: Any
    token: str = CANARY


class Open(pydantic.BaseModel, extra="allow"):
    """Be a model that takes more."""

    x: Any


class Watched(Point):
    """Run code for a field."""

    @property
    def a(self) -> Any:
        """Return the field."""
        return self.__dict__.get("kept")

    @a.setter
    def a(self, value: Any) -> None:
        self.__dict__["kept"] = value


class Spoken(Exception):
    """Have a message of its own making."""

    def __str__(self) -> str:
        return "spoken\x9b"


class Told:
    """Say what is logged of it: whatever it was given."""

    def __init__(self, told: Any) -> None:
        self.told = told
        self.password = CANARY

    def __log__(self) -> Any:
        return self.told


@dataclasses.dataclass
class ToldPoint(Point):
    """Be a dataclass that says what is logged of it."""

    def __log__(self) -> Any:
        return {"a": self.a, "token": CANARY}


class ToldWord(str):
    """Be a string that is logged as another one."""

    def __log__(self) -> Any:
        return f"<{len(self)}>"


class ToldError(ValueError):
    """Be an exception with a form of its own, which fails if it has arguments."""

    def __log__(self) -> Any:
        return int("no") if self.args else {"code": 5}


class RichFeed(Feed):
    """Give values of more kinds."""

    def value(self, depth: int = 0) -> Any:
        """Return any value."""
        kind = self.byte() % 40
        if kind < 12:
            return super().value(depth)
        if depth >= 5:
            return self.leaf(kind)
        match kind:
            case 12:
                return Point(self.value(depth + 1))
            case 13:
                return Slotted(self.value(depth + 1), self.value(depth + 1))
            case 14:
                return Defined(self.value(depth + 1))
            case 15:
                return Loose(self.value(depth + 1))
            case 16:
                return Model.model_construct(x=self.value(depth + 1), token=CANARY)
            case 17:
                return Open.model_construct(x=self.value(depth + 1), token=CANARY)
            case 18:
                return Named(self.value(depth + 1), self.secret())
            case 19:
                return Row(self.value(depth + 1) for _ in range(self.byte() % 4))
            case 20:
                return Table({self.key(): self.value(depth + 1) for _ in range(self.byte() % 4)})
            case 21:
                return collections.OrderedDict(self.fields(depth))
            case 22:
                name = ("Cookie", b"Cookie", Word("Cookie"), "Host", 1, 1.5, None)[self.byte() % 7]
                hidden = str(name) not in ("Host", "1", "1.5", "None") and self.byte() % 2
                return [(name, CANARY if hidden else "h")] * 2
            case 23:
                point = Point(self.value(depth + 1))
                point.a = [point, point.a]
                return point
            case 24:
                return [pathlib.Path(f"/{n}") for n in range(self.byte() % 20)]
            case 25:
                return types.SimpleNamespace(a=self.value(depth + 1), token=CANARY)
            case 26:
                return Watched(self.value(depth + 1))
            case 27:
                bare = Point(1)
                del bare.a
                return bare
            case 28:
                return list(range(self.byte() * 5))
            case 29:
                value = self.value(depth + 1)
                return [value] * (3 + self.byte() % 8)
            case 30:
                keys = [self.key() for _ in range(3)]
                return [{key: self.value(depth + 1) for key in keys} for _ in range(3)]
            case 31:
                told = Told(self.value(depth + 1))
                return told if self.byte() % 2 else Told([told, told.told])
            case 32:
                told = Told(None)
                told.told = (told, Told(told), [told], {"me": told})[self.byte() % 4]
                return told
            case 33:
                return (ToldPoint(self.value(depth + 1)), ToldWord("w"), ToldError(1), ToldError())[
                    self.byte() % 4
                ]
            case 34 | 35:
                value = self.value(depth + 1)
                return lazy(lambda: value)
            case 36:
                return (lazy(lambda: 1 / 0), lazy(lambda: lazy(lambda: {"token": CANARY})))[
                    self.byte() % 2
                ]
        return self.leaf(kind)

    def leaf(self, kind: int) -> Any:
        """Return a value that holds no other."""
        moment = datetime.datetime(
            1 + self.byte() * 30, 1 + self.byte() % 12, 1 + self.byte() % 28, self.byte() % 24,
            self.byte() % 60, 9, self.byte() % 2 * 7000, _ZONES[self.byte() % len(_ZONES)],
            fold=self.byte() % 2,
        )  # fmt: skip
        match kind % 16:
            case 0:
                return moment
            case 1:
                return (moment.date(), moment.timetz(), moment.time())[self.byte() % 3]
            case 2:
                return datetime.timedelta(self.byte() - 128, self.byte(), self.byte() * 3)
            case 3:
                return (Word, Whole, Real, Octets)[self.byte() % 4](self.byte())
            case 4:
                kinds = (Plain.TEXT, Plain.NUMBER, Plain.NOTHING, Count.ONE, Bits.A | Bits.B)
                return kinds[self.byte() % 5]
            case 5:
                return uuid.UUID(bytes=self.take(16).ljust(16, b"\x07"))
            case 6:
                return decimal.Decimal(self.byte()).scaleb(self.byte() - 128)
            case 7 | 8:
                return _NUMPY[self.byte() % len(_NUMPY)]
            case 9:
                errors = (ValueError, KeyError, OSError, Spoken, StopIteration)
                parts = [self.text(), self.byte(), self.value(5)][: self.byte() % 4]
                return errors[self.byte() % 5](*parts)
            case 10:
                return (1 << self.byte() * 20) * (-1 if self.byte() % 2 else 1)
            case 11:
                addresses = (ipaddress.IPv4Address, ipaddress.IPv6Address)
                return addresses[self.byte() % 2](self.byte() << 20)
            case 12:
                return pathlib.PurePosixPath(self.text().replace("\0", "") or "/")
            case 13:
                return fractions.Fraction(self.byte(), 3)
            case 14:
                return {(self.text(), self.byte(), 1.5)[self.byte() % 3] for _ in range(3)}
        return self.take(self.byte() % 40)
