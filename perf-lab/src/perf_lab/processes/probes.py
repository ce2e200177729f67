"""Single steps of a call, timed in Foundation's own process.

The parts are Foundation's own, named as the founding claims name them; `PROBES` is what
claims.toml refers to. They use public names, except where the claim is about an inner step.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from perf_lab.processes.calls import time_ns
from perf_lab.workloads.founding import WORKLOADS
from perf_lab.workloads.workload import Options


def level_check_first(_bench: Any) -> float:
    """Return the first isEnabledFor of a logger that has just been made, in nanoseconds."""
    from provide.foundation import get_logger

    times = []
    for number in range(500):
        log = get_logger(f"fresh.level.{number}")
        started = time.perf_counter_ns()
        log.isEnabledFor(20)
        times.append(time.perf_counter_ns() - started)
    return _less_clock(times)


def context_read(_bench: Any) -> float:
    """Return what reading the one context variable takes, in nanoseconds."""
    from provide.foundation.context import CURRENT

    return time_ns(CURRENT.get)


def context_first_line(bench: Any) -> float:
    """Return what the first line after a bind takes, less a later one, in nanoseconds."""
    from provide.foundation import bind_contextvars, clear_contextvars

    first: list[int] = []
    later: list[int] = []
    log = bench.logger
    for number in range(500):
        clear_contextvars()
        bind_contextvars(request_id=number, tenant=42, region="eu-west")
        for times in (first, later):
            started = time.perf_counter_ns()
            log.info("benchmark_message")
            times.append(time.perf_counter_ns() - started)
    clear_contextvars()
    return float(median(first) - median(later))


def context_hit_rate(bench: Any) -> float:
    """Return how many lines in a hundred find their context rendered, at 20 lines a request."""
    from provide.foundation import bind_contextvars, clear_contextvars

    rendered = 0

    def watch(frame: Any, kind: str, _argument: Any) -> None:
        nonlocal rendered
        if kind == "call" and frame.f_code.co_name == "render_context":
            rendered += 1

    sys.setprofile(watch)
    try:
        for request in range(100):
            clear_contextvars()
            bind_contextvars(request_id=request)
            for _ in range(20):
                bench.logger.info("benchmark_message")
    finally:
        sys.setprofile(None)
        clear_contextvars()
    if rendered == 0:
        raise LookupError("nothing called render_context was seen; has it another name now?")
    return 100.0 * (1 - rendered / 2000)


def serialization(_bench: Any) -> float:
    """Return what orjson takes for the call's three fields, in nanoseconds."""
    from orjson import OPT_APPEND_NEWLINE, dumps

    fields = {"iteration": 1, "thread_id": 140_123_412_341_234, "timestamp_s": 1_763_906_400.123}
    return time_ns(lambda: dumps(fields, None, OPT_APPEND_NEWLINE))


def output_write(_bench: Any) -> float:
    """Return what one write(2) of a usual line to the null device takes, in nanoseconds."""
    line = b"x" * 190 + b"\n"
    fd = os.open(os.devnull, os.O_WRONLY)
    try:
        return time_ns(lambda: os.write(fd, line))
    finally:
        os.close(fd)


def unused_logger_calls(bench: Any) -> float:
    """Return how many functions of pipeline or lane run for 10,000 loggers that are never used."""
    seen = 0

    def watch(frame: Any, kind: str, _argument: Any) -> None:
        nonlocal seen
        module = frame.f_globals.get("__name__", "")
        if kind == "call" and module.endswith(("._pipeline.pipeline", "._lanes.json")):
            seen += 1

    sys.setprofile(watch)
    try:
        for number in range(10_000):
            bench.module.get_logger(f"never.used.{number}")
    finally:
        sys.setprofile(None)
    return float(seen)


def many_loggers_cost(bench: Any) -> float:
    """Return the cost of a line of the 10,000th logger relative to one of the 100th."""
    get_logger = bench.module.get_logger

    def cost(start: int) -> float:
        loggers = [get_logger(f"emitting.{number}") for number in range(start, start + 100)]
        for log in loggers:
            log.info("benchmark_message")
        times = []
        for _ in range(15):
            started = time.process_time_ns()
            for log in loggers:
                log.info("benchmark_message", iteration=1)
            times.append(time.process_time_ns() - started)
        return median(times)

    early = cost(0)
    for number in range(100, 9_900):
        get_logger(f"emitting.{number}").info("benchmark_message")
    return cost(9_900) / early


