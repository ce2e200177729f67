"""Usual lines are shown in one go, with the bytes of all other lines."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from provide.foundation._view.dialects.reader import Reader
from provide.foundation._view.shape import Shape
from provide.foundation._view.stencils import StencilledRows
from provide.foundation._view.usual import UsualRows

START = {
    "timestamp": "2026-11-23T14:10:00.123456Z", "level": "info", "logger": "app", "event": "hit"
}  # fmt: skip


def line(**fields: Any) -> bytes:
    """Return a line of Foundation's own."""
    return json.dumps({**START, **fields}, ensure_ascii=False).encode("utf-8", "surrogatepass")


def show(raw: bytes, *, colors: bool = False) -> bytes:
    """Return the view of a line by the way of all lines."""
    return b"".join(map(Shape(colors=colors).show, Reader().read(raw)))


@pytest.mark.parametrize(
    "fields",
    [
        {}, {"status": 200, "seconds": 0.25, "ok": True, "none": None}, {"path": "/a b", "x": ""},
        {"service": "shop", "trace_id": "4b", "span_id": "7c", "n": 1}, {"user": {"id": 7}},
        {"text": 'a="b"\\'}, {"umlaut": "ü\x1b[2J\u202e"}, {"list": ["é", "\x7f"]},
        {"level": "WARN"}, {"level": "critical"}, {"event": "two words"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("colors", [False, True])
def test_usual_line(fields: dict[str, Any], colors: bool) -> None:
    """A usual line is shown in one go, again and again, as it is shown otherwise."""
    rows = UsualRows(colors=colors, local=False)
    raw = line(**fields)

    assert [show(raw, colors=colors)] * 2 == [rows.show(raw), rows.show(raw)]


@pytest.mark.parametrize(
    "raw",
    [
        line(exception={"type": "E"}), line(stack="s"), line(emoji="x"), line(event="ü"),
        line(service=7), line(trace_id=7), line(**{"a b": 1}), line(logger=""), line(level="loud"),
        line(level=[]), line(timestamp="now"), line(timestamp=7), line(big="x" * 3000),
        line(timestamp="2026-13-23T14:10:00.123456Z"),
        line(timestamp="2026-11-23 14:10:00.123456Z"),
        b"[1]", b"{", b"text", b'{"event":"x","level":"info"}', line(stack_trace="x"),
    ],
)  # fmt: skip
def test_unusual_line(raw: bytes) -> None:
    """Anything else is left to the way of all lines."""
    assert UsualRows(colors=False, local=False).show(raw) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)
KEYS = st.sampled_from(
    ["a", "b_c", "service", "trace_id", "span_id", "stack", "emoji", "level", "logger", "event",
     "timestamp", "host", "pid", "thread", "é", "a b", "exception", "stack_trace", "callsite"]
)  # fmt: skip


@given(st.lists(st.dictionaries(KEYS | st.text(max_size=3), VALUES, max_size=5)), st.booleans())
@example([{"a": 1e16}, {"a": 1e-7}, {"a": 2**64 - 1}, {"a": float("nan")}], False)
@example([{"service": "x"}, {"service": 1}, {"service": None}], True)
def test_any_line(records: list[dict[str, Any]], colors: bool) -> None:
    """Whatever lines hold, those that are shown in one go are shown as all others."""
    rows = UsualRows(colors=colors, local=False)
    for fields in records:
        raw = line(**fields).replace(b"\n", b"")
        made = rows.show(raw)
        if made is not None:
            assert show(raw, colors=colors) == made


def block(records: list[dict[str, Any]]) -> bytes:
    """Return compact lines of Foundation's own, as it writes them."""
    lines = [json.dumps({**START, **each}, ensure_ascii=False, separators=(",", ":"))
             for each in records]  # fmt: skip
    return "".join(f"{each}\n" for each in lines).encode("utf-8", "surrogatepass")


def show_block(data: bytes, rows: StencilledRows, *, size: int) -> bytes:
    """Return what is made of some lines, in blocks of so many of them."""
    lines = data.splitlines(keepends=True)
    starts = range(0, len(lines), size)
    return b"".join(rows.show(b"".join(lines[start : start + size])) for start in starts)


def make_rows(*, colors: bool = False, local: bool = False) -> StencilledRows:
    """Return what makes rows of blocks."""
    read = Reader().read
    shape = Shape(colors=colors, local=local)
    usual = UsualRows(colors=colors, local=local)
    return StencilledRows(usual, lambda raw: b"".join(map(shape.show, read(raw))))


def expect(data: bytes, *, colors: bool = False, local: bool = False) -> bytes:
    """Return what all lines are shown as by the way of all lines."""
    read, shape = Reader().read, Shape(colors=colors, local=local)
    lines = data.removesuffix(b"\n").split(b"\n")
    return b"".join(shape.show(entry) for raw in lines for entry in read(raw))


def listen(owner: UsualRows, name: str) -> list[Any]:
    """Return what a method is called with from now on; it does what it did."""
    method, heard = getattr(owner, name), []

    def call(argument: Any) -> Any:
        heard.append(argument)
        return method(argument)

    setattr(owner, name, call)
    return heard


#: So many lines with the same keys get a stencil.
LEARNED = [{"a": "x", "b": 1, "c": 0.5, "d": {"id": 7, "plan": "pro"}}] * 100
#: Values of every kind that a stencil may be asked about, and of some that it must refuse.
EDGES = [
    "bare", "two words", "", "a=b", 'say "x"', "back\\slash", "ü", "\x1b[2J", "\u202e", "\x7f", "{",
    0, -1, 10**15, 2**64 - 1, -0.0, 0.0, 1.5, 1e-6, 0.000012, 1e16, 123456789.123456, 0.1 + 0.2,
    1e300, True, False, None, [], [1, "x"], [[1]], [1e-7], {}, {"id": 7, "plan": "pro"},
    {"id": 1e16, "plan": "ü"}, {"id": [1], "plan": None}, {"a b": 1}, {"id": {"x": {"y": {}}}},
    "x" * 3000,
]  # fmt: skip


@pytest.mark.parametrize("colors", [False, True])
@pytest.mark.parametrize("key", ["a", "b", "c", "d", "level", "logger", "event", "timestamp"])
def test_stencil_shows_edges_as_otherwise(key: str, colors: bool) -> None:
    """Whatever stands under a key of lines that have a stencil is shown as it is otherwise."""
    records = [*LEARNED, *({**LEARNED[0], key: value} for value in EDGES), *LEARNED]
    data = block(records)
    rows = make_rows(colors=colors)

    assert expect(data, colors=colors) == show_block(data, rows, size=33)
    assert rows._stencils


@pytest.mark.parametrize(
    "spelt",
    [
        b'"b":01', b'"b":1.0', b'"b":1.50', b'"b":-0', b'"b":1e5', b'"b":0.00000', b'"b":0.000001',
        b'"b":9007199254740993', b'"b":0.30000000000000004', b'"b":0.300000000000000040',
        b'"b":1,"b":2', b'"b":1 ', b'"b": 1', b'"b":"\t"', b'"b":"\\u0041"', b'"b":"\xff"',
        b'"b":[1,]', b'"b":[1, 2]', b'"b":{"id":1,"id":2}', b'"b":1}{', b'"b":', b'"b":1}\r',
    ],
)  # fmt: skip
def test_stencil_shows_spellings_as_otherwise(spelt: bytes) -> None:
    """A number, a text or a line in another spelling is shown as it is otherwise."""
    kinds = [1, 0.5, "x y", 0.1 + 0.2, [1], {"id": 1}]
    records = [{"a": "x", "b": kinds[number % 6], "c": 0.5} for number in range(700)]
    line = block([{"a": "x", "b": "x y", "c": 0.5}])
    other = line.replace(b'"c":0.5', spelt.replace(b'"b"', b'"c"'))
    data = block(records) + (line.replace(b'"b":"x y"', spelt) + other) * 2 + block(records[:10])

    assert expect(data) == show_block(data, make_rows(), size=50)


def test_stencils_learn_kinds_shapes_and_moments() -> None:
    """Lines of several shapes, kinds of values and seconds come to have stencils, each its own."""
    varying: list[dict[str, Any]] = [{"n": 1}, {"path": "/a", "ok": True}, {"n": 0.5, "x": "a b"}]
    records = [
        {"timestamp": f"2026-11-23T14:10:{number % 60:02d}.123456Z", "event": f"e{number % 3}",
         **varying[number % 3]}
        for number in range(1200)
    ]  # fmt: skip
    data = block(records)
    rows = make_rows()
    assert expect(data) == show_block(data, rows, size=100)
    calls = listen(rows._usual, "show")

    assert expect(data) == show_block(data, rows, size=100)
    assert ([], 3) == (calls, len(rows._stencils))


def test_a_minute_is_looked_up_once() -> None:
    """Lines that each have an event of their own do not ask again how their minute is shown."""
    data, rows = (
        block([{**LEARNED[0], "event": f"e{number}"} for number in range(300)]),
        make_rows(),
    )
    asked = listen(rows._usual, "show_second")

    assert expect(data) == show_block(data, rows, size=50)
    assert ["2026-11-23T14:10:00", "2026-11-23T14:10:59"] == asked


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no zones of other places")
def test_stencils_show_zones_as_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds that no minute has are foreign; those that a zone shifted are shown as shifted.

    Liberia was 44 minutes and 30 seconds behind until 1972-01-07 00:44:30 UTC.
    """
    seconds = [f"1972-01-07T00:{n // 61:02d}:{n % 61:02d}" for n in range(43 * 61, 46 * 61)]
    records = [{**LEARNED[0], "timestamp": f"{each}.123456Z"} for each in seconds]
    monkeypatch.setenv("TZ", "Africa/Monrovia")
    time.tzset()
    try:
        data, rows = block(LEARNED + records), make_rows(local=True)
        assert expect(data, local=True) == show_block(data, rows, size=50)
    finally:
        monkeypatch.undo()
        time.tzset()


@settings(max_examples=10)
@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=4), min_size=1, max_size=3), st.booleans())
def test_stencils_show_any_line_as_otherwise(records: list[dict[str, Any]], colors: bool) -> None:
    """Whatever lines hold, and however often they come, they are shown as otherwise."""
    data = block(records).replace(b"\r", b"")
    rows = make_rows(colors=colors)

    assert expect(data * 120, colors=colors) == show_block(data * 120, rows, size=100)
