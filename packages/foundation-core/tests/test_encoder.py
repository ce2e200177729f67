"""What stands in for orjson writes, reads and refuses as orjson does."""

from __future__ import annotations

import enum
import math
import string
import sys
import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from json import JSONDecodeError
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import interpreters
from provide.foundation import _encoder
from provide.foundation._encoder import late, stand_in

HAS_PLUS = b"+" in orjson.dumps(1e16)
#: What orjson is told, as bits of its own.
OPTIONS = st.lists(
    st.sampled_from(
        [
            orjson.OPT_APPEND_NEWLINE,
            orjson.OPT_PASSTHROUGH_DATACLASS,
            orjson.OPT_PASSTHROUGH_DATETIME,
            orjson.OPT_PASSTHROUGH_SUBCLASS,
        ]
    ),
    unique=True,
).map(sum)
#: Half of a surrogate pair is among them.
TEXTS = st.text(st.characters(exclude_categories=[])) | st.text(string.printable)
INTEGERS = st.integers() | st.sampled_from(
    [sign * (2**power + step) for sign in (1, -1) for power in (63, 64) for step in (-1, 0, 1)]
)
SCALARS = (
    st.none()
    | st.booleans()
    | INTEGERS
    | st.floats()
    | TEXTS
    | st.uuids()
    | st.datetimes(timezones=st.none() | st.just(UTC))
)
KEYS = TEXTS | st.integers() | st.none()


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return what holds such values."""
    return (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(TEXTS, inner, max_size=4)
    )


VALUES = st.recursive(SCALARS, containers, max_leaves=12) | st.dictionaries(
    KEYS, SCALARS, max_size=3
)


class Colour(enum.Enum):
    """Be written as its value."""

    RED = "red"


class Text(str):
    """Be a text of a class of its own."""


class Number(int):
    """Be a number of a class of its own."""


class Real(float):
    """Be one that orjson always refuses."""


class Items(list[int]):
    """Be a list of a class of its own."""


class Members(dict[str, int]):
    """Be a dict of a class of its own."""


class Pair(NamedTuple):
    """Be a tuple that is always refused."""

    left: int
    right: int


def nest(depth: int, mapped: bool) -> object:
    """Return so many containers inside of each other."""
    value: object = 1
    for _ in range(depth):
        value = {"a": value} if mapped else [value]
    return value


def outcome_of(encode: Any, value: object, option: int | None) -> bytes | str:
    """Return what an encoder makes of a value, or the word that it refuses it."""
    try:
        encoded: bytes = encode(value, None, option)
    except TypeError:
        return "refused"
    # Older ones have no plus in an exponent, and nobody minds.
    return encoded if HAS_PLUS else encoded.replace(b"e+", b"e")


@given(VALUES, OPTIONS)
def test_writes_and_refuses_as_orjson(value: object, option: int) -> None:
    """The bytes are those of orjson, and what it refuses is refused."""
    expected = outcome_of(orjson.dumps, value, option)

    assert expected == outcome_of(stand_in.dumps, value, option)


@given(st.floats() | st.integers(-330, 330).map(lambda power: float(f"1.25e{power}")))
def test_floats_are_orjsons(value: float) -> None:
    """A float of any size has the digits, the point and the exponent that orjson gives it."""
    assert outcome_of(orjson.dumps, value, None) == outcome_of(stand_in.dumps, value, None)


@pytest.mark.parametrize("option", [None, 0x300, 0xB00])
@pytest.mark.parametrize(
    "value",
    [
        pytest.param(value, id=str(number))
        for number, value in enumerate(
            [
                1e16, 1e15, 1e-4, 1e-5, 1.2345e-5, -1.5e-5, 1e-6, 1e22, 5e-324, -0.0, math.inf,
                Colour.RED, [Colour.RED], Text("x"), {"a": Text('"')}, Number(3), Real(1.5),
                Items([1]), Members(a=1), Pair(1, 2), {Text("k"): 1}, {1: 2}, b"x", {1}, object(),
                datetime(2020, 1, 1), [datetime(1, 2, 3, 4, 5, 6, 7, tzinfo=UTC)],
                uuid.UUID(int=5), {"a": uuid.UUID(int=5)}, "\x1f\x7f\u2028\b\f\n\r\t\"\\/é", [], {},
                (), [[], {}, ()], {"a": {}, "b": []}, *(nest(depth, mapped)
                for depth in (253, 254, 255, 5000) for mapped in (True, False)),
            ]
        )
    ],
)  # fmt: skip
def test_edges_are_orjsons(value: object, option: int | None) -> None:
    """Values at the edge of what is allowed: the same bytes, or a refusal of both."""
    expected = outcome_of(orjson.dumps, value, option)

    assert expected == outcome_of(stand_in.dumps, value, option)


@pytest.mark.parametrize(
    "value",
    [date(2020, 1, 1), datetime(2020, 1, 1, tzinfo=timezone(timedelta(hours=1)))],
    ids=["date", "zone"],
)
def test_refuses_what_foundation_makes_texts_of(value: object) -> None:
    """Dates and time zones are texts before they come here, so they are refused."""
    assert "refused" == outcome_of(stand_in.dumps, value, None)


def read_by(decode: Any, text: bytes) -> str:
    """Return what a decoder makes of a text, or the word that it refuses it."""
    try:
        return repr(decode(text))
    except ValueError as failure:
        return "refused" if isinstance(failure, JSONDecodeError) else "another error"


@given(VALUES.map(lambda value: outcome_of(orjson.dumps, value, None)) | st.binary())
def test_reads_what_orjson_reads(text: bytes | str) -> None:
    """JSON of any value is read as orjson reads it, and other bytes are refused."""
    document = text if isinstance(text, bytes) else text.encode()

    assert read_by(orjson.loads, document) == read_by(stand_in.loads, document)


@pytest.mark.parametrize(
    "text",
    [
        b"NaN", b"[-Infinity]", b"[1e999]", b"5e-400", b"9" * 400, b"9" * 5000,
        b"18446744073709551615", b"18446744073709551616", b"-9223372036854775808",
        b"-9223372036854775809", b"-0", b"-0.0", b"1E5", b"01", b"1.", b"-", b"nul", b"", b" ",
        b"\xef\xbb\xbf1", b"\x0c1", b"1 ", b'"\xff"', b'"\xed\xa0\x80"', b'"\\ud800"',
        b'{"\\udc00\\ud800":1}', b'"\\ud83d\\ude00"', b'"\x01"', b'"\x7f"', b'{"a":1,"a":2}',
        b"[" * 100_000,
    ],
    ids=lambda text: repr(text[:20]),
)  # fmt: skip
def test_reads_edges_as_orjson(text: bytes) -> None:
    """Numbers beyond what is exact, halves of pairs, other constants: as orjson reads them."""
    assert read_by(orjson.loads, text) == read_by(stand_in.loads, text)


def test_orjson_itself_is_used() -> None:
    """Where orjson is there, its own functions are what core has: no frame in between."""
    assert (orjson.dumps, orjson.loads, None) == (
        _encoder.dumps,
        _encoder.loads,
        _encoder.ABSENCE,
    )


WITHOUT = """
import sys
sys.modules["orjson"] = None
from provide.foundation import _encoder
from provide.foundation._encoder import late, stand_in
assert _encoder.dumps is stand_in.dumps
print(_encoder.ABSENCE)
"""


def test_stands_in_where_orjson_is_missing() -> None:
    """Where orjson cannot be imported, core has the module's own functions, and knows why."""
    printed = interpreters.run(
        [sys.executable, "-c", WITHOUT], check=True, capture_output=True, text=True
    ).stdout

    assert "import of orjson halted; None in sys.modules\n" == printed


