"""The regression test of the founding claims, with its functions' arguments corrected.

Source: the founding claims, "Performance Regression Testing" and "Benchmark Methodology".
They call both functions without the logger that these take, and pass `timestamp=`, which is a
reserved key; beside that they are as they stand there. The floors hold on any machine: they
are a thirtieth of what a slow one does. Ratios are what `benchmark.py --baseline` guards.
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

import pytest

from provide.foundation import (
    Logger,
    LoggingConfig,
    TelemetryConfig,
    get_logger,
    reset_for_testing,
    setup_telemetry,
)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Logger]:
    """Return a logger that writes JSON to the null device, in the fast lane."""
    monkeypatch.setenv("FOUNDATION_LANE", "fast")
    reset_for_testing()
    logging = LoggingConfig(
        console_formatter="json", log_file=os.path.abspath(os.devnull), capture_stdlib=False
    )
    setup_telemetry(TelemetryConfig(logging=logging))
    yield get_logger("perf-lab")
    reset_for_testing()


def benchmark_throughput(logger: Logger, message_count: int = 100_000) -> float:
    """Return the messages a second that four threads write."""

    def log_worker() -> None:
        for i in range(message_count // 4):
            logger.info(
                "benchmark_message",
                iteration=i,
                thread_id=threading.get_ident(),
                timestamp_s=time.time(),
            )

    start_time = time.time()
    with ThreadPoolExecutor(max_workers=4) as executor:
        for future in [executor.submit(log_worker) for _ in range(4)]:
            future.result()
    return message_count / (time.time() - start_time)


def benchmark_latency(logger: Logger, iterations: int = 10_000) -> dict[str, float]:
    """Return the latency distribution in microseconds."""
    latencies = []
    for i in range(iterations):
        start = time.perf_counter()
        logger.info("latency_test", iteration=i)
        latencies.append((time.perf_counter() - start) * 1_000_000)
    return {
        "p50": statistics.median(latencies),
        "p90": statistics.quantiles(latencies, n=10)[8],
        "p95": statistics.quantiles(latencies, n=20)[18],
        "p99": statistics.quantiles(latencies, n=100)[98],
        "mean": statistics.mean(latencies),
        "std_dev": statistics.stdev(latencies),
    }


def test_performance_regression(log: Logger) -> None:
    """Throughput and p50 keep the floors of the founding claims, less the loss that they allow."""
    assert benchmark_throughput(log) >= 14_000 * 0.95
    assert benchmark_latency(log)["p50"] <= 75 * 1.10


def count_python_calls(call: Any) -> int:
    """Return how many Python functions a call runs, itself included."""
    count = 0

    def watch(_frame: FrameType, kind: str, _argument: object) -> None:
        nonlocal count
        count += kind == "call"

    sys.setprofile(watch)
    try:
        call()
    finally:
        sys.setprofile(None)
    return count - 1  # the lambda


def test_a_line_calls_at_most_three_functions(log: Logger) -> None:
    """One `info` with three fields runs three Python functions at most, once it is warm."""
    counts = [
        count_python_calls(lambda: log.info("benchmark_message", iteration=1, user="a", load=0.5))
        for _ in range(200)
    ]

    assert 3 >= statistics.mode(counts)


def test_a_disabled_call_is_one_function(log: Logger) -> None:
    """A call below the level runs its own method and nothing else."""
    gc.disable()  # a collection calls what others have put into gc.callbacks
    try:
        counts = {
            count_python_calls(lambda: log.debug("benchmark_message", a=1)) for _ in range(200)
        }
    finally:
        gc.enable()

    assert {1} == counts
