"""Tests of what people see at a terminal: text, columns, colours and what stays escaped."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provide.foundation._record.exceptions import describe_exception
from provide.foundation._record.record import Record
from provide.foundation._record.values import Limits
from provide.foundation._render.console import (
    COLOURED,
    EVENT_WIDTH,
    PLAIN,
    Style,
    display_width,
    paint_block,
    render_terminal,
)
from provide.foundation._render.terminal.codes import NUMBER, SCREEN, WORD
from provide.foundation.levels import INFO, LEVEL_NAMES

CODE = re.compile(r"\x1b\[[0-9;]*m")
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
TEXTS = st.one_of(
    st.text(),
    st.text(st.sampled_from(' ="\\\n\r\t\x00\x1b\x7f\x85\xa0\u200d\u202e\u2028\ud800[31m;aé🔑')),
)


def show(line: Record, *, colors: bool = False, **options: Any) -> str:
    """Render a line for a terminal as text."""
    return render_terminal(line, colors=colors, **options).decode("utf-8")


def make(fields: dict[str, Any] | None = None, **parts: Any) -> Record:
    """Return a line."""
    return Record(
        parts.pop("level", INFO),
        parts.pop("logger", "app"),
        parts.pop("event", "user_login"),
        fields or {},
        **parts,
    )


def raise_chained() -> None:
    """Raise an exception that has a cause."""
    try:
        raise KeyError("x")
    except KeyError as error:
        raise ValueError("no\x1b[2J such") from error


def catch_chained() -> dict[str, Any]:
    """Return the description of an exception that has a cause."""
    try:
        raise_chained()
    except ValueError as error:
        return dict(describe_exception(error))
    raise AssertionError


def test_line() -> None:
    """Moment, level, event, logger and fields stand in columns, the rarer parts after them."""
    line = make(
        {"user_id": 7, "agent": "curl 8", "tags": ["a", 1.5, None]},
        seconds=1795443000.125,
        constants={"service": "shop"},
        trace={"trace_id": "4bf9"},
        callsite={"file": "/srv/app.py", "line": 12, "function": "handle"},
    )

    assert (
        "2026-11-23 14:10:00.125 info     user_login                     [app] service=shop"
        ' user_id=7 agent="curl 8" tags=["a",1.5,null] trace_id=4bf9'
        " callsite=/srv/app.py:12:handle\n"
    ) == show(line)


def test_bare_line_has_no_padding() -> None:
    """A line that ends with its event ends there."""
    assert "info     user_login\n" == show(make(logger=""))


@pytest.mark.parametrize("level", LEVEL_NAMES)
def test_levels_take_the_same_room(level: int) -> None:
    """The event begins in the same column at every level, with and without colours."""
    plain = CODE.sub("", show(make(level=level), colors=True))

    assert (9, show(make(level=level))) == (plain.index("user_login"), plain)


@pytest.mark.parametrize("level", LEVEL_NAMES)
def test_every_level_has_its_colour(level: int) -> None:
    """No level is left without a colour, and no two share one."""
    codes = list(COLOURED.levels.values())

    assert (1, True) == (codes.count(COLOURED.levels[level]), level in COLOURED.levels)


@pytest.mark.parametrize(
    ("event", "emoji"),
    [
        pytest.param("user_login", "", id="ascii"),
        pytest.param("用户登录", "", id="wide"),
        pytest.param("user_login", "🔑", id="emoji"),
        pytest.param("user_login", "⚠️", id="variation-selector"),
        pytest.param("user_login", "👩‍💻", id="joined-emoji"),
        pytest.param("e\u0301te\u0301", "", id="combining"),
        pytest.param("tab\there", "", id="escaped"),
    ],
)
def test_what_follows_the_event_is_aligned(event: str, emoji: str) -> None:
    """The logger's name begins in one column, however wide the event's characters are."""
    before, _, _ = show(make(event=event, emoji=emoji)).partition(" [app]")

    assert 9 + EVENT_WIDTH == display_width(before)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", 0, id="empty"),
        pytest.param("abc", 3, id="ascii"),
        pytest.param("é", 1, id="accent"),
        pytest.param("e\u0301", 1, id="combining"),
        pytest.param("東京", 4, id="wide"),
        pytest.param("ｱ", 1, id="halfwidth"),
        pytest.param("\uff21", 2, id="fullwidth"),
        pytest.param("🔑", 2, id="emoji"),
        pytest.param("⚠", 1, id="text-symbol"),
        pytest.param("⚠️", 2, id="emoji-symbol"),
        pytest.param("🔑️", 2, id="emoji-with-selector"),
        pytest.param("👍🏽", 2, id="skin-tone"),
        pytest.param("👩‍💻", 2, id="joined"),
        pytest.param("👩‍💻x", 3, id="after-joined"),
        pytest.param("🇩🇪", 2, id="flag"),
        pytest.param("\u1112\u1161\u11ab", 2, id="hangul-letters"),
    ],
)
def test_display_width(text: str, expected: int) -> None:
    """A text is as wide as a terminal shows it."""
    assert expected == display_width(text)


def test_marker_stands_before_the_event() -> None:
    """Emoji are a prefix of the event, with their own control characters escaped."""
    assert "info     🔑\\x1b user_login" == show(make(emoji="🔑\x1b", logger="")).rstrip()


@pytest.mark.parametrize("colors", [False, True])
@given(text=TEXTS, key=TEXTS, value=TEXTS | st.lists(TEXTS))
def test_only_our_own_codes_are_raw(colors: bool, text: str, key: str, value: object) -> None:
    """Whatever the data, a line is one line, and no control character but our colours is raw."""
    line = Record(
        INFO,
        text,
        text,
        {key: value},
        constants={"service": text},
        emoji=text,
        trace={"trace_id": text},
    )
    shown = show(line, colors=colors)
    ours = {code for code in vars_of(COLOURED) if code} if colors else set()

    foreign = [code for code in CODE.findall(shown) if code not in ours]

    assert ([], None, "\n") == (foreign, UNSAFE.search(CODE.sub("", shown)[:-1]), shown[-1])


def vars_of(style: Style) -> list[str]:
    """Return every code of a style."""
    codes = [getattr(style, name) for name in Style.__slots__ if name != "levels"]
    return [*codes, *style.levels.values()]


def test_no_colours_means_no_codes() -> None:
    """Without colours the line is the coloured one without its codes."""
    line = make({"a": 1}, exception=catch_chained(), stack="Stack (most recent call last):\n  x")

    assert show(line) == CODE.sub("", show(line, colors=True))


def test_every_line_ends_uncoloured() -> None:
    """No colour runs over the end of a line, of a traceback's lines either."""
    shown = show(make({"a": 1}, exception=catch_chained()), colors=True)

    after = [row.rpartition("\x1b[")[2] for row in shown.splitlines() if "\x1b" in row]

    assert {"0m"} == {code[:2] for code in after}