def test_late_encoder_hands_over_unseen() -> None:
    """A command's first documents are the stand-in's, then orjson's: nobody sees the difference."""
    encoder = late.LateEncoder()
    documents = [b'{"a":1e16,"b":[null,"\\u00fc"]}', b"[1e999]", b"{", b"[[]]"] * 100
    value = {"a": 1e16, "b": "\u00fc", "c": [0.1 + 0.2]}

    assert [read_by(orjson.loads, each) for each in documents] == [
        read_by(encoder.loads, each) for each in documents
    ]
    assert [orjson.dumps(value)] * 400 == [encoder.dumps(value) for _ in range(400)]
    assert orjson.loads is encoder._loads


def test_late_encoder_leaves_deep_documents_to_orjson() -> None:
    """A document that is too deep for the stand-in is read where orjson reads it."""
    encoder = late.LateEncoder()

    found = encoder.loads(b"[" * 1015 + b"]" * 1015)

    assert (list, orjson.loads) == (type(found), encoder._loads)


BRIEF = """
import sys
import provide.foundation
provide.foundation._is_brief = True
from provide.foundation import _encoder
first = _encoder.loads("[1]")
before = "orjson" in sys.modules
for _ in range(400):
    _encoder.loads("[1]")
print(first, before, "orjson" in sys.modules, "dataclasses" in sys.modules)
"""


def test_brief_command_imports_orjson_late() -> None:
    """A process that is a brief command imports orjson once there is enough to do."""
    printed = interpreters.run(
        [sys.executable, "-c", BRIEF], check=True, capture_output=True, text=True
    ).stdout

    assert "[1] False True True\n" == printed
