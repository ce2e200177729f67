"""Objects that say that they are another's, as proxies do: what is behind them is shown."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import operator
import pathlib
import uuid
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from provide.foundation._pipeline.message import format_event
from provide.foundation._record.redaction import is_secret
from provide.foundation._record.values import plain

pytestmark = pytest.mark.interpreter

SECRET = "hunter2"


def forward(name: str) -> Any:
    """Return a method that calls that of the object behind a proxy."""

    def call(self: Any, *args: Any) -> Any:
        target = object.__getattribute__(self, "_target")
        operation: Any = getattr(operator, name, getattr(target, name, None))
        return operation(target, *args)

    return call


class Proxy:
    """Be a proxy as wrapt's and werkzeug's are: all is forwarded, `__class__` too."""

    def __init__(self, target: Any) -> None:
        object.__setattr__(self, "_target", target)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return object.__getattribute__(self, "_target").__class__

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_target"), name)

    @property
    def __dict__(self) -> Any:  # type: ignore[override]
        return object.__getattribute__(self, "_target").__dict__

    def __str__(self) -> str:
        return str(object.__getattribute__(self, "_target"))

    def __repr__(self) -> str:
        return repr(object.__getattribute__(self, "_target"))

    def __len__(self) -> int:
        return len(object.__getattribute__(self, "_target"))

    def __iter__(self) -> Any:
        return iter(object.__getattribute__(self, "_target"))

    def __int__(self) -> int:
        return int(object.__getattribute__(self, "_target"))

    def __float__(self) -> float:
        return float(object.__getattribute__(self, "_target"))

    def __bool__(self) -> bool:
        return bool(object.__getattribute__(self, "_target"))

    def __bytes__(self) -> bytes:
        return bytes(object.__getattribute__(self, "_target"))

    def __getitem__(self, key: Any) -> Any:
        return object.__getattribute__(self, "_target")[key]

    def __hash__(self) -> int:
        return hash(object.__getattribute__(self, "_target"))


class Colour(enum.Enum):
    """Be a value with a name."""

    RED = "red"


@dataclasses.dataclass
class Record:
    """Have a field that is secret."""

    user: str = "kim"
    password: str = SECRET


Named = collections.namedtuple("Named", "user password")

VALUES: tuple[Any, ...] = (
    "kim", "", "a\nb", "\ud800", 7, -1, 10**30, True, False, 1.5, float("nan"), None,
    b"kim", b"\xff", bytearray(b"x"), [1, "a"], (1, 2), {1, 2}, frozenset({1}), {"a": 1},
    {"password": SECRET},
    Named("kim", SECRET), Record(), Colour.RED, datetime.datetime(2026, 1, 2), datetime.time(1),
    datetime.date(2026, 1, 2), datetime.timedelta(1), decimal.Decimal("1.5"), uuid.UUID(int=1),
    pathlib.PurePosixPath("/srv"), ValueError("no"), collections.OrderedDict(a=1),
    collections.deque([1]), collections.ChainMap({"token": SECRET}), range(3),
)  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_proxy_is_shown_as_what_is_behind_it(value: Any) -> None:
    """In a field, in a list and behind another proxy."""
    expected = plain(value, is_secret=is_secret)

    assert [expected, [expected], expected] == [
        plain(Proxy(value), is_secret=is_secret),
        plain([Proxy(value)], is_secret=is_secret),
        plain(Proxy(Proxy(value)), is_secret=is_secret),
    ]
    assert SECRET not in format_event("%s", (Proxy(value),), {}, is_secret=is_secret)
    assert SECRET not in format_event(Proxy(value), (), {}, is_secret=is_secret)


class LazyText:
    """Be a text as Django's lazy ones are: its methods are there, its class is its own."""

    def __str__(self) -> str:
        return "kim"

    def __repr__(self) -> str:
        return repr(str(self))

    casefold = format_map = str.casefold


@pytest.mark.parametrize("make", [LazyText, lambda: Proxy("kim")], ids=["lazy", "proxy"])
def test_lazy_texts_are_texts(make: Callable[[], Any]) -> None:
    """As Django's and wrapt's are: they come out once, without quotes, in one piece."""
    text = make()

    assert ["kim", "kim", "at kim", {"kim": 1}] == [
        plain(text),
        format_event(text, (), {}),
        format_event("at %s", (text,), {}),
        plain({text: 1}),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", [str, int, float, bytes, dict, list, datetime.datetime, Record])
@pytest.mark.parametrize("double", [mock.Mock, mock.MagicMock])
def test_doubles_are_shown(double: Any, kind: type) -> None:
    """A double says that it is what it stands for, and has none of it."""
    assert plain({"v": double(spec=kind)})["v"] is not None


def test_proxy_that_lacks_a_method_is_its_text() -> None:
    """Django's SimpleLazyObject cannot be made a number."""

    class Lazy:
        __class__ = int  # type: ignore[assignment]

        def __str__(self) -> str:
            return "7"

    assert "7" == plain(Lazy())


def test_user_string_is_a_text() -> None:
    """A string in a class of its own is no list of letters."""
    assert "kim" == plain(collections.UserString("kim"))


def test_lying_class_is_a_marker() -> None:
    """An object that claims to be what it cannot do is shown all the same."""

    class Liar:
        __class__ = dict  # type: ignore[assignment]

    class Raiser:
        @property  # type: ignore[misc]
        def __class__(self) -> Any:
            raise RuntimeError("no")

    assert ["<unprintable ", "<unprintable "] == [plain(each())[:13] for each in (Liar, Raiser)]
