"""What a screen makes of the flat lines of a terminal: rows, and what stands in which column."""

from __future__ import annotations

import re
from typing import Any

import pytest

from provide.foundation import bind_contextvars, bound_contextvars, clear_contextvars
from provide.foundation._config.console import Console
from provide.foundation._config.logging import LoggingConfig
from provide.foundation._diagnostics.stats import LEVEL_INDEX
from provide.foundation._record.record import Record
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._record.values import Limits
from provide.foundation._render.console import display_width
from provide.foundation._runtime.openers.people import terminal_parts
from provide.foundation.levels import CRITICAL, DEBUG, ERROR, INFO, LEVEL_NAMES, TRACE, WARNING

CODE = re.compile(r"\x1b\[[0-9;]*m")
#: 2026-11-23 14:10:00.125 in UTC.
SECONDS = 1795443000.125
STATEMENT = "SELECT o.id\n  FROM orders o\n WHERE o.tier = 'gold'"
ORDER = {"id": 1042, "customer": {"name": "Ana Ünal", "tier": "gold"}, "items": [1, 2, 3, 4, 5]}


class Shown:
    """Show records as a terminal of some width does, without the rule of the day."""

    def __init__(self, width: int = 120, *, colors: bool = False, **options: Any) -> None:
        console = Console(width=width or None, time="utc", **options)
        self.screen, self.render, _ = terminal_parts(
            LoggingConfig(console=console),
            None,
            Limits(),
            KeyPolicy(),
            terminal=True,
            colors=colors,
        )

    def rows(self, fields: dict[str, Any] | None = None, **parts: Any) -> list[str]:
        """Return the rows of a record."""
        record = Record(
            parts.pop("level", INFO),
            parts.pop("logger", "shop.web"),
            parts.pop("event", "request_finished"),
            fields or {},
            seconds=SECONDS,
            **parts,
        )
        data = self.screen.lay_out(LEVEL_INDEX[record.level], self.render(record))
        return [row for row in data.decode().splitlines() if "── " not in row]


def test_columns() -> None:
    """Time, level and logger have columns, and the event follows in one column."""
    shown = Shown()
    rows = [*shown.rows({"status": 200}), *shown.rows(level=WARNING, logger="a.b", event="slow")]
    assert [
        "14:10:00.125 INFO  shop.web           request_finished status=200",
        "14:10:00.125 WARN  a.b                slow",
    ] == rows


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", ""),
        ("shop.payments.gate", "shop.payments.gate"),
        ("shop.payments.gateway.adapters", "s.p.g.adapters"),
        ("a.very_long_name_of_a_module", "…_name_of_a_module"),
        ("東京.駅", "東京.駅"),
    ],
)
def test_names_fit_their_column(name: str, expected: str) -> None:
    """A long logger's name is shortened from the left."""
    row = Shown().rows(logger=name)[0]
    column = row[19 : row.index(" request_finished")]
    assert (expected, 18) == (column.rstrip(), display_width(column))


@pytest.mark.parametrize("level", LEVEL_NAMES)
def test_levels_take_five_columns(level: int) -> None:
    """The event begins in one column at every level."""
    assert 38 == Shown().rows(level=level)[0].index("request_finished")


@pytest.mark.parametrize("width", [40, 80, 109, 110, 120, 200])
def test_no_row_is_wider_than_the_terminal(width: int) -> None:
    """Fields go on below the event, each whole, and no row but the first begins at the edge."""
    fields = {f"metric_{number:02}": number * 1.5 for number in range(30)}
    rows = Shown(width).rows(fields)
    words = [word for word in " ".join(rows).split() if word != "shop.web"]
    assert max(map(len, rows)) <= width
    assert all(row.replace("shop.web", " " * 8).startswith(" " * 19) for row in rows[1:])
    assert [f"{key}={value}" for key, value in fields.items()] == words[-30:]


def test_narrow_terminals_have_the_name_last() -> None:
    """Below 110 columns the logger's name goes to the end."""
    assert ["14:10:00.125 INFO  request_finished a=1 shop.web"] == Shown(109).rows({"a": 1})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"a": "x" * 30, "b": "y" * 40}, [" " * 10 + "shop.web b=" + "y" * 40]),
        ({"a": "x" * 30}, [" " * 19 + "shop.web"]),
        ({"a": "x" * 30, "b": "y" * 10}, [" " * 19 + "b=" + "y" * 10 + " shop.web"]),
    ],
    ids=["in-front-of-a-row", "alone", "at-the-end"],
)
def test_name_without_room_stands_in_front_of_a_row(
    fields: dict[str, str], expected: list[str]
) -> None:
    """It takes no row of its own where there is a second one, which has room in front."""
    assert expected == Shown(68).rows(fields)[1:]


def test_text_of_several_lines_is_a_block() -> None:
    """A text with line ends has a row for each line, behind the rows of its line."""
    rows = Shown().rows({"seconds": 1.25, "sql": STATEMENT}, event="slow_query")
    lead = " " * 38
    assert [
        "14:10:00.125 INFO  shop.web           slow_query seconds=1.25",
        f"{lead}sql │ SELECT o.id",
        f"{lead}    │   FROM orders o",
        f"{lead}    │  WHERE o.tier = 'gold'",
    ] == rows


