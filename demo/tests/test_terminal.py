"""The pty of the demo: its lines are counted, and the first and last are shown."""

from __future__ import annotations

import os

import pytest

from demo.terminal import Terminal, fold_record

HEAD = b"2026-11-23 14:51:50.216 info     order accepted                 [shop.orders]"


def test_first_and_last_records_are_shown(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Of many records the first and the last are passed on, tracebacks whole, all are counted."""
    terminal = Terminal(first=2, last=1)
    writer = os.dup(terminal.descriptor)
    terminal.start()
    for number in range(6):
        os.write(writer, HEAD + b" n=%d\n    Traceback\n" % number)
    os.close(writer)
    terminal.finish(timeout_s=10)
    shown = capfdbinary.readouterr().out.splitlines()
    expected = [HEAD + b" n=0", b"    Traceback", b"  ... 4 more lines", HEAD + b" n=5"]
    assert [*expected, b"    Traceback"] == shown
    assert 6 == terminal.records


def test_record_that_fits_stays() -> None:
    """A record as wide as the terminal is not folded."""
    assert HEAD == fold_record(HEAD, len(HEAD))


def test_wide_record_is_folded_between_fields() -> None:
    """A wider one goes on under its event; colours take no room."""
    row = HEAD + b" \x1b[38;5;30mrequest_id=req-0001\x1b[0m"
    folded = fold_record(row, len(HEAD) + 5)
    assert HEAD + b"\n" + b" " * 33 + b"\x1b[38;5;30mrequest_id=req-0001\x1b[0m" == folded


def test_row_of_traceback_is_not_folded() -> None:
    """The terminal folds a row that does not begin with a timestamp."""
    row = b"    File " + b"x" * 200
    assert row == fold_record(row, 100)
