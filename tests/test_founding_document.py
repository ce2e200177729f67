"""The founding document's own code runs, unchanged except for imports.

The blocks are those of performance-architecture.md, the document that Foundation is built from,
down to the blanks at the ends of lines. Each runs in a process of its own, as a program.
"""
# The document's text is its own, blanks at line ends included.
# ruff: noqa: W291, W293

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import interpreters

IMPORTS = """\
import time

from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, setup_telemetry
"""

BENCHMARK_THROUGHPUT = '''\
import time
import threading
from concurrent.futures import ThreadPoolExecutor

def benchmark_throughput(logger, message_count=100000):
    """Benchmark logging throughput."""
    
    def log_worker():
        for i in range(message_count // 4):  # 4 threads
            logger.info("benchmark_message", 
                       iteration=i,
                       thread_id=threading.get_ident(),
                       timestamp=time.time())
    
    start_time = time.time()
    
    with ThreadPoolExecutor(max_workers=4) as executor:
        futures = [executor.submit(log_worker) for _ in range(4)]
        for future in futures:
            future.result()
    
    elapsed = time.time() - start_time
    throughput = message_count / elapsed
    
    return {
        'messages_per_second': throughput,
        'total_time': elapsed,
        'average_latency_us': (elapsed / message_count) * 1_000_000
    }
'''

BENCHMARK_LATENCY = '''\
import statistics

def benchmark_latency(logger, iterations=10000):
    """Measure logging latency distribution."""
    
    latencies = []
    for i in range(iterations):
        start = time.perf_counter()
        logger.info("latency_test", iteration=i)
        end = time.perf_counter()
        latencies.append((end - start) * 1_000_000)  # Convert to μs
    
    return {
        'p50': statistics.median(latencies),
        'p90': statistics.quantiles(latencies, n=10)[8],
        'p95': statistics.quantiles(latencies, n=20)[18],
        'p99': statistics.quantiles(latencies, n=100)[98],
        'mean': statistics.mean(latencies),
        'std_dev': statistics.stdev(latencies)
    }
'''

PRODUCTION = """\
from provide.foundation import TelemetryConfig, LoggingConfig

# Optimized for maximum throughput
production_config = TelemetryConfig(
    logging=LoggingConfig(
        default_level="INFO",                      # Skip DEBUG messages
        console_formatter="json",                  # Fastest serialization
        das_emoji_prefix_enabled=False,            # Disable emoji overhead
        logger_name_emoji_prefix_enabled=False,
        omit_timestamp=False,                      # Keep for production
    )
)
"""

DEVELOPMENT = """\
# Balanced performance and developer experience
dev_config = TelemetryConfig(
    logging=LoggingConfig(
        default_level="DEBUG",                     # Full debug info
        console_formatter="key_value",             # Human readable
        das_emoji_prefix_enabled=True,             # Visual parsing
        logger_name_emoji_prefix_enabled=True,
        enabled_emoji_sets=["http", "database"]    # Relevant sets only
    )
)
"""

MINIMAL = """\
# Minimal memory footprint
minimal_config = TelemetryConfig(
    logging=LoggingConfig(
        default_level="WARNING",                   # Reduce message volume
        console_formatter="compact",               # Minimal formatting
        das_emoji_prefix_enabled=False,
        logger_name_emoji_prefix_enabled=False,
        enabled_emoji_sets=[]                      # No emoji sets
    )
)
"""

CALLS = """
log = get_logger("shop.web")
log.debug("cache_miss", key="basket:7")
log.info("request", path="/basket", status=200)
log.warning("slow", seconds=2.5)
log.error("request_failed", status=500)
"""

MESSAGES = 2_000


