"""Lines of the compiled lane to a terminal: whole and in their order, whatever interrupts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

import interpreters

pytest.importorskip("provide.foundation.native._lane")

SCRIPT = """
import json, os, signal, sys, tty
from provide.foundation import Console, LoggingConfig, TelemetryConfig, get_logger, stats
from provide.foundation import setup_telemetry

tty.setraw(1)
setup_telemetry(TelemetryConfig(logging=LoggingConfig(
    output="stdout", console_formatter="key_value", console=Console(colors=True))))
log = get_logger("app")
log.info("first", a=1)
signal.signal(signal.SIGALRM, lambda *_: log.info("handler"))
signal.setitimer(signal.ITIMER_REAL, 0.2)
log.info("long", text="x" * 60_000)
log.info("last")
found = stats()
counts = found.outputs["stdout"]
written = sum(counts.written.values())
print(json.dumps([found.lane, written, sum(counts.dropped.values())]), file=sys.stderr)
"""


def test_signal_in_midst_of_a_line() -> None:
    """A line of which a signal has ended the write is completed before any other."""
    ours, theirs = os.openpty()
    with interpreters.Popen(
        [sys.executable, "-c", SCRIPT],
        stdout=theirs,
        stderr=subprocess.PIPE,
        env={**os.environ, "FOUNDATION_LANE": "native"},
    ) as child:
        os.close(theirs)
        found = bytearray(os.read(ours, 1))
        time.sleep(1.0)  # the terminal is full by then, and the signal has come
        try:
            while part := os.read(ours, 65536):
                found += part
        except OSError:  # the other end is closed, as Linux says it
            pass
        os.close(ours)
        assert child.stderr is not None
        lane, written, dropped = json.load(child.stderr)
        assert 0 == child.wait()
    lines = found.decode().splitlines()[1:]  # behind the row that names the day
    events = [next(e for e in ("first", "long", "handler", "last") if e in row) for row in lines]
    assert ["first", "long", "handler", "last"] == events
    assert lines[1].endswith("x" * 60_000 + "\x1b[0m")
    assert ("native", 4, 0) == (lane, written, dropped)
