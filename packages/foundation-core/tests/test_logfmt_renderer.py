"""Tests of logfmt, read back by a strict parser of its own and by nothing of Foundation."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provide.foundation._record.exceptions import describe_exception
from provide.foundation._record.record import Record
from provide.foundation._record.schema import RESERVED
from provide.foundation._record.values import Limits
from provide.foundation._render.logfmt import (
    is_bare,
    logfmt_key,
    logfmt_value,
    render_key_value,
)
from provide.foundation.levels import INFO, LEVEL_NAMES

# go-logfmt's grammar, which is the strictest in use: `key`, `key=`, `key=bare` or `key="JSON"`.
PAIR = re.compile(r'([^\x00-\x20="]+)=(?:("(?:[^"\\\x00-\x1f]|\\.)*")|([^\x00-\x20="]*))')
# What no line may hold raw (CWE-117).
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffd]")


class UnreadableError(ValueError):
    """Say where a text stops being logfmt."""


def parse_pairs(text: str) -> Iterator[tuple[str, str]]:
    """Yield the pairs of a line of logfmt, one space apart, or raise `UnreadableError`."""
    position = 0
    while True:
        pair = PAIR.match(text, position)
        if pair is None:
            raise UnreadableError(text[position:])
        key, quoted, bare = pair.groups()
        # A quoted value is a JSON string.
        yield key, bare if quoted is None else json.loads(quoted)
        position = pair.end()
        if position == len(text):
            return
        if text[position] != " ":
            raise UnreadableError(text[position:])
        position += 1


def read(line: Record, **options: Any) -> dict[str, str]:
    """Render a line, check what every line promises, and read it back."""
    rendered = render_key_value(line, **options)
    text = rendered.decode("utf-8")
    assert text.endswith("\n")
    assert None is UNSAFE.search(text[:-1].replace("\ufffd", ""))
    pairs = list(parse_pairs(text[:-1]))
    assert len(pairs) == len(dict(pairs))
    return dict(pairs)


def make(fields: dict[str, Any], **parts: Any) -> Record:
    """Return a line with these fields."""
    return Record(INFO, "app", "user_login", fields, **parts)


# Any text but surrogates, with those that matter most made likely.
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.text(st.sampled_from(' ="\\\n\r\t\x00\x1b\x7f\x85\xa0\u200d\u202e\u2028\ufffd{}[]:,aé🔑')),
)
SCALARS = st.one_of(
    TEXTS, st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False)
)


def reads_as(text: str, value: object) -> bool:
    """Tell whether a text is what a parser should read for a scalar."""
    if value is None or isinstance(value, bool):
        return text == json.dumps(value)
    if isinstance(value, float):
        return text in ("Infinity", "-Infinity") or float(text) == value
    return text == str(value)


def test_line() -> None:
    """The parts of a line stand in the order of schema 1, and only what must be is quoted."""
    line = make(
        {"user_id": 7, "path": "/users?id", "agent": "curl 8", "ms": 12.5, "ok": True, "n": None},
        seconds=1795443000.125,
        constants={"service": "shop"},
        emoji="🔑",
        trace={"trace_id": "4bf9", "span_id": "00f0", "trace_flags": "01"},
        exception="ValueError: no\nmore",
        stack="Stack",
        callsite={"file": "/srv/app.py", "line": 12, "function": "handle"},
    )

    assert (
        "timestamp=2026-11-23T14:10:00.125000Z level=info logger=app event=user_login"
        ' service=shop user_id=7 path=/users?id agent="curl 8" ms=12.5 ok=true n=null'
        " emoji=🔑 trace_id=4bf9 span_id=00f0 trace_flags=01"
        ' exception="ValueError: no\\nmore" stack=Stack callsite=/srv/app.py:12:handle\n'
    ) == render_key_value(line).decode()


def test_absent_parts_leave_no_key() -> None:
    """Without timestamp, fields and the rest, a line is level, logger and event."""
    assert b"level=info logger=app event=user_login\n" == render_key_value(make({}))


@pytest.mark.parametrize("level", LEVEL_NAMES)
def test_level_is_written_by_name(level: int) -> None:
    """Every level is written by its name."""
    assert LEVEL_NAMES[level] == read(Record(level, "app", "x", {}))["level"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("user_login", True, id="identifier"),
        pytest.param("/users?id:7,{}'", True, id="punctuation"),
        pytest.param("Köln🔑", True, id="non-ascii"),
        pytest.param("", False, id="empty"),
        pytest.param("a b", False, id="space"),
        pytest.param("a=b", False, id="equals"),
        pytest.param('a"b', False, id="quote"),
        pytest.param("a\\b", False, id="backslash"),
        pytest.param("a\nb", False, id="newline"),
        pytest.param("a\x7fb", False, id="delete"),
        pytest.param("a\u00a0b", False, id="no-break-space"),
        pytest.param("a\u202eb", False, id="bidi"),
        pytest.param("a\ud800b", False, id="surrogate"),
    ],
)
def test_is_bare(text: str, expected: bool) -> None:
    """A text stands without quotes where no parser can misread it."""
    assert expected is is_bare(text)


@given(TEXTS)
def test_bare_texts_are_those_without_quotes(text: str) -> None:
    """`is_bare` and `logfmt_value` agree about every text."""
    assert is_bare(text) is (logfmt_value(text) == text)


@pytest.mark.slow
def test_no_code_point_breaks_a_value() -> None:
    """Each code point of Unicode is read back from a value of its own, surrogates as text."""
    points = [chr(code) for code in range(sys.maxunicode + 1)]

    wrong = [
        point
        for point in points
        if [("k", point if not "\ud800" <= point <= "\udfff" else f"\\u{ord(point):04x}")]
        != list(parse_pairs(f"k={logfmt_value(point)}"))
    ]

    assert [] == wrong


@given(st.dictionaries(TEXTS, SCALARS, max_size=6))
def test_fields_are_read_back(fields: dict[str, Any]) -> None:
    """A strict parser reads back every value, in order, under keys of which no two are alike."""
    got = read(make(fields))

    values = ["info", "app", "user_login", *fields.values()]
    assert [] == [pair for pair in zip(got.values(), values, strict=True) if not reads_as(*pair)]


@given(TEXTS)
def test_event_and_logger_are_read_back(text: str) -> None:
    """Event, logger, service and emoji may be any text."""
    got = read(Record(INFO, text, text, {}, constants={"service": text}, emoji=text))

    assert {text} == {got["event"], got["logger"], got["service"], got.get("emoji", text)}


NESTED = st.recursive(
    st.one_of(TEXTS, st.none(), st.booleans(), st.integers(-(2**63), 2**63)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(NESTED, max_size=3) | st.dictionaries(TEXTS, NESTED, max_size=3))
def test_nested_values_are_json(value: Any) -> None:
    """A mapping or a list is one quoted value, which is compact JSON of the same value."""
    text = read(make({"k": value}))["k"]

    assert (value, text.encode()) == (json.loads(text), orjson.dumps(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(math.nan, "NaN", id="nan"),
        pytest.param(-math.inf, "-Infinity", id="infinity"),
        pytest.param(2**64, str(2**64), id="65-bits"),
        pytest.param(-(2**200), str(-(2**200)), id="200-bits"),
        pytest.param([], "[]", id="empty-list"),
        pytest.param({}, "{}", id="empty-dict"),
        pytest.param("\ud800", "\\ud800", id="surrogate"),
    ],
)
def test_odd_values_stay_visible(value: object, expected: str) -> None:
    """What JSON has no number or text for is read back as a text that says what it was."""
    assert expected == read(make({"k": value}))["k"]


def test_int_of_any_size_is_bounded() -> None:
    """An int with more digits than Python writes costs neither the line nor its neighbours."""
    got = read(make({"a": 10**5000, "b": 1}))

    assert ("1", True) == (got["b"], len(got["a"]) < 200)


class Broken:
    """Fail whatever is asked."""

    def __repr__(self) -> str:
        raise RuntimeError("no")

    __str__ = __repr__


def test_failing_repr_leaves_a_marker() -> None:
    """A value whose methods raise leaves a marker, and its neighbours stand."""
    got = read(make({"a": Broken(), "b": 1}))

    assert ("1", True) == (got["b"], "Broken" in got["a"])


def test_str_subclass_gets_no_say() -> None:
    """A subclass of str is written as its text, whatever its own methods answer."""

    class Liar(str):
        def isidentifier(self) -> bool:
            return True

        def __str__(self) -> str:
            return "x level=critical"

    got = read(Record(INFO, Liar("a b"), Liar("a b"), {"k": Liar("a b")}))

    assert ["info", "a b", "a b", "a b"] == list(got.values())


def test_long_text_is_cut() -> None:
    """A text beyond the limit is cut, and says that it was."""
    value = read(make({"k": "x" * 50}), limits=Limits(string=10))["k"]

    assert ("x" * 10, "more characters" in value) == (value[:10], True)


def test_nested_secret_is_masked() -> None:
    """Secrets inside a value are masked where a policy is given."""
    got = read(make({"k": {"pin": 1, "a": 2}}), is_secret=lambda key: key == "pin")

    assert '{"pin":"***","a":2}' == got["k"]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        pytest.param("user_id", "user_id", id="usual"),
        pytest.param("http.method", "http.method", id="dot"),
        pytest.param("Köln", "Köln", id="non-ascii"),
        pytest.param("a b", "a_b", id="space"),
        pytest.param('a="b"', "a__b_", id="syntax"),
        pytest.param("a\n\x1b\u202eb", "a___b", id="controls"),
        pytest.param("", "_", id="empty"),
        pytest.param("a\ufffd", "a_", id="replacement-character"),
    ],
)
def test_key(key: str, expected: str) -> None:
    """A key keeps what logfmt can hold, and has underscores for the rest."""
    assert expected == logfmt_key(key)


def test_changed_keys_stay_apart() -> None:
    """Keys that become alike take trailing underscores, whichever comes first."""
    got = read(make({"a b": 1, "a_b": 2, "a=b": 3}))

    assert {"a_b_": "1", "a_b": "2", "a_b__": "3"} == {k: got[k] for k in got if k[0] == "a"}


@pytest.mark.parametrize("key", sorted(key for key in RESERVED if "_" in key))
def test_changed_key_is_never_reserved(key: str) -> None:
    """A key that becomes a reserved one does not pass for it."""
    assert "spoof" == read(make({key.replace("_", " "): "spoof"}))[key + "_"]


def test_key_that_is_no_str() -> None:
    """A key of another type, which a processor may add, is written as its text."""
    fields: dict[Any, Any] = {7: "x", None: "y"}

    assert ["x", "y"] == list(read(make(fields)).values())[3:]


def test_exception_is_one_value() -> None:
    """A traceback is one quoted value, whose lines a parser gets back."""
    try:
        raise ValueError("no\x1b[2J\nlevel=info")
    except ValueError as error:
        line = make({}, exception=describe_exception(error))

    text = read(line)["exception"]

    assert (True, True) == (
        text.startswith("Traceback (most recent call last):\n"),
        "ValueError: no" in text,
    )


def test_secret_field_is_masked() -> None:
    """A secret field is masked by the renderer too, next to simple values and to others."""
    fields = {"pin": 1, "a": 2}

    assert [("***", "2")] * 2 == [
        (got["pin"], got["a"])
        for got in (
            read(make(fields), is_secret=lambda key: key == "pin"),
            read(make({**fields, "b": []}), is_secret=lambda key: key == "pin"),
        )
    ]


def test_reserved_field_is_renamed() -> None:
    """A reserved key that reaches the renderer cannot overwrite the line's own."""
    got = read(make({"level": "critical", "level_": 1}))

    assert ("info", "critical", "1") == (got["level"], got["level__"], got["level_"])


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"a": "\x00" * 5_000}, id="long-text"),
        pytest.param({f"k{n}": "\x00" * 4_000 for n in range(60)}, id="many-texts"),
        pytest.param({f"k{n}": "\x00" * 150 for n in range(60)}, id="many-short-texts"),
        pytest.param({f"k{n}": n for n in range(10_000)}, id="many-fields"),
        pytest.param({"k" * 20_000: 1}, id="long-key"),
        pytest.param({"a": ["\x00" * 500] * 500}, id="nested"),
    ],
)
def test_line_is_bounded(fields: dict[str, Any]) -> None:
    """A line over the limit is shortened until it fits, and can still be read."""
    line = make(fields, exception="\x00" * 9_000, stack="\x00" * 9_000)
    limits = Limits(line=10_000)

    got = read(line, limits=limits)

    assert ("user_login", True) == (got["event"], len(render_key_value(line, limits)) <= 10_000)


@pytest.mark.parametrize("frames", [10, 12, 14, 18, 24])
def test_used_up_stack_costs_no_exception(frames: int) -> None:
    """A line that is rendered where the caller's stack is nearly used up raises nothing."""
    line = make({"a": [1]})
    depth, frame = 0, sys._getframe()
    while frame.f_back is not None:
        depth, frame = depth + 1, frame.f_back
    limit = sys.getrecursionlimit()
    try:
        # As deep as the calls of a log call that end here leave it.
        sys.setrecursionlimit(depth + 1 + frames)
        rendered = render_key_value(line)
    finally:
        sys.setrecursionlimit(limit)

    assert rendered.endswith(b"\n")