def test_long_blocks_are_cut() -> None:
    """A block has twelve rows at most, and says how many lines are left out."""
    rows = Shown().rows({"text": "\n".join(map(str, range(50)))})
    assert (1 + 12 + 1, "⋮ 38 more lines") == (len(rows), rows[-1].strip())


def test_nested_values_are_inline_or_a_block() -> None:
    """A nested value of over 60 columns has a row for each member."""
    shown = Shown()
    assert 1 == len(shown.rows({"order": {"id": 1}}))
    assert ["order │ id: 1042", '│ customer: {"name":"Ana Ünal","tier":"gold"}'] == [
        row.strip() for row in shown.rows({"order": ORDER})[1:3]
    ]


def test_long_texts_are_cut_after_three_rows() -> None:
    """A text without line ends takes three rows, and then says how many characters are left."""
    rows = Shown(80).rows({"text": "x" * 1000})
    left = re.search(r"\+(\d+)", "".join(rows))
    assert left is not None
    shown = sum(row.count("x") for row in rows[2:]) + rows[1].removeprefix("text").count("x") - 1
    assert (4, 1000) == (len(rows), shown + int(left[1]))


def test_long_events_break_between_words() -> None:
    """An event that is wider than the terminal goes on in its own column."""
    rows = Shown(80).rows(event=" ".join(["reconciliation"] * 12))
    assert ["reconciliation"] * 12 == " ".join(row[19:] for row in rows).split()[:12]
    assert all(row == row.rstrip() for row in rows)


def test_what_data_holds_stays_escaped() -> None:
    """Control characters and marks of direction are escaped, in blocks as well."""
    shown = "\n".join(
        Shown(80).rows({"t": "a\n\x1b[31mb\u202e" * 3, "k": "\x1b]0;x\x07"}, event="x\r\x1b[2J")
    )
    unsafe = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
    assert (None, True) == (unsafe.search(shown), "\\x1b[31mb\\u202e" in shown)


def test_secrets_stay_masked() -> None:
    """Secrets are masked wherever they stand, in blocks and in what is context."""
    with bound_contextvars(password="hunter2"):
        rows = Shown().rows({"password": "***", "order": {"password": "hunter2", "text": "x" * 80}})
    assert "hunter2" not in "".join(rows)


def test_context_is_whole_once_and_a_tag_from_then_on() -> None:
    """A context is shown whole where it is new; later lines have its tag at their end."""
    fields = {"request_id": "9f1c2d3e", "user_id": 7}
    shown = Shown()
    with bound_contextvars(**fields):
        first, second = shown.rows({**fields, "a": 1})[0], shown.rows({**fields, "a": 2})[0]
    tag = second.rpartition(" ")[2]
    assert re.fullmatch("⟨[0-9a-f]{4}⟩", tag)
    assert first.endswith(f"request_finished a=1 {tag} request_id=9f1c2d3e user_id=7")
    assert second.endswith(f"request_finished a=2 {tag}")
    with bound_contextvars(**{**fields, "user_id": 8}):
        assert shown.rows({**fields, "user_id": 8})[0].endswith("user_id=8")


def test_context_may_stay_whole() -> None:
    """Where the context is not folded it stands last in each line."""
    fields = {"request_id": "9f1c2d3e", "user_id": 7}
    shown = Shown(context="full")
    with bound_contextvars(**fields):
        rows = [shown.rows({**fields, "a": 1}) for _ in range(2)]
    assert {"a=1 request_id=9f1c2d3e user_id=7"} == {row[0][55:] for row in rows}


def test_context_that_a_call_overrides_stays_in_its_place() -> None:
    """A field of the call's that overrides the context is not taken for context."""
    bind_contextvars(user_id=7, region="eu-west")
    try:
        assert "user_id=8" in Shown().rows({"region": "eu-west", "user_id": 8})[0]
    finally:
        clear_contextvars()


def test_emoji_have_a_gutter() -> None:
    """Where there are emoji, each line has a gutter of one width, without brackets."""
    shown = Shown()
    shown.screen.use_gutter()
    with_emoji = shown.rows(emoji="[🔑][➡️][✅]")[0]
    without = shown.rows()[0]
    column = display_width(with_emoji[: with_emoji.index("request")])
    assert ("🔑👉✅ ", column) == (with_emoji[38:42], without.index("request"))
    assert without == shown.rows(emoji="[🏳️‍🌈]")[0], "terminals disagree on all of its emoji"


