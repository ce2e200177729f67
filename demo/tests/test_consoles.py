"""The run that is drawn in several consoles: every logger logs all of it, and rows are counted."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from demo.console_rivals import WAYS
from demo.consoles import ROOT, Shown, break_row


@pytest.mark.slow
@pytest.mark.parametrize("way", [way for way in WAYS if way != "pino"])
def test_every_logger_logs_the_run(way: str) -> None:
    """The first and the last event of the run, and those between them, are there."""
    command = [sys.executable, "-m", "demo.console_rivals", way]
    # Whatever folder and variables a test before this one has left.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PROVIDE_")}
    ran = subprocess.run(
        command, capture_output=True, cwd=ROOT, env={**kept, "PYTHONPATH": str(ROOT)}
    )
    assert 0 == ran.returncode, ran.stderr.decode("utf-8", "replace")[-2000:]
    text = (ran.stdout + ran.stderr).decode("utf-8", "replace")
    events = ("connection_opened", "request_finished", "payment_failed", "notify_failed")
    assert [] == [event for event in events if event not in text]


def test_rows_are_broken_as_a_terminal_does() -> None:
    """A row goes on in the next one where its columns end, and a wide character is not cut."""
    parts = [text.plain for text in break_row("\x1b[31mabcde\x1b[0m\x1b]8;;x\x1b\\fg", 3)]
    assert ["abc", "def", "g"] == parts
    assert ["a", "東", "b"] == [text.plain for text in break_row("a東b", 2)]


def test_rows_are_counted() -> None:
    """An empty row is one, and a longer one is as many as it takes."""
    shown = Shown("x", {80: ["", "a" * 80, "b" * 81], 120: ["4111111111111111"]})
    assert (4, "yes") == (shown.count(80), shown.says())
