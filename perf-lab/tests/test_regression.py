"""The regression test of the founding claims, with its functions' arguments corrected.

Source: the founding claims, "Performance Regression Testing" and "Benchmark Methodology".
They call both functions without the logger that these take, and pass `timestamp=`, which is a
reserved key; beside that they are as they stand there. The floors hold on any machine: they
are a thirtieth of what a slow one does. Ratios are what `perf-lab bench --baseline` guards.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import get_ident

import pytest

import provide.foundation
from perf_lab.processes.calls import count_calls
from provide.foundation import Logger, LoggingConfig, TelemetryConfig


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Logger]:
    """Return a logger that writes JSON to the null device, in the fast lane."""
    monkeypatch.setenv("FOUNDATION_LANE", "fast")
    provide.foundation.reset_for_testing()
    logging = LoggingConfig(
        console_formatter="json", log_file=os.path.abspath(os.devnull), capture_stdlib=False
    )
    provide.foundation.setup_telemetry(TelemetryConfig(logging=logging))
    yield provide.foundation.get_logger("perf-lab")
    provide.foundation.reset_for_testing()


def benchmark_throughput(logger: Logger, message_count: int = 100_000) -> float:
    """Return the messages a second that four threads write."""

    def log_worker() -> None:
        for i in range(message_count // 4):
            now = time.time()
            logger.info("benchmark_message", iteration=i, thread_id=get_ident(), timestamp_s=now)

    start_time = time.time()
    with ThreadPoolExecutor(max_workers=4) as executor:
        for future in [executor.submit(log_worker) for _ in range(4)]:
            future.result()
    return message_count / (time.time() - start_time)


def benchmark_latency(logger: Logger, iterations: int = 10_000) -> float:
    """Return the median latency in microseconds."""
    latencies = []
    for i in range(iterations):
        start = time.perf_counter()
        logger.info("latency_test", iteration=i)
        latencies.append((time.perf_counter() - start) * 1_000_000)
    return statistics.median(latencies)


def test_performance_regression(log: Logger) -> None:
    """Throughput and p50 keep the floors of the founding claims, less the loss that they allow."""
    assert benchmark_throughput(log) >= 14_000 * 0.95
    assert benchmark_latency(log) <= 75 * 1.10


def test_calls_run_few_functions(log: Logger) -> None:
    """A warm line with three fields runs three Python functions at most, a disabled call one."""

    def lines(n: int) -> None:
        for _ in range(n):
            log.info("benchmark_message", iteration=1, user="a", load=1)

    def nothing(n: int) -> None:
        for _ in range(n):
            log.debug("benchmark_message", a=1)

    assert 3 >= count_calls(lines)["python"]
    assert 1 == count_calls(nothing)["python"]
