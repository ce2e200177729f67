"""Readers cost little: readers that stall, or come in bursts."""

from __future__ import annotations

import os
import sys
import threading
import time

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import no_silent_loss

#: Seconds of the six that calls may be held: half a second by promise, the rest is the machine's.
_MOST_S = 1.5


def _little_waiting(performance: Performance) -> str:
    found = no_silent_loss(performance)
    if found == KEPT and performance.facts["held_s"] > _MOST_S:
        return f"held {performance.facts['held_s'] / performance.facts['took_s']:.0%} of the time"
    return found


@case(21, _little_waiting, output="stream", limit_s=30)
def bursty_reader(stage: Stage) -> None:
    """A pipe that does not block, whose reader takes 64 KB every second and a half."""
    target = 2 if os.environ.get("PROVIDE_LOG_LEVEL") else 1
    outer = os.dup(target)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    os.dup2(writer, target)
    os.close(writer)
    ended = threading.Event()

    def read() -> None:
        while not ended.wait(1.5):
            os.write(outer, os.read(reader, 65_536))
        while data := os.read(reader, 65_536):
            os.write(outer, data)

    thread = threading.Thread(target=read)
    thread.start()
    held, start = 0.0, time.monotonic()
    while time.monotonic() - start < 6:
        before = time.monotonic()
        stage.call(pad="y" * 1_000)
        took = time.monotonic() - before
        if took > 0.02:
            held += took
        time.sleep(0.001)
    stage.facts["held_s"], stage.facts["took_s"] = held, time.monotonic() - start
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # what a library has left in the buffer
            continue
    os.dup2(outer, target)  # the reader meets the end of the pipe
    ended.set()
    thread.join()
