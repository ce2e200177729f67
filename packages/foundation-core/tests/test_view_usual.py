"""Usual lines are shown in one go, with the bytes of all other lines."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from provide.foundation._view.dialects.reader import Reader
from provide.foundation._view.shape import Shape
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
