"""Tests of the shortest readable line."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provide.foundation._record.record import Record
from provide.foundation._render.compact import render_compact
from provide.foundation._render.console import COLOURED
from provide.foundation.levels import INFO, LEVEL_NAMES

CODE = re.compile(r"\x1b\[[0-9;]*m")
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
TEXTS = st.text() | st.text(st.sampled_from(' ="\\\n\r\x00\x1b\x85\u202e\ud800[31m;aé🔑'))
TRACEBACK = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: no'


def show(line: Record, *, colors: bool = False, **options: Any) -> str:
    """Render a line compactly as text."""
    return render_compact(line, colors=colors, **options).decode("utf-8")


def test_line() -> None:
    """Time, a letter for the level, logger, emoji, event and fields, one space apart."""
    line = Record(
        INFO,
        "app",
        "user_login",
        {"user_id": 7, "agent": "curl 8", "tags": ["a", None]},
        seconds=1795443000.125,
        constants={"service": "shop"},
        emoji="🔑",
        trace={"trace_id": "4bf9"},
        callsite={"file": "a.py", "line": 1, "function": "f"},
    )

    assert (
        '14:10:00.125 I app 🔑 user_login service=shop user_id=7 agent="curl 8"'
        ' tags=["a",null] trace_id=4bf9 callsite=a.py:1:f\n'
    ) == show(line)


def test_shortest_line() -> None:
    """What a line does not have takes no room."""
    assert "I user_login\n" == show(Record(INFO, "", "user_login", {}))


def test_levels_have_letters_of_their_own() -> None:
    """One letter tells every level."""
    assert list("TDIWEC") == [show(Record(level, "", "x", {}))[0] for level in LEVEL_NAMES]


def test_event_cannot_pass_for_fields() -> None:
    """An event that could be taken for fields is quoted."""
    line = Record(INFO, "app x", 'took "7" ms user_id=8', {"user_id": 7})

    assert 'I "app x" "took \\"7\\" ms user_id=8" user_id=7\n' == show(line)


def test_traceback_is_one_value() -> None:
    """Away from a terminal, a traceback and a stack stay within the line."""
    line = Record(INFO, "app", "x", {}, exception=TRACEBACK, stack="Stack\nhere")

    assert (
        'I app x exception="Traceback (most recent call last):\\n'
        '  File \\"a.py\\", line 1, in f\\nValueError: no" stack="Stack\\nhere"\n'
    ) == show(line)


def test_colours() -> None:
    """The letter of the level, the event and the keys are coloured as at a terminal."""
    shown = show(Record(INFO, "", "x", {"a": 1}), colors=True)

    assert [True] * 3 == [
        f"{COLOURED.levels[INFO]}I{COLOURED.reset}" in shown,
        f"{COLOURED.event}x{COLOURED.reset}" in shown,
        f"{COLOURED.key}a{COLOURED.quiet}=" in shown,
    ]


@pytest.mark.parametrize(
    ("colors", "terminal"), [(True, None), (False, True)], ids=["colours", "no-colours"]
)
def test_traceback_at_a_terminal(colors: bool, terminal: bool | None) -> None:
    """At a terminal, with colours or without, a traceback follows the line, indented."""
    line = Record(INFO, "app", "x", {}, exception=TRACEBACK)
    shown = render_compact(line, colors=colors, terminal=terminal)

    assert ["I app x", *("    " + row for row in TRACEBACK.split("\n"))] == CODE.sub(
        "", shown.decode()
    ).splitlines()


@pytest.mark.parametrize("colors", [False, True])
@given(text=TEXTS, key=TEXTS, value=TEXTS | st.lists(TEXTS))
def test_one_line_without_raw_controls(colors: bool, text: str, key: str, value: object) -> None:
    """Whatever the data, a line is one line, and no control character but our colours is raw."""
    line = Record(INFO, text, text, {key: value}, constants={"service": text}, emoji=text)
    shown = show(line, colors=colors)
    bare = show(line)
    ours = shown if not colors else CODE.sub("", shown)

    assert (bare, None) == (ours, UNSAFE.search(ours[:-1]))
