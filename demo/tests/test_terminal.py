"""The pty of the demo: its lines are counted, and the first and last are shown."""

from __future__ import annotations

import os

import pytest

from demo.terminal import Terminal

HEAD = b"14:51:50.216 INFO  shop.orders        order accepted"


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
