"""Writes are completed: short writes, EAGAIN and EINTR are completed, with a deadline."""

from __future__ import annotations

import signal
import time

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import every_line, no_silent_loss


@case(5, every_line, output="stream", wiring="nonblocking", limit_s=8)
def slow_reader(stage: Stage) -> None:
    """A non-blocking pipe with a slow reader."""
    for _ in range(20):
        stage.call(pad="y" * 50_000)


@case(5, every_line, output="stream", quick=True)
def short_writes(stage: Stage) -> None:
    """200 lines of 70 KB to a pipe, which takes 64 KB at a time."""
    for _ in range(200):
        stage.call(pad="y" * 70_000)


@case(5, every_line, output="stream", wiring="socket")
def stream_socket(stage: Stage) -> None:
    """A socket for a stream, as systemd gives one; lines of 200 KB of 4 threads."""

    def work(part: Stage) -> None:
        for _ in range(15):
            part.call(pad="y" * 200_000)

    stage.in_threads(4, work)


@case(5, every_line, output="stream", wiring="terminal", form="json")
def terminal(stage: Stage) -> None:
    """A terminal, whose buffer is small; lines of 10 KB of 4 threads."""

    def work(part: Stage) -> None:
        for _ in range(20):
            part.call(pad="y" * 10_000)

    stage.in_threads(4, work)


@case(5, every_line, output="stream", wiring="nonblocking", limit_s=8)
def interrupted_writes(stage: Stage) -> None:
    """Signals interrupt system calls all the time (EINTR)."""
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.siginterrupt(signal.SIGALRM, True)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    for _ in range(20):
        stage.call(pad="y" * 30_000)
    signal.setitimer(signal.ITIMER_REAL, 0)


def _one_deadline(performance: Performance) -> str:
    found = no_silent_loss(performance)
    if found == KEPT and performance.facts["seconds"] > 10:
        return f"waited {performance.facts['seconds']:.0f} s"
    return found


@case(5, _one_deadline, output="stream", wiring="stuck")
def stuck_reader(stage: Stage) -> None:
    """A reader that is stuck costs one deadline, and what is lost is counted."""
    start = time.monotonic()
    for _ in range(100):
        stage.call(pad="y" * 3_000)
    stage.facts["seconds"] = time.monotonic() - start


@case(5, every_line, output="stream", form="json",
      only=("foundation", "structlog-orjson", "logging", "loguru"))  # fmt: skip
def raw_stream(stage: Stage) -> None:
    """`sys.stdout.buffer` itself as the output: a raw file under PYTHONUNBUFFERED=1."""
    import sys

    if "provide.foundation" in sys.modules:
        from provide.foundation import (
            LoggingConfig,
            OutputConfig,
            TelemetryConfig,
            setup_telemetry,
            stats,
        )

        logging = LoggingConfig(outputs=[OutputConfig(sys.stdout.buffer)])
        setup_telemetry(TelemetryConfig(logging=logging))
        stage.log._counted = lambda: _sum_up(stats().as_dict()["outputs"])
    for _ in range(20):
        stage.call(pad="y" * 200_000)


def _sum_up(outputs: dict[str, dict[str, dict[str, int]]]) -> dict[str, object]:
    return {
        "written": sum(sum(output["written"].values()) for output in outputs.values()),
        "dropped": {k: v for output in outputs.values() for k, v in output["dropped"].items()},
    }
