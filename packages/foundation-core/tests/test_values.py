"""Every object becomes plain, bounded data, whatever its methods do."""

from __future__ import annotations

import argparse
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import ipaddress
import json
import pathlib
import sys
import time
import types
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

import attrs
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provide.foundation._record.classes import type_name
from provide.foundation._record.redaction import is_secret
from provide.foundation._record.values import Limits, plain, plain_fields

pytestmark = pytest.mark.interpreter

HERE = __name__


class Color(enum.Enum):
    """Name colours."""

    RED = "red"
    BOTH = ("red", 2)


class Size(enum.IntEnum):
    """Name sizes."""

    BIG = 3


class Point(NamedTuple):
    """Be a named tuple."""

    x: int
    token: str


@dataclasses.dataclass
class Account:
    """Be a dataclass with a field that is kept out of its repr."""

    shared: ClassVar[int] = 9
    name: str
    password: str = "p"
    raw: bytes = dataclasses.field(default=b"raw", repr=False)


@attrs.define
class Card:
    """Be an attrs class with fields that its repr hides or shortens."""

    owner: str
    number: str = attrs.field(default="4111", repr=lambda value: f"...{value[-2:]}")
    hidden: int = attrs.field(default=1, repr=False)


class Naive(datetime.tzinfo):
    """Be a time zone that fails."""

    def utcoffset(self, moment: datetime.datetime | None) -> datetime.timedelta:
        """Fail."""
        raise ValueError("no offset")

    dst = tzname = utcoffset  # type: ignore[assignment]


class Broken:
    """Be an object of which everything fails."""

    def __repr__(self) -> str:
        raise ValueError

    __str__ = __repr__

    def __hash__(self) -> int:
        raise ValueError

    def __eq__(self, other: object) -> bool:
        raise ValueError

    def __getattr__(self, name: str) -> object:
        raise ValueError

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """Fail."""
        raise ValueError


class BrokenMapping(Mapping[str, int]):
    """Be a mapping that fails on being read."""

    def __getitem__(self, key: str) -> int:
        raise OSError

    def __iter__(self) -> Iterator[str]:
        raise OSError

    def __len__(self) -> int:
        return 3


class Endless(Mapping[int, int]):
    """Be a mapping without an end."""

    def __getitem__(self, key: int) -> int:
        return key

    def __iter__(self) -> Iterator[int]:
        number = 0
        while True:
            yield number
            number += 1

    def __len__(self) -> int:
        raise OverflowError


def raising(error: type[BaseException]) -> object:
    """Return an object whose repr raises."""

    class Raising:
        def __repr__(self) -> str:
            raise error

    return Raising()


class Shouting(str):
    """Be a string with opinions."""

    def __str__(self) -> str:
        return "LOUD"

    def encode(self, *_: object) -> bytes:
        """Fail."""
        raise ValueError


