"""Tests of _render/json.py: one strict JSON object a line, whatever the line holds."""

from __future__ import annotations

import datetime
import json
import os
import sys
from itertools import pairwise
from typing import Any, cast

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import interpreters
from provide.foundation._record.escaping import UNSAFE
from provide.foundation._record.exceptions import describe_exception
from provide.foundation._record.record import Record
from provide.foundation._record.redaction import is_secret
from provide.foundation._record.schema import RESERVED
from provide.foundation._record.values import Limits
from provide.foundation._render.json import render_json

pytestmark = pytest.mark.interpreter


def reject_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of pairs, unless a key is there twice."""
    keys = [key for key, _ in pairs]
    assert sorted(set(keys)) == sorted(keys)
    return dict(pairs)


def reject_constant(name: str) -> None:
    """Refuse NaN and the infinities."""
    raise AssertionError(name)


def parse_strictly(rendered: bytes) -> dict[str, Any]:
    """Return the object of a line that two parsers agree on, and that is one line."""
    parsed: dict[str, Any] = json.loads(
        rendered.decode("utf-8"),
        object_pairs_hook=reject_duplicates,
        parse_constant=reject_constant,
    )
    assert parsed == orjson.loads(rendered)
    assert rendered.endswith(b"}\n")
    assert None is UNSAFE.search(rendered[:-1].decode("utf-8"))
    return parsed


def render_fields(fields: Any, **others: Any) -> dict[str, Any]:
    """Return the members of a line with these fields, without its head."""
    parsed = parse_strictly(render_json(Record(20, "app", "it", fields), **others))
    head = {key: parsed.pop(key) for key in ("level", "logger", "event")}
    assert {"level": "info", "logger": "app", "event": "it"} == head
    return parsed


FULL = {
    "seconds": 1795443000.123456,
    "constants": {"service": "shop"},
    "emoji": "\U0001f600",
    "trace": {"trace_flags": "01", "span_id": "cd", "trace_id": "ab", "baggage": "x"},
    "exception": {"type": "ValueError", "message": "bad"},
    "stack": "one\ntwo",
    "callsite": {"file": "a.py", "line": 3, "function": "f"},
}


def test_order_of_a_line() -> None:
    """Members stand in the order of schema 1."""
    rendered = render_json(Record(30, "app", "it", {"b": 1, "a": [2]}, **FULL))

    assert (
        '{"timestamp":"2026-11-23T14:10:00.123456Z","level":"warning","logger":"app",'
        '"event":"it","service":"shop","b":1,"a":[2],"emoji":"\U0001f600","trace_id":"ab",'
        '"span_id":"cd","trace_flags":"01","baggage":"x",'
        '"exception":{"type":"ValueError","message":"bad"},"stack":"one\\ntwo",'
        '"callsite":{"file":"a.py","line":3,"function":"f"}}\n'
    ).encode() == rendered


def test_smallest_line() -> None:
    """What a line does not have is left out."""
    assert b'{"level":"info","logger":"app","event":"it"}\n' == render_json(
        Record(20, "app", "it", {})
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"a": 1, "b": "x", "c": None}, {"a": 1, "b": "x", "c": None}, id="scalars"),
        pytest.param({"a": float("nan")}, {"a": "NaN"}, id="nan"),
        pytest.param({"a": float("-inf")}, {"a": "-Infinity"}, id="infinity"),
        pytest.param({"a": 2**64}, {"a": "18446744073709551616"}, id="large-int"),
        pytest.param({"a": "\ud800"}, {"a": "\\ud800"}, id="lone-surrogate"),
        pytest.param({"\udfff": 1}, {"\\udfff": 1}, id="surrogate-key"),
        pytest.param({1: 1, "1": 2}, {"1": 1, "1_": 2}, id="keys-that-collide"),
        pytest.param({"a\nb\x9b": "\x1b\x7f"}, {"a\nb\x9b": "\x1b\x7f"}, id="controls"),
        pytest.param({"a": [{"b": {1}}]}, {"a": [{"b": [1]}]}, id="nested"),
        pytest.param({"level": 1}, {"level_": 1}, id="reserved"),
        pytest.param({"level": 1, "level_": 2}, {"level__": 1, "level_": 2}, id="taken"),
        pytest.param({"level_": 2, "level": [1]}, {"level_": 2, "level__": [1]}, id="order"),
        pytest.param(
            {"a": datetime.datetime(2026, 1, 1)}, {"a": "2026-01-01T00:00:00"}, id="datetime"
        ),
    ],
)
def test_fields(fields: dict[object, object], expected: dict[str, object]) -> None:
    """Fields of every kind are written strictly, under keys of their own."""
    assert list(expected.items()) == list(render_fields(fields).items())


@pytest.mark.parametrize("key", sorted(RESERVED))
def test_reserved_key_is_not_overwritten(key: str) -> None:
    """No field can speak for the line itself, and none is lost."""
    expected = parse_strictly(render_json(Record(20, "app", "it", {}, **FULL)))

    parsed = parse_strictly(render_json(Record(20, "app", "it", {key: "spoof"}, **FULL)))

    assert {**expected, f"{key}_": "spoof"} == parsed


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"api_key": "s", "a": 1}, id="scalars"),
        pytest.param({"api_key": "s", "a": [1]}, id="anything"),
        pytest.param({"a": {"b": [{"Authorization": "s"}]}}, id="nested"),
    ],
)
def test_secrets_are_masked(fields: dict[str, object]) -> None:
    """Secrets are masked on the short way and on the long one, and stay so."""
    once = render_fields(fields, is_secret=is_secret)

    assert (False, True, once) == (
        '"s"' in json.dumps(once),
        '"***"' in json.dumps(once),
        render_fields(once, is_secret=is_secret),
    )


def test_trace_cannot_overwrite_a_field() -> None:
    """What an extension adds beside the ids takes a name of its own."""
    line = Record(20, "app", "it", {"x": 1}, trace={"x": "2", "level": "3"})

    assert {"level": "info", "logger": "app", "event": "it", "x": 1, "x_": "2", "level_": "3"} == (
        parse_strictly(render_json(line))
    )


def test_line_that_is_not_what_it_should_be() -> None:
    """Even a line made of the wrong types is a line."""
    wrong: tuple[Any, ...] = (21, b"app", ["it"], {"a": 1})
    line = Record(
        *wrong, constants={"service": 5}, emoji=cast("Any", ["m"]), callsite=cast("Any", 7)
    )

    assert {
        "level": "error",
        "logger": "app",
        "event": "['it']",
        "service": 5,
        "a": 1,
        "emoji": "['m']",
        "callsite": 7,
    } == parse_strictly(render_json(line))


@pytest.mark.parametrize("fields", [None, 7, "text"], ids=["none", "int", "str"])
def test_fields_that_are_no_mapping(fields: Any) -> None:
    """Fields of the wrong type are kept under one key."""
    assert {"fields": fields} == render_fields(fields)


def test_broken_line_is_still_a_line() -> None:
    """A line that nothing can be made of keeps its event; without one there is the last resort."""
    line = Record(20, "app", "it\x7f\n\u20ac", {}, seconds="never")
    none = Record(20, "app", cast("Any", None), {}, seconds="never")

    assert [
        {"level": "info", "logger": "app", "event": "it\x7f\n\\u20ac", "fields": "<unprintable>"},
        {"level": "error", "logger": "foundation", "event": "<unprintable line>"},
    ] == [parse_strictly(render_json(each)) for each in (line, none)]


def test_strings_are_cut() -> None:
    """Text over the limit is cut in event and fields alike."""
    rendered = render_json(Record(20, "app", "abc", {"a": ["defg"]}), Limits(string=2))
    short = render_json(Record(20, "app", "it", {"a": "defg"}), Limits(string=3))

    assert (
        {
            "level": "info",
            "logger": "ap...<1 more characters>",
            "event": "ab...<1 more characters>",
            "a": ["de...<2 more characters>"],
        },
        "def...<1 more characters>",
    ) == (parse_strictly(rendered), parse_strictly(short)["a"])


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({f"k{n}": "x" * 2_000_000 for n in range(20)}, id="many-strings"),
        pytest.param({f"k{n}": "\x01" * 2_000_000 for n in range(4)}, id="escapes"),
        pytest.param({"k" * 3_000_000 + str(n): 1 for n in range(9)}, id="keys"),
        pytest.param({"a": ["\u20ac" * 2_000_000] * 5}, id="three-bytes-each"),
        pytest.param({"a": [["x" * 100] * 1000] * 1000}, id="many-items"),
    ],
)
def test_line_is_bounded(fields: dict[str, object]) -> None:
    """A line never exceeds 8 MiB, and its head survives."""
    rendered = render_json(Record(20, "app", "it", fields))

    assert (True, "it") == (len(rendered) <= 8 * 1024 * 1024, parse_strictly(rendered)["event"])


def test_smallest_bound() -> None:
    """Where nothing fits, the line says how long it was."""
    fields = {f"key_{number}": number for number in range(100)}
    parsed = parse_strictly(render_json(Record(20, "app", "it", fields), Limits(line=60)))

    assert "<line of " == parsed["truncated"][:9]


def test_exception_is_whole() -> None:
    """A chain as long as descriptions get is not cut again, whatever the limits of values."""
    chain = [ValueError(str(number)) for number in range(30)]
    for effect, cause in pairwise(chain):
        effect.__cause__ = cause
    description = describe_exception(chain[0])
    line = Record(40, "app", "it", {}, exception=description)

    assert description == parse_strictly(render_json(line, Limits(depth=2, items=1)))["exception"]


def test_hostile_datetime_does_not_crash_the_process() -> None:
    """No datetime reaches orjson, which some of them kill."""
    program = (
        "import datetime\n"
        "from provide.foundation._record.record import Record\n"
        "from provide.foundation._render.json import render_json\n"
        "class Zone(datetime.tzinfo):\n"
        "    def utcoffset(self, moment): raise ValueError\n"
        "moment = datetime.datetime(2026, 1, 1, tzinfo=Zone())\n"
        "for fields in ({'a': moment}, {'a': [moment]}, {moment.replace(tzinfo=None): 1}):\n"
        "    render_json(Record(20, 'app', 'it', fields))\n"
        "print('alive')\n"
    )
    result = interpreters.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )

    assert (0, "alive\n") == (result.returncode, result.stdout)


@pytest.mark.parametrize("base", ["", "str, "])
def test_hostile_enum_does_not_crash_the_process(base: str) -> None:
    """An enum whose value raises is a marker in each place of a line; orjson would crash on it."""
    program = f"""