def test_traceback_is_indented_and_escaped() -> None:
    """A traceback follows its line, indented by four, its own control characters escaped."""
    first, *rows = show(make(exception=catch_chained())).splitlines()

    assert (
        True,
        [],
        "    ValueError: no\\x1b[2J such",
        "    The above exception was the direct cause of the following exception:",
    ) == (
        "user_login" in first,
        [row for row in rows if row and not row.startswith("    ")],
        rows[-1],
        rows[rows.index("    KeyError: 'x'") + 2],
    )


@pytest.mark.parametrize(
    ("rail", "row", "code"),
    [
        pytest.param("", "ValueError: no", COLOURED.failure, id="exception"),
        pytest.param("  | ", "ValueError: no", COLOURED.failure, id="group-member"),
        pytest.param("  |   | ", "ValueError: no", COLOURED.failure, id="inner-group-member"),
        pytest.param("", "Traceback (most recent call last):", COLOURED.quiet, id="heading"),
        pytest.param("", "  +---------------- 1 ----------------", COLOURED.quiet, id="branch"),
        pytest.param("", '  File "a.py", line 1, in f', "", id="frame"),
        pytest.param("  | ", '  File "a.py", line 1, in f', "", id="group-frame"),
    ],
)
def test_traceback_colours(rail: str, row: str, code: str) -> None:
    """In a traceback the exceptions stand out, headings and the rails of groups step back."""
    quiet = f"{COLOURED.quiet}{rail}{COLOURED.reset}" if rail else ""
    reset = COLOURED.reset if code else ""

    assert [f"    {quiet}{code}{row}{reset}"] == list(paint_block(rail + row, COLOURED))


def test_carriage_return_in_a_traceback_is_escaped() -> None:
    """Only a newline separates the lines of a traceback."""
    assert ["    a\\r\\x85b", "    c"] == list(paint_block("a\r\x85b\nc", PLAIN))


def test_long_event_is_cut() -> None:
    """An event beyond the limit is cut, and says that it was."""
    shown = show(make(event="x" * 50), limits=Limits(string=10))

    assert ("x" * 10 + "...<", False) == (shown[9:23], "x" * 11 in shown)


def test_nested_secret_is_masked() -> None:
    """Secrets inside a value are masked where a policy is given."""
    shown = show(make({"k": {"pin": 1}}), is_secret=lambda key: key == "pin")

    assert shown.endswith('k={"pin":"***"}\n')


def luminance(index: int) -> float:
    """Return the relative luminance of a colour of the 256-colour palette (WCAG 2.2)."""
    if index >= 232:
        rgb = [8 + 10 * (index - 232)] * 3
    else:
        steps = (0, 95, 135, 175, 215, 255)
        rgb = [steps[(index - 16) // 36], steps[(index - 16) // 6 % 6], steps[(index - 16) % 6]]
    parts = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: float, other: float) -> float:
    """Return the contrast of two luminances (WCAG 2.2)."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


@pytest.mark.parametrize(
    "code",
    sorted(
        {code for code in [*vars_of(COLOURED), *vars_of(SCREEN), NUMBER, WORD] if "38;5" in code}
    ),
)
def test_colours_are_legible(code: str) -> None:
    """Each colour has enough contrast on black and on white, or on the ground it brings along."""
    ink = re.search(r"38;5;(\d+)", code)
    ground = re.search(r"48;5;(\d+)", code)
    assert ink is not None
    grounds = [luminance(int(ground[1]))] if ground else [0.0, 1.0]

    assert min(contrast(luminance(int(ink[1])), each) for each in grounds) >= 3.8