class NotANumber(int):
    """Be an int that hides its value."""

    def __int__(self) -> int:
        return 0

    def __index__(self) -> int:
        return 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(None, None, id="none"),
        pytest.param(True, True, id="bool"),
        pytest.param(7, 7, id="int"),
        pytest.param(2**64 - 1, 2**64 - 1, id="largest-int"),
        pytest.param(2**64, "18446744073709551616", id="int-beyond"),
        pytest.param(-(2**63), -(2**63), id="smallest-int"),
        pytest.param(-(2**63) - 1, "-9223372036854775809", id="int-below"),
        pytest.param(1 << 40_000, "<int of 40001 bits>", id="huge-int"),
        pytest.param(1.5, 1.5, id="float"),
        pytest.param(float("nan"), "NaN", id="nan"),
        pytest.param(float("inf"), "Infinity", id="infinity"),
        pytest.param(float("-inf"), "-Infinity", id="negative-infinity"),
        pytest.param("h\u00e9", "h\u00e9", id="text"),
        pytest.param("a\ud800b", "a\\ud800b", id="lone-surrogate"),
        pytest.param(b"h\xc3\xa9", "h\u00e9", id="bytes"),
        pytest.param(b"\xff\x00", "b'\\xff\\x00'", id="binary"),
        pytest.param(bytearray(b"ab"), "ab", id="bytearray"),
        pytest.param(memoryview(b"ab"), "ab", id="memoryview"),
        pytest.param((1, [2]), [1, [2]], id="tuple"),
        pytest.param({10, 9, 1}, [1, 9, 10], id="set"),
        pytest.param(frozenset({"b", 1}), [1, "b"], id="mixed-set"),
        pytest.param({1: "a", None: "b"}, {"1": "a", "None": "b"}, id="keys"),
        pytest.param({1: "a", "1": "b"}, {"1": "a", "1_": "b"}, id="colliding-keys"),
        pytest.param({(1, "x"): 1}, {"(1, 'x')": 1}, id="tuple-key"),
        pytest.param({b"k": 1, Color.RED: 2}, {"k": 1, "red": 2}, id="bytes-and-enum-keys"),
        pytest.param({"\ud800": 1}, {"\\ud800": 1}, id="surrogate-key"),
        pytest.param(datetime.datetime(2026, 1, 2, 3), "2026-01-02T03:00:00", id="datetime"),
        pytest.param(
            datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
            "2026-01-02T00:00:00+00:00",
            id="aware-datetime",
        ),
        pytest.param(
            datetime.datetime(2026, 1, 2, tzinfo=Naive()),
            f"2026-01-02T00:00:00<unprintable {HERE}.Naive>",
            id="hostile-tzinfo",
        ),
        pytest.param(
            datetime.time(1, 2, tzinfo=Naive()),
            f"01:02:00<unprintable {HERE}.Naive>",
            id="hostile-time",
        ),
        pytest.param(datetime.date(2026, 1, 2), "2026-01-02", id="date"),
        pytest.param(datetime.timedelta(minutes=1.5), "90.0", id="timedelta"),
        pytest.param(Color.RED, "red", id="enum"),
        pytest.param(Color.BOTH, ["red", 2], id="enum-of-tuple"),
        pytest.param(Size.BIG, 3, id="int-enum"),
        pytest.param(uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001", id="uuid"),
        pytest.param(decimal.Decimal("1.50"), "1.50", id="decimal"),
        pytest.param(fractions.Fraction(1, 3), "1/3", id="fraction"),
        pytest.param(pathlib.PurePosixPath("/a/b"), "/a/b", id="path"),
        pytest.param(ipaddress.ip_address("::1"), "::1", id="ip-address"),
        pytest.param(Point(1, "t"), {"x": 1, "token": "t"}, id="named-tuple"),
        pytest.param(Account("a"), {"name": "a", "password": "p"}, id="dataclass"),
        pytest.param(Card("me"), {"owner": "me", "number": "...11"}, id="attrs"),
        pytest.param(types.SimpleNamespace(a=1), {"a": 1}, id="namespace"),
        pytest.param(argparse.Namespace(a=1), {"a": 1}, id="arguments"),
        pytest.param(types.MappingProxyType({"a": 1}), {"a": 1}, id="mapping"),
        pytest.param(collections.Counter("aab"), {"a": 2, "b": 1}, id="dict-subclass"),
        pytest.param(collections.deque([1, {2}]), [1, [2]], id="deque"),
        pytest.param({"a": 1}.values(), [1], id="view"),
        pytest.param(range(3), "range(0, 3)", id="range"),
        pytest.param(ValueError("bad"), "ValueError: bad", id="exception"),
        pytest.param(KeyError(), "KeyError", id="exception-without-message"),
        pytest.param(
            json.JSONDecodeError("m", "", 0),
            "json.decoder.JSONDecodeError: m: line 1 column 1 (char 0)",
            id="qualified-exception",
        ),
        pytest.param(int, "<class 'int'>", id="class"),
        pytest.param(1j, "1j", id="complex"),
        pytest.param(Shouting("quiet"), "quiet", id="str-subclass"),
        pytest.param(NotANumber(5), 5, id="int-subclass"),
    ],
)
def test_plain(value: object, expected: object) -> None:
    """Each kind of object has its plain form, of an exact type."""
    result = plain(value)

    assert (type(expected), expected) == (type(result), result)