def async_lines(bench: Any) -> float:
    """Return 1 if a coroutine's `await log.ainfo(...)` returns after its line was written."""
    from provide.foundation import stats

    def written() -> int:
        outputs = stats().outputs.values()
        return sum(sum(output.written.values()) for output in outputs)

    before = written()
    asyncio.run(bench.logger.ainfo("benchmark_message"))
    return float(written() - before)


def processor_bytes(bench: Any) -> float:
    """Return what one more processor adds to the set-up, in bytes."""

    def weigh(processors: int) -> int:
        from provide.foundation import LoggingConfig, TelemetryConfig, setup_telemetry

        chain = [bench.module.add_host] * processors
        tracemalloc.start()
        try:
            logging = LoggingConfig(log_file=os.devnull, processors=chain)
            setup_telemetry(TelemetryConfig(logging=logging))
            bench.logger.info("benchmark_message")
            return tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()

    weigh(1)
    few, many = weigh(1), weigh(101)
    bench.module.open_output(bench.rival.setup, os.devnull, Options())
    return (many - few) / 100


def preset_ns(bench: Any, preset: str, level: str) -> float:
    """Return the nanoseconds of the founding claims' call under one of the three presets."""
    import attrs

    from provide.foundation import TelemetryConfig, setup_telemetry

    config = getattr(TelemetryConfig, preset)()
    logging = attrs.evolve(config.logging, log_file=os.devnull)
    setup_telemetry(attrs.evolve(config, logging=logging))
    method = getattr(bench.logger, level)
    fields = WORKLOADS["three_fields"].fields
    assert len(fields) == 3
    cost = time_ns(
        lambda: method("benchmark_message", iteration=1, thread_id=2, timestamp_s=time.time())
    )
    bench.module.open_output(bench.rival.setup, os.devnull, Options())
    return cost


def _resolver(sets: list[Any] | None = None) -> Any:
    """Return a resolver of every built-in set, or of these alone."""
    from provide.foundation import LoggingConfig
    from provide.foundation.emoji import Resolver

    if sets is None:
        return Resolver(LoggingConfig())
    return Resolver(LoggingConfig(enabled_emoji_sets=(), custom_emoji_sets=sets))


_COLLECTION = """
import os, time
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, setup_telemetry

reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider([reader]))
# People install what they need: emoji are another package's, and would be series of their own.
logging = LoggingConfig(log_file=os.devnull, extensions=["foundation-otel"])
setup_telemetry(TelemetryConfig(logging=logging))
log = get_logger("collected")
for write in (log.info, log.warning, log.error):
    write("benchmark_message")
data = reader.get_metrics_data()
(scope,) = data.resource_metrics[0].scope_metrics
series = [point for metric in scope.metrics for point in metric.data.data_points]
assert len(series) == 5, series
best = []
for _ in range(20):
    times = []
    for _ in range(25):
        started = time.process_time_ns()
        reader.collect()
        times.append(time.process_time_ns() - started)
    best.append(sorted(times)[12])
print(min(best) / 1000)
"""


def collection_us(_bench: Any) -> float:
    """Return what a collection takes, in microseconds, where there are five series.

    They are the lines of three levels, the bytes of one output, and the time of the call, of which
    nothing is new. Of twenty medians the least counts: the rest is what others do to the machine.
    In a process of its own: this one has had many outputs, and each has series.
    """
    done = subprocess.run(
        [sys.executable, "-c", _COLLECTION], capture_output=True, check=True, text=True, timeout=60
    )
    return float(done.stdout)


def emoji_hit_ns(_bench: Any) -> float:
    """Return what a resolver takes for an event that it knows, in nanoseconds."""
    marker = _resolver().marker
    fields = {"iteration": 1, "thread_id": 2, "timestamp_s": 2.5}
    return time_ns(lambda: marker("app.db", "benchmark_message", fields)) - time_ns(lambda: None)


