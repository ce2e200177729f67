"""Telemetry holds nobody up: telemetry never holds a log call up, and its counters are exact."""

from __future__ import annotations

import socket
import time

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import every_line

_OURS = ("foundation",)


def _in_time(performance: Performance) -> str:
    found = every_line(performance)
    if found == KEPT and performance.facts["cpu_s"] > 5:
        return f"took {performance.facts['cpu_s']:.0f} s"
    return found


@case(14, every_line, only=_OURS, quick=True)
def counters(stage: Stage) -> None:
    """`stats()` counts every line of 8 threads."""

    def work(part: Stage) -> None:
        for _ in range(300):
            part.call()

    stage.in_threads(8, work)


def _log_on(stage: Stage) -> None:
    started = time.thread_time()
    waited = time.monotonic()
    for _ in range(3000):
        stage.call()
    stage.facts["cpu_s"] = time.thread_time() - started
    stage.facts["slowest_s"] = time.monotonic() - waited


@case(
    14,
    _in_time,
    only=_OURS,
    limit_s=20,
    options={"otlp": {"logs": True, "endpoint": "http://127.0.0.1:9", "protocol": "http/protobuf"}},
)
def dead_collector(stage: Stage) -> None:
    """Nobody listens where OTLP logs are sent."""
    _log_on(stage)


@case(14, _in_time, only=_OURS, limit_s=20, output="none")
def silent_collector(stage: Stage) -> None:
    """A collector takes the connection and never answers."""
    from perf_lab.torture.libraries import LIBRARIES, Request

    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    options = {
        "otlp": {"logs": True, "endpoint": f"http://127.0.0.1:{port}", "protocol": "http/protobuf"}
    }
    request = Request(stage.file, text=False, watch=False, options=options)
    stage.log = LIBRARIES["foundation"].set_up(request)
    _log_on(stage)