def test_digits_of_a_large_int_are_right() -> None:
    """An int of up to 1,000 digits is written out, even where Python would refuse."""
    numbers = [10**999 + 7, -(10**700), 10**500, 10**500 - 1, 10**1000 - 1]
    expected = [str(number) for number in numbers]
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        result = [plain(number) for number in numbers]
    finally:
        sys.set_int_max_str_digits(limit)

    assert expected == result


def test_int_of_more_digits_is_a_marker() -> None:
    """The smallest int of 1,001 digits is told by its size."""
    assert "<int of 3322 bits>" == plain(10**1000)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(Broken(), id="everything-fails"),
        pytest.param(BrokenMapping(), id="mapping"),
        pytest.param(raising(RecursionError), id="recursion"),
        pytest.param(raising(MemoryError), id="memory"),
        pytest.param(raising(StopIteration), id="stop-iteration"),
    ],
)
def test_failing_object_is_a_marker(value: object) -> None:
    """An object whose methods raise is told by its type, and its neighbours stay."""
    marker = f"<unprintable {type_name(type(value))}>"

    assert {"a": marker, "b": [marker], "c": 1} == plain({"a": value, "b": [value], "c": 1})


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_interrupt_passes(error: type[BaseException]) -> None:
    """What is meant to stop the program is not held up."""
    with pytest.raises(error):
        plain([raising(error)])


def test_failing_field_is_a_marker() -> None:
    """A field of a record that cannot be read leaves the others."""

    @dataclasses.dataclass(slots=True)
    class Record:
        a: int
        b: int = 2

    record = Record(1)
    del record.b

    assert {"a": 1, "b": "<unreadable>"} == plain(record)


def test_metaclass_has_no_say() -> None:
    """A class that lies about its name, or fails to tell it, is told by the true one."""

    class Meta(type):
        def __getattribute__(cls, name: str) -> Any:
            raise ValueError(name)

    class Sly(metaclass=Meta):
        pass

    assert f"<unprintable {HERE}.test_metaclass_has_no_say.<locals>.Sly>" == plain(Sly())


def test_iterators_are_not_consumed() -> None:
    """A generator and an iterator still have all their items afterwards."""
    generator, iterator = (number for number in (1, 2)), iter([1, 2])
    shown = plain([generator, iterator])

    assert ([1, 2], [1, 2], True, True) == (
        list(generator),
        list(iterator),
        shown[0].startswith("<generator object"),
        shown[1].startswith("<list_iterator object"),
    )


def test_cycles_are_markers() -> None:
    """A container inside itself is told; one that is merely there twice is shown twice."""
    shared = [1]
    knot: dict[str, Any] = {"twice": [shared, shared]}
    knot["self"] = [knot]
    space = types.SimpleNamespace()
    space.me = space

    assert (
        {"twice": [[1], [1]], "self": ["<cycle dict>"]},
        {"me": "<cycle types.SimpleNamespace>"},
    ) == (plain(knot), plain(space))


def test_depth_is_bounded() -> None:
    """Of 10,000 lists in each other 32 are shown."""
    value: list[Any] = []
    for _ in range(10_000):
        value = [value]

    shown, depth = plain(value), 0
    while isinstance(shown, list):
        shown, depth = shown[0], depth + 1

    assert (32, "<depth limit>") == (depth, shown)


def test_fields_are_as_deep_as_values() -> None:
    """The mapping that holds a line's fields does not count."""
    value = {"a": {"b": {"c": 1}}}
    limits = Limits(depth=2)

    assert {"value": plain(value, limits)} == plain_fields({"value": value}, limits)


def test_items_are_bounded() -> None:
    """A container is cut to its limit, and says how many items it left out."""
    limits = Limits(items=2)

    assert (
        [1, 2, "<3 more items>"],
        {"a": 1, "...": 2, "..._": "<1 more items>"},
        [7, 7],
        {"0": 0, "1": 1, "...": "<more items>"},
    ) == (
        plain([1, 2, 3, 4, 5], limits),
        plain({"a": 1, "...": 2, "c": 3}, limits),
        plain([7, 7], limits),
        plain(Endless(), limits),
    )