@pytest.mark.parametrize(
    ("level", "code"),
    [
        (TRACE, "\x1b[38;5;243m"),
        (DEBUG, "\x1b[38;5;243m"),
        (INFO, "\x1b[1m"),
        (WARNING, "\x1b[1;38;5;166m"),
        (ERROR, "\x1b[1;38;5;196m"),
        (CRITICAL, "\x1b[1;38;5;196m"),
    ],
)
def test_event_takes_the_colour_of_its_level(level: int, code: str) -> None:
    """Events are in the level's colour from warning on, and grey below info."""
    assert f" {code}request_finished\x1b[0m" in Shown(colors=True).rows(level=level)[0]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"a": "text"}, "\x1b[39;39;39mtext"),
        ({"a": 12}, "\x1b[38;5;031m12"),
        ({"a": -1.5e300}, "\x1b[38;5;031m-1.5e+300"),
        ({"a": None}, "\x1b[38;5;133mnull"),
        ({"a": True}, "\x1b[38;5;133mtrue"),
        ({"status": 204}, "\x1b[38;5;028m204"),
        ({"status": 404}, "\x1b[38;5;166m404"),
        ({"status_code": 503}, "\x1b[38;5;196m503"),
        ({"status": 7}, "\x1b[38;5;031m7"),
        ({"seconds": 0.5}, "\x1b[38;5;031m0.5"),
        ({"elapsed_s": 1.5}, "\x1b[38;5;166m1.5"),
        ({"duration_ms": 999.0}, "\x1b[38;5;031m999.0"),
        ({"duration_ms": 1000.0}, "\x1b[38;5;166m1000.0"),
        ({"url": "https://a.example/x"}, "\x1b[4mhttps://a.example/x\x1b[24m"),
    ],
)
def test_values_have_colours(fields: dict[str, Any], expected: str) -> None:
    """Numbers, words of JSON, statuses, durations and addresses each have a colour."""
    assert f"={expected}" in Shown(colors=True).rows(fields)[0].replace(
        "=\x1b[39;39;39m\x1b[4m", "=\x1b[4m"
    )


@pytest.mark.parametrize("width", [0, 60, 120])
def test_no_colours_means_no_codes(width: int) -> None:
    """Without colours the rows are the coloured ones without their codes."""
    fields = {"sql": STATEMENT, "order": ORDER, "url": "https://a.example/", "status": 500}
    coloured, plain = Shown(width, colors=True), Shown(width)
    assert [CODE.sub("", row) for row in coloured.rows(fields)] == plain.rows(fields)


def test_foreign_lines_stay_as_they_are() -> None:
    """What is no flat line, as a processor may have made it, is not touched."""
    screen = Shown().screen
    screen.lay_out(LEVEL_INDEX[INFO], b"x\n")
    for data in (b"plain\n", b"", b"\x1b[38;5;243m", b"\xff\xfe\n", b'{"event":"a\\n"}\n'):
        assert data == screen.lay_out(LEVEL_INDEX[INFO], data)


def test_a_resize_shows_from_the_next_second_on() -> None:
    """A terminal that becomes narrower in the midst of a run is looked at once a second."""
    shown, width = Shown(120), [200]
    shown.screen.columns = lambda: width[0]
    shown.screen.look(SECONDS)
    fields = {f"metric_{number:02}": number * 1.5 for number in range(8)}
    line = shown.render(Record(INFO, "shop.web", "metrics", fields, seconds=SECONDS))
    rows = []
    for width[0] in (200, 60):
        shown.screen.since = shown.screen.until = 0.0  # the second is over
        rows.append(shown.screen.lay_out(LEVEL_INDEX[INFO], line).decode().splitlines()[-2:])
    assert 1 == len([row for row in rows[0] if "metric" in row])
    assert 2 == len(rows[1])
    assert max(map(len, rows[1])) <= 60


def test_a_clock_that_jumps_has_the_day_named() -> None:
    """A day that is another one than before is named, in both directions, and no day twice."""
    screen = Shown().screen
    rules = []
    for now in (SECONDS, SECONDS + 86_400, SECONDS, SECONDS + 1, float("1e300"), SECONDS):
        screen.rule = b""
        screen.look(now)
        rules.append(CODE.sub("", screen.rule.decode()).strip("─\n "))
    assert [
        "Mon 23 Nov 2026 · UTC",
        "Tue 24 Nov 2026 · UTC",
        "Mon 23 Nov 2026 · UTC",
        "",
        "",
        "Mon 23 Nov 2026 · UTC",
    ] == rules


def test_time_since_the_line_before() -> None:
    """With `delta` a line has the time since the line before, in the columns of the clock."""
    screen = Shown(120).screen
    screen.clock = "delta"
    line = Shown().render(Record(INFO, "a", "x", {}, seconds=SECONDS))
    shown = [screen.lay_out(LEVEL_INDEX[INFO], line).decode() for _ in range(2)]
    assert re.search(r"^     \+0\.000s INFO  a ", shown[0].splitlines()[-1])
    assert re.search(r"^ *\+\d\.\d{3}s INFO  a ", shown[1])


@pytest.mark.parametrize("text", ["x", "a b ", "é", "line\n"], ids=["x", "words", "wide", "lines"])
@pytest.mark.parametrize("width", [80, 120])
def test_long_texts_do_not_flood_the_terminal(text: str, width: int) -> None:
    """Of a long text a few rows are shown."""
    rows = Shown(width).rows({"text": text * 300_000})
    assert 5 >= len(rows)
    assert max(map(len, rows)) <= width