import enum
from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, setup_telemetry
from provide.foundation._record.record import Record
from provide.foundation._render.json import render_json
class Hostile({base}enum.Enum):
    ONE = "one"
    @property
    def value(self): raise RuntimeError("no")
for slot in ("event", "logger", "emoji", "stack"):
    line = Record(20, "app", "it", {{"a": Hostile.ONE, "b": [Hostile.ONE]}})
    setattr(line, slot, Hostile.ONE)
    assert b"Hostile" in render_json(line)
line = Record(20, "app", "it", {{"a": [Hostile.ONE]}}, constants={{"service": Hostile.ONE}})
assert b"Hostile" in render_json(line)
logging = LoggingConfig(log_file={os.devnull!r}, capture_stdlib=False)
service = Hostile.ONE if isinstance(Hostile.ONE, str) else "it"
setup_telemetry(TelemetryConfig(service_name=service, logging=logging))
log = get_logger(Hostile.ONE).bind(a=Hostile.ONE)
log.info(Hostile.ONE, Hostile.ONE, b=Hostile.ONE)
log.info("it", b=Hostile.ONE)
print("alive")
"""
    result = interpreters.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )

    assert (0, "alive\n") == (result.returncode, result.stdout), result.stderr


def test_used_up_stack_is_survived() -> None:
    """Wherever there is room for the call itself, a strict line comes back, with its event."""
    lines: set[bytes] = set()

    def call_twice() -> object:
        return (lambda: None)()

    def descend() -> None:
        try:
            line = Record(20, "app", "it", {"a": [{"b": {1}}]})
            call_twice()
        except RecursionError:
            return
        lines.add(render_json(line))
        descend()

    descend()

    assert {"it"} == {parse_strictly(line)["event"] for line in lines}


TEXT = st.text(
    st.one_of(
        st.sampled_from('a"\\\n\x1b\x7f\x9b\u2028\u202e\u20ac\ud800\U0001f600'), st.characters()
    )
)
VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), TEXT, st.binary(), st.datetimes()
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(TEXT, st.integers(0, 3), st.sampled_from("0123")), inner),
    ),
    max_leaves=15,
)
FIELDS = st.dictionaries(
    st.one_of(
        TEXT, st.sampled_from([*sorted(RESERVED), "level_", "token", "1"]), st.integers(0, 2)
    ),
    VALUES,
    max_size=6,
)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(FIELDS, TEXT, TEXT, st.booleans(), st.sampled_from([None, is_secret]))
def test_any_line_is_strict_json(
    fields: Any, event: str, logger: str, full: bool, secret: Any
) -> None:
    """Whatever a line holds, two strict parsers agree on it, and no field is lost or raw."""
    others: Any = FULL if full else {}
    rendered = render_json(Record(20, logger, event, fields, **others), is_secret=secret)

    own = {"level", "logger", "event"}
    if full:
        own |= {*FULL, "timestamp", "service", *FULL["trace"]} - {"seconds", "constants", "trace"}  # type: ignore[misc]

    assert len(own) + len(fields) == len(parse_strictly(rendered))
