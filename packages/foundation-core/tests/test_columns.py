"""The columns and the colours of a line at a terminal, where somebody chooses them."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from typing import Any

import pytest

import interpreters
from provide.foundation._config.console import Console
from provide.foundation._config.logging import LoggingConfig
from provide.foundation._diagnostics.stats import LEVEL_INDEX
from provide.foundation._record.record import Record
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._record.values import Limits
from provide.foundation._render.terminal.codes import ANSI_CODES, CODES, SCREEN
from provide.foundation._runtime.openers.people import has_few_colors, terminal_parts
from provide.foundation.levels import INFO, LEVEL_NAMES

LANES = ["processor", "fast"]
if importlib.util.find_spec("provide.foundation.native") is not None:
    LANES.append("native")


def rows_of(
    *lines: dict[str, Any],
    dated: bool = True,
    emoji: str = "",
    colors: bool = False,
    **options: Any,
) -> list[str]:
    """Return the rows of lines that have these parts."""
    console = Console(time="utc", **{"width": 120, **options})
    screen, render, _ = terminal_parts(
        LoggingConfig(console=console, omit_timestamp=not dated), None, Limits(), KeyPolicy(),
        terminal=True, colors=colors,
    )  # fmt: skip
    if emoji:
        screen.use_gutter()
    found = b""
    for line in lines:
        record = Record(line.pop("level", INFO), "shop.web", "said", line)
        record.seconds = 1795443000.125 if dated else None
        record.emoji = emoji
        found += screen.lay_out(LEVEL_INDEX[record.level], render(record))
    return found.decode().splitlines()


@pytest.mark.parametrize(
    ("columns", "width", "expected"),
    [
        (("event",), 120, "said a=1"),
        (("level", "event"), 120, "INFO  said a=1"),
        (("level", "logger", "event"), 80, "INFO  shop.web           said a=1"),
        (("level", "time", "event", "logger"), 120, "INFO  14:10:00.125 said a=1 shop.web"),
        (("logger", "event", "level", "time"), 80, "shop.web           said a=1 INFO 14:10:00.125"),
    ],
)
def test_columns_stand_in_the_order_that_was_given(columns: Any, width: int, expected: str) -> None:
    """Columns in front of the event have their widths; what comes after it ends the line."""
    assert expected == rows_of({"a": 1}, columns=columns, width=width)[-1]


def test_a_day_is_named_only_beside_a_time() -> None:
    """The row that names the day is there where the lines have a time."""
    assert (1, 2) == (
        len(rows_of({}, columns=("level", "event"))),
        len(rows_of({}, columns=("level", "event", "time"))),
    )


def test_lines_without_a_time_have_no_column_for_it() -> None:
    """Where no line has a time, its column takes no room, and rows go on below the event."""
    fields = {f"metric_{number:02}": number for number in range(12)}
    rows = rows_of(fields, dated=False, columns=("time", "level", "event"), width=60)
    assert rows[0].startswith("INFO  said metric_00=0")
    assert {6} == {len(row) - len(row.lstrip()) for row in rows[1:]}


def test_rows_go_on_below_the_event() -> None:
    """Fields that do not fit stand below the event, wherever that is, behind the emoji."""
    fields = {f"metric_{number:02}": number for number in range(12)}
    rows = rows_of(fields, columns=("logger", "event"), width=60, emoji="🌍")
    at = rows[0].index("said") + 1  # a wide character is one of a text
    assert {at} == {len(row) - len(row.lstrip()) for row in rows[1:]}
    assert max(map(len, rows)) <= 60


@pytest.mark.parametrize("level", LEVEL_NAMES)
def test_the_theme_of_the_terminal_has_16_colors(level: int) -> None:
    """With `ansi` no colour is one of the 256, and the text is the same."""
    fields = {"level": level, "status": 500, "ok": True, "n": 1, "took_s": 2.5, "url": "http://a/"}
    ours, theirs = (
        "\n".join(rows_of(dict(fields), colors=True, theme=theme)) for theme in ("fixed", "ansi")
    )
    assert ("38;5;" in ours, "38;5;" in theirs) == (True, False)
    code = re.compile(r"\x1b\[[0-9;]*m")
    assert code.sub("", ours) == code.sub("", theirs)


def test_every_color_has_its_like() -> None:
    """Each code of a line, that of a text and those of levels included, is one of the table."""
    codes = {CODES.match(code.encode()) for code in (*SCREEN.levels.values(), SCREEN.value)}
    assert set() == {each[0] for each in codes if each} - set(ANSI_CODES)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"TERM": "xterm"}, False),
        ({"TERM": "screen"}, False),
        ({"TERM": "linux"}, True),
        ({"TERM": "vt220"}, True),
        ({"TERM": "rxvt-unicode-256color"}, False),
        ({"TERM": "linux", "COLORTERM": "truecolor"}, False),
    ],
)
def test_terminals_of_few_colors(
    environment: dict[str, str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The 16 colours are for terminals whose names say that they have no more."""
    for name in ("TERM", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert expected == has_few_colors()


SCRIPT = """
from provide.foundation import configure, get_logger
configure(output="stdout", format="key_value")
log = get_logger("shop")
for number in range(3):
    log.info("said", a=number)
log.error("failed", text="x y")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal as POSIX has it")
@pytest.mark.parametrize("lane", LANES)
def test_every_lane_has_them(lane: str) -> None:
    """The variables hold in every lane, the compiled one too, which leaves such lines to Python."""
    from screens import read_to_end

    ours, theirs = os.openpty()
    environment = {
        **os.environ,
        "FOUNDATION_LANE": lane,
        "TERM": "linux",
        "COLORTERM": "",
        "PROVIDE_LOG_EXTENSIONS": "none",
        "PROVIDE_LOG_CONSOLE_COLUMNS": "level,event",
        "PROVIDE_LOG_CONSOLE_WIDTH": "120",
    }
    with interpreters.Popen(
        [sys.executable, "-c", SCRIPT], stdout=theirs, env=environment
    ) as child:
        os.close(theirs)
        found = read_to_end(ours).decode().splitlines()
        assert 0 == child.wait()
    info, failed = (
        "\x1b[22;32mINFO\x1b[0m  \x1b[1msaid\x1b[0m \x1b[36ma\x1b[2m=\x1b[22;94m{}\x1b[0m",
        "\x1b[1;31mERROR\x1b[0m \x1b[1;31mfailed\x1b[0m"
        ' \x1b[36mtext\x1b[2m=\x1b[22;39m"x y"\x1b[0m',
    )
    assert [*(info.format(number) for number in range(3)), failed] == found