def run(program: str, folder: Path) -> tuple[list[str], list[str]]:
    """Run a program with nothing configured from outside; return the lines of stdout and stderr."""
    ours = re.compile(r"PROVIDE_|OTEL_|LOG_LEVEL$|NO_COLOR$|FORCE_COLOR$")
    environment = {key: value for key, value in os.environ.items() if not ours.match(key)}
    done = interpreters.run(
        [sys.executable, "-c", IMPORTS + program], cwd=folder, env=environment,
        capture_output=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines(), done.stderr.splitlines()


def parse(line: str) -> dict[str, Any]:
    """Return a line of strict JSON; a key that appears twice is an error, and so is NaN."""

    def refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        assert sorted(set(keys)) == sorted(keys)
        return dict(pairs)

    def refuse_constant(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    record = json.loads(line, object_pairs_hook=refuse_duplicates, parse_constant=refuse_constant)
    assert isinstance(record, dict)
    return record


def own(lines: list[str]) -> list[str]:
    """Return the program's lines; Foundation's own say that no package provides emoji."""
    return [line for line in lines if "logger=provide.foundation " not in line]


def test_production_config(tmp_path: Path) -> None:
    """Under the document's production configuration lines are JSON, from INFO on."""
    _, lines = run(PRODUCTION + "setup_telemetry(production_config)" + CALLS, tmp_path)
    records = [parse(line) for line in lines]

    assert ["request", "slow", "request_failed"] == [record["event"] for record in records]
    assert all(record["timestamp"].endswith("Z") for record in records)
    assert [] == [record for record in records if "emoji" in record]


def test_development_config(tmp_path: Path) -> None:
    """Under the document's development configuration lines are key_value, from DEBUG on."""
    _, lines = run(DEVELOPMENT + "setup_telemetry(dev_config)" + CALLS, tmp_path)

    expected = [
        "level=debug logger=shop.web event=cache_miss key=basket:7",
        "level=info logger=shop.web event=request path=/basket status=200",
        "level=warning logger=shop.web event=slow seconds=2.5",
        "level=error logger=shop.web event=request_failed status=500",
    ]
    moment = re.compile(r"timestamp=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z ")
    assert all(moment.match(line) for line in own(lines))
    # An emoji, where a package provides one, is the last field.
    assert expected == [moment.sub("", line).partition(" emoji=")[0] for line in own(lines)]


def test_minimal_config(tmp_path: Path) -> None:
    """Under the document's minimal configuration nothing below WARNING is written."""
    _, lines = run(MINIMAL + "setup_telemetry(minimal_config)" + CALLS, tmp_path)

    expected = ["W shop.web slow seconds=2.5", "E shop.web request_failed status=500"]
    assert expected == [line.partition(" ")[2] for line in lines]


def test_minimal_config_is_silent(tmp_path: Path) -> None:
    """A program that logs nothing important writes nothing at all."""
    quiet = 'get_logger("shop").debug("a")\nget_logger("shop").info("b")\n'

    printed = run(MINIMAL + "setup_telemetry(minimal_config)\n" + quiet, tmp_path)

    assert ([], []) == printed


@pytest.mark.parametrize(
    "set_up",
    [
        pytest.param("", id="zero-config"),
        pytest.param(PRODUCTION + "setup_telemetry(production_config)\n", id="production"),
    ],
)
def test_benchmark_throughput(set_up: str, tmp_path: Path) -> None:
    """Every message of four threads is one strict line, and its reserved field is kept."""
    call = f"print(benchmark_throughput(get_logger('bench'), {MESSAGES})['messages_per_second'])"
    (figure,), lines = run(BENCHMARK_THROUGHPUT + set_up + call, tmp_path)
    records = [parse(line) for line in lines]

    assert float(figure) > 0
    assert MESSAGES == len(records)
    assert sorted(list(range(MESSAGES // 4)) * 4) == sorted(r["iteration"] for r in records)
    for record in records:
        assert isinstance(record["timestamp"], str)
        assert isinstance(record["timestamp_"], float)


def test_benchmark_latency(tmp_path: Path) -> None:
    """The latency benchmark returns its figures, and every message is one strict line."""
    call = f"print(sorted(benchmark_latency(get_logger('bench'), {MESSAGES})))"
    printed, lines = run(BENCHMARK_LATENCY + call, tmp_path)

    assert ["['mean', 'p50', 'p90', 'p95', 'p99', 'std_dev']"] == printed
    assert list(range(MESSAGES)) == [parse(line)["iteration"] for line in lines]
