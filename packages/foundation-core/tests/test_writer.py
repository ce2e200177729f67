"""The counts of the writer stay exact wherever an interrupt comes."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

import interpreters

#: An interrupt at each place of the output's modules where CPython lets a signal handler run: at
#: the beginning of a function and behind a call.
PROGRAM = """
import json, os, sys
import provide.foundation as foundation
from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, setup_telemetry, stats

if sys.argv[1:]:
    [name] = sys.argv[1:]
    reader = os.open(name, os.O_RDONLY | os.O_CREAT)
else:  # a pipe, which may take a part of a line
    name = "stderr"
    reader, writer = os.pipe()
    os.dup2(writer, 2)
    os.set_blocking(reader, False)
setup_telemetry(TelemetryConfig(logging=LoggingConfig(
    log_file=sys.argv[1] if sys.argv[1:] else None, console_formatter="json",
    capture_stdlib=False)))
log = get_logger("t")
log.info("line")
FILES = {
    module.__file__
    for name, module in sys.modules.items()
    if name.startswith("provide.foundation._output")
}
steps = target = 0
hit = True

def interrupt(frame, event, argument):
    global steps, hit
    if event in ("call", "c_return") and frame.f_code.co_filename in FILES:
        steps += 1
        if steps == target:
            sys.setprofile(None)
            hit = True
            raise KeyboardInterrupt

found = []
lines = 0
while hit:
    target += 1
    steps, hit = 0, False
    sys.setprofile(interrupt)
    try:
        log.info("line")
    except KeyboardInterrupt:
        pass
    finally:
        sys.setprofile(None)
    log.info("line")  # goes on with what the interrupt has left
    try:
        lines += os.read(reader, 65_536).count(b"\\n")
    except BlockingIOError:
        pass
    found.append((lines, sum(stats().outputs[name].written.values())))
print(json.dumps(found))
"""


@pytest.mark.parametrize("kind", ["file", "pipe"])
def test_interrupt_behind_the_write_costs_no_count(kind: str, tmp_path: Path) -> None:
    """A line that is written counts as such, also where KeyboardInterrupt follows it."""
    done = interpreters.run(
        [sys.executable, "-c", PROGRAM, *([str(tmp_path / "app.log")] if kind == "file" else [])],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "FOUNDATION_LANE": "processor"},
    )
    found = json.loads(done.stdout)

    assert len(found) > 3
    assert [lines for lines, _ in found] == [written for _, written in found]