def test_strings_are_bounded() -> None:
    """Text, bytes and what an object's repr gives are cut, and say how much they left out."""
    limits = Limits(string=70)
    thing = type("Thing", (), {"__repr__": lambda self: "t" * 80})()

    assert [
        "a" * 70 + "...<10 more characters>",
        "b" * 70 + "...<5 more bytes>",
        "t" * 70 + "...<10 more characters>",
        "e" * 69 + "...<2 more bytes>",
        "b'" + "\\xff" * 64 + "'...<6 more bytes>",
    ] == [
        plain(value, limits)
        for value in (
            "a" * 80,
            b"b" * 75,
            thing,
            b"e" * 69 + "\u00e9".encode() + b"e",
            b"\xff" * 70,
        )
    ]


def test_whole_is_bounded() -> None:
    """A graph that is within every single limit, and still endless, is cut in good time."""
    value: list[Any] = ["x"]
    for _ in range(20):
        value = [value] * 1000
    started = time.monotonic()

    encoded = orjson.dumps(plain({"a": value, "b": {"c": "d" * 100}}))

    assert (True, True) == (len(encoded) < 1_000_000, time.monotonic() - started < 5)


def test_text_of_the_whole_is_bounded() -> None:
    """Many strings share one budget."""
    encoded = orjson.dumps(plain(["x" * 1_000_000] * 100))

    assert 8 * 1024 * 1024 < len(encoded) < 8 * 1024 * 1024 + 10_000


def test_secrets_are_masked_at_any_depth() -> None:
    """Values under secret keys are masked in whatever holds keys, and in lists of headers."""
    value = {
        "password": "s",
        "list": [{"X-Api-Key": ["s"]}],
        "record": Account("a", "s"),
        "tuple": Point(1, "s"),
        "space": types.SimpleNamespace(secret="s"),
        "bytes": {b"Authorization": b"s"},
        "headers": [(b"cookie", b"s"), ("host", "h")],
        "names": ("password", "email"),
        "max_tokens": 5,
    }

    assert {
        "password": "***",
        "list": [{"X-Api-Key": "***"}],
        "record": {"name": "a", "password": "***"},
        "tuple": {"x": 1, "token": "***"},
        "space": {"secret": "***"},
        "bytes": {"Authorization": "***"},
        "headers": [["cookie", "***"], ["host", "h"]],
        "names": ["password", "email"],
        "max_tokens": 5,
    } == plain(value, is_secret=is_secret)


def test_cut_key_is_still_secret() -> None:
    """A key is judged by its whole text, not by what is left of it."""
    shown = plain({"k" * 100 + "password": "s"}, Limits(string=20), is_secret)

    assert ["***"] == list(shown.values())


def test_many_colliding_keys_stay_apart() -> None:
    """Objects that all look alike, used as keys, cost no more than their number."""
    same = type("Same", (), {"__repr__": lambda self: "same"})

    assert 1000 == len(plain({same(): number for number in range(1000)}))


def test_used_up_stack_is_survived() -> None:
    """Wherever there is room for the call itself, a plain value comes back."""
    results: list[object] = []

    def call_twice() -> object:
        return (lambda: None)()

    def descend() -> None:
        try:
            call_twice()
        except RecursionError:
            return
        results.append(plain({"a": [{"b": {1, 2}}]}))
        descend()

    descend()

    assert {str, dict} == {type(result) for result in results}


def test_container_that_changes_is_read_again() -> None:
    """A container that another thread changes while it is read still renders."""

    class Restless(set[int]):
        reads = 0

        def __iter__(self) -> Iterator[int]:
            self.reads += 1
            if self.reads < 3:
                raise RuntimeError("Set changed size during iteration")
            return super().__iter__()

    assert [1, 2] == plain(Restless({1, 2}))


def test_numpy_scalars() -> None:
    """Scalars of numpy are told by their module and become Python's own."""
    numpy = pytest.importorskip("numpy")

    assert [1.5, 3, True, "2026-01-02", "a", "1.5", [1, 2]] == plain(
        [
            numpy.float32(1.5),
            numpy.int64(3),
            numpy.bool_(True),
            numpy.datetime64("2026-01-02"),
            numpy.str_("a"),
            numpy.longdouble("1.5"),
            numpy.array([1, 2]),
        ]
    )


