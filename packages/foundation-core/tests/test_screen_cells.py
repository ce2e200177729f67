"""Screens as terminals show them: each row that is written is one row of cells."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("a terminal as POSIX has it", allow_module_level=True)

from installed_lanes import LANES
from screens import TMUX, ask_tmux, ask_xterm, has_xterm, run_at

CODE = re.compile(r"\x1b\[[0-9;]*m")
RULE = re.compile(r"── .* ─*")
SCRIPT = """
import json
from provide.foundation import *

setup_telemetry(TelemetryConfig(logging=LoggingConfig(
    default_level="TRACE", output="stdout", console=Console(time="utc"))))
web, db = get_logger("shop.web"), get_logger("shop.payments.gateway.adapters")
db.debug("connection_opened", host="db-1.internal", port=5432)
with bound_contextvars(request_id="9f1c2d3e4a5b6c7d", user_id=7, tenant="acme-eu"):
    web.info("request_started", method="GET", path="/basket")
    web.info("request_finished", method="GET", path="/basket", status=200, duration_ms=12.7)
    web.warning("request_finished", method="POST", path="/orders", status=500, duration_ms=2040.0)
db.warning("slow_query", seconds=1.25, sql="SELECT o.id, o.total\\n  FROM orders o\\n WHERE 1 = 1")
web.info("order", order={"id": 1042, "customer": {"name": "Ana Ünal"}, "items": ["é" * 20] * 3})
web.info("metrics", **{f"metric_{number:02}": number * 1.5 for number in range(30)})
web.info("greeting", name="山田太郎", city="東京都", note="日本語のログ" * 20)
web.info("注文を受け付けました", customer="李小龙", text="x" * 700)
web.info("hostile\\x1b[31m\\r\\nline\\u202e", key="\\x1b]0;x\\x07", more="\\u2067" * 5)
try:
    json.loads("{'a': 1}")
except ValueError as error:
    try:
        raise RuntimeError("the terminal sent an unreadable reply for order 1042 " * 3) from error
    except RuntimeError:
        db.exception("payment_failed", order_id=1042)
web.info("last", status=404)
"""


@pytest.mark.parametrize("columns", [80, 120, 200])
@pytest.mark.parametrize("terminal", ["tmux", "xterm.js"])
def test_no_row_is_broken_by_the_terminal(terminal: str, columns: int, tmp_path: Path) -> None:
    """Both terminals show each row as it was written, and none goes on at the left edge."""
    if terminal == "tmux" and TMUX is None:
        pytest.skip("tmux is not installed")
    if terminal == "xterm.js" and not has_xterm():
        pytest.skip("node does not find @xterm/headless")
    text = run_at([sys.executable, "-c", SCRIPT], columns)
    written = [row.rstrip() for row in CODE.sub("", text).splitlines()]
    asked = (
        ask_tmux([text], columns, tmp_path) if terminal == "tmux" else ask_xterm([text], columns)
    )
    shown = [row.rstrip() for row in asked[0][0]]
    assert written == shown[-len(written) - 1 :][: len(written)] or written == shown[: len(written)]


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_rows_begin_with_a_time_or_are_indented(columns: int) -> None:
    """At the left edge there are times, and the row of the day, alone."""
    rows = CODE.sub("", run_at([sys.executable, "-c", SCRIPT], columns)).splitlines()
    edge = [row for row in rows if not row.startswith("             ")]
    assert RULE.fullmatch(edge[0])
    assert all(re.match(r"\d\d:\d\d:\d\d\.\d{3} [A-Z]{4}", row) for row in edge[1:])


@pytest.mark.parametrize("columns", [80, 120])
def test_lanes_show_the_same(columns: int) -> None:
    """Every lane shows the same rows, their times apart."""
    command = [sys.executable, "-c", SCRIPT]
    found = [run_at(command, columns, FOUNDATION_LANE=lane) for lane in LANES]
    assert 1 == len({re.sub(r"\d\d:\d\d:\d\d\.\d{3}", "", text) for text in found})


def test_signs_of_a_terminal_that_has_only_ascii() -> None:
    """Where the encoding lacks our signs others stand in their columns."""
    command = [sys.executable, "-c", SCRIPT.replace("Ünal", "Unal").replace("é", "e")]
    ascii_text = run_at(command, 120, PYTHONIOENCODING="ascii")
    rows = CODE.sub("", ascii_text).splitlines()
    assert ascii_text.isascii()
    assert rows[0].startswith("-- ")
    assert any(row.strip().startswith("sql | SELECT") for row in rows)
    assert any(row.strip().startswith("x RuntimeError") for row in rows)


def test_nothing_of_it_is_loaded_without_a_terminal() -> None:
    """A program whose lines go to a pipe or a file loads no part of a screen."""
    code = (
        "import sys\n"
        "from provide.foundation import configure, get_logger\n"
        "for form in ('json', 'key_value', 'compact', 'auto'):\n"
        "    configure(format=form)\n"
        "    get_logger('a').info('x', n=1)\n"
        "print([name for name in sys.modules if 'terminal' in name or 'screens' in name])\n"
    )
    command = [sys.executable, "-c", code]
    for lane in LANES:
        environment = {**os.environ, "FOUNDATION_LANE": lane}
        done = subprocess.run(command, capture_output=True, env=environment, check=True)
        assert b"[]\n" == done.stdout