def emoji_cache_ns(_bench: Any) -> float:
    """Return what the cache of events takes for one that it knows, in nanoseconds."""
    from provide.foundation.emoji.cache import TextCache

    get = TextCache(str).get
    return time_ns(lambda: get("benchmark_message")) - time_ns(lambda: None)


def _miss_ns(resolver: Any) -> float:
    # Spelled in letters: events that differ in their numbers alone are one event to the cache.
    words = ["".join(chr(97 + int(digit)) for digit in str(number)) for number in range(2_000)]
    events = [f"shipment {word} left the dock for gate {word}" for word in words]
    times = []
    for event in events:
        started = time.perf_counter_ns()
        resolver.marker("app.db", event, {})
        times.append(time.perf_counter_ns() - started)
    return _less_clock(times)


def emoji_miss_us(_bench: Any) -> float:
    """Return what a resolver with every set takes for an event that is new, in microseconds."""
    return _miss_ns(_resolver()) / 1000


def emoji_ten_sets(_bench: Any) -> float:
    """Return how many times one set's miss ten sets take, each of 20 literal patterns."""
    from provide.foundation.emoji import EmojiSet

    sets = [
        EmojiSet(name=f"set {each}", patterns={f"word{each}x{n} seen": "x" for n in range(20)})
        for each in range(10)
    ]
    one, ten = [], []
    for _ in range(5):
        one.append(_miss_ns(_resolver(sets[:1])))
        ten.append(_miss_ns(_resolver(sets)))
    return median(ten) / median(one)


def emoji_hit_ratio(_bench: Any) -> float:
    """Return how many of 100 events of the demo's log are found, after its first 1,000 lines."""
    lines = json.loads(Path(__file__).with_name("demo_events.json").read_text(encoding="utf-8"))
    resolver = _resolver()
    for logger_name, event in lines[:1000]:
        resolver.marker(logger_name, event, {})
    before = resolver.cache_info()
    for logger_name, event in lines[1000:]:
        resolver.marker(logger_name, event, {})
    after = resolver.cache_info()
    hits, misses = after.hits - before.hits, after.misses - before.misses
    return float(100 * hits / (hits + misses))


def emoji_bytes(_bench: Any) -> float:
    """Return the bytes that a unique event takes, averaged over a full cache."""
    resolver = _resolver()
    limit = resolver.cache_info().limit
    events = [f"auth_login_success_{number}" for number in range(3 * limit)]
    resolver.marker("app.db", "auth_login_success", {})
    gc.collect()
    tracemalloc.start()
    for event in events:
        resolver.marker("app.db", event, {})
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return float(size / resolver.cache_info().size)


def _less_clock(times: list[int]) -> float:
    empty = []
    for _ in range(1000):
        started = time.perf_counter_ns()
        empty.append(time.perf_counter_ns() - started)
    return max(0.0, median(times) - median(empty))


#: What `Subject.probe` can take, by name.
PROBES: dict[str, Callable[[Any], float]] = {
    "async_lines": async_lines,
    "collection_us": collection_us,
    "context_first_line": context_first_line,
    "context_hit_rate": context_hit_rate,
    "context_read": context_read,
    "emoji_bytes": emoji_bytes,
    "emoji_cache_ns": emoji_cache_ns,
    "emoji_hit_ns": emoji_hit_ns,
    "emoji_hit_ratio": emoji_hit_ratio,
    "emoji_miss_us": emoji_miss_us,
    "emoji_ten_sets": emoji_ten_sets,
    "level_check_first": level_check_first,
    "many_loggers_cost": many_loggers_cost,
    "output_write": output_write,
    "preset_development": lambda bench: preset_ns(bench, "development", "info"),
    "preset_minimal": lambda bench: preset_ns(bench, "minimal", "warning"),
    "preset_production": lambda bench: preset_ns(bench, "production", "info"),
    "processor_bytes": processor_bytes,
    "serialization": serialization,
    "unused_logger_calls": unused_logger_calls,
}