def test_pandas_scalars() -> None:
    """Scalars of pandas are shown as what they mean, missing ones included."""
    pandas = pytest.importorskip("pandas")

    assert ["2026-01-02T00:00:00", "NaT", "<NA>", "1.5"] == plain(
        [pandas.Timestamp("2026-01-02"), pandas.NaT, pandas.NA, pandas.Timedelta("1.5s")]
    )


def test_pydantic_models() -> None:
    """Models are dicts of the fields that their repr would show, and of extra ones."""
    pydantic = pytest.importorskip("pydantic")

    class User(pydantic.BaseModel):  # type: ignore[misc,name-defined]
        model_config: ClassVar[dict[str, str]] = {"extra": "allow"}
        name: str
        hidden: int = pydantic.Field(1, repr=False)
        pin: pydantic.SecretStr = pydantic.SecretStr("1234")  # type: ignore[name-defined]

    shown = plain(User(name="a", more=2))

    assert {"name": "a", "pin": "SecretStr('**********')", "more": 2} == shown


def test_pydantic_1_models() -> None:
    """Models of version 1 are read by that version's names."""
    pydantic = pytest.importorskip("pydantic.v1")

    class User(pydantic.BaseModel):  # type: ignore[misc,name-defined]
        name: str
        hidden: int = pydantic.Field(1, repr=False)

    assert {"name": "a"} == plain(User(name="a"))


def reject_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of pairs, unless a key is there twice."""
    keys = [key for key, _ in pairs]
    assert sorted(set(keys)) == sorted(keys)
    return dict(pairs)


def reject_constant(name: str) -> None:
    """Refuse NaN and the infinities."""
    raise AssertionError(name)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(10**1100), max_value=10**1100),
    st.floats(),
    st.text(st.characters()),
    st.text(st.characters(categories=["Cs", "Cc", "Lu"])),
    st.binary(),
    st.decimals(),
    st.fractions(),
    st.datetimes(),
    st.datetimes().map(lambda moment: moment.replace(tzinfo=Naive())),
    st.timedeltas(),
    st.uuids(),
    st.complex_numbers(),
    st.sampled_from([Color.RED, Size.BIG, int, ..., object()]),
    # Hypothesis itself cannot handle a `Broken`.
    st.builds(BrokenMapping),
    st.builds(raising, st.sampled_from([ValueError, RecursionError])),
    st.builds(Shouting, st.text()),
    st.builds(NotANumber, st.integers()),
    st.builds(ValueError, st.text()),
)
KEYS = st.one_of(
    st.text(st.characters(), max_size=3),
    st.sampled_from(["a", "1", "...", "password", "None"]),
    st.integers(-2, 2),
    st.none(),
    st.floats(),
    st.binary(max_size=2),
    st.tuples(st.integers(0, 1)),
)
GRAPHS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(KEYS, inner, max_size=5),
        st.lists(inner, max_size=3).map(collections.deque),
        st.builds(Point, inner, inner),
        st.builds(Account, inner, inner),
        st.builds(Card, inner),
        st.builds(types.SimpleNamespace, a=inner),
        st.sets(KEYS, max_size=4),
    ),
    max_leaves=30,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(GRAPHS, st.sampled_from([None, is_secret]))
def test_any_graph_is_strict_json(value: object, secret: Any) -> None:
    """Whatever the object, two strict parsers read back exactly its plain form."""
    shown = plain(value, is_secret=secret)
    encoded = orjson.dumps(shown, None, orjson.OPT_PASSTHROUGH_SUBCLASS)

    strict = json.loads(
        encoded, object_pairs_hook=reject_duplicates, parse_constant=reject_constant
    )

    assert (shown, shown) == (strict, orjson.loads(encoded))


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(GRAPHS, st.integers(0, 4), st.integers(0, 4), st.integers(0, 9), st.integers(0, 20))
def test_any_limits_hold(value: object, depth: int, items: int, string: int, nodes: int) -> None:
    """With whatever limits, nothing raises and nothing is larger than it may be."""
    shown = plain(value, Limits(depth, items, string, nodes, 200))

    def measure(part: Any) -> int:
        if not isinstance(part, list | dict):
            return 0
        assert len(part) <= items + 1
        return 1 + max(map(measure, part.values() if isinstance(part, dict) else part), default=0)

    assert measure(shown) <= depth
    assert len(orjson.dumps(shown)) < 20_000
