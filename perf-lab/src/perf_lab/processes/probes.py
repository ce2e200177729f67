"""Single steps of a call, timed in Foundation's own process.

The parts are Foundation's own, named as the founding claims name them; `PROBES` is what
claims.toml refers to. They use public names, except where the claim is about an inner step. Emoji
are imported where they are measured: not everybody has them.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median
from types import FrameType
from typing import Any

import attrs
from orjson import OPT_APPEND_NEWLINE, dumps

import provide.foundation as foundation
from perf_lab.processes.allocations import unseen_events, weigh_emoji, weigh_processor
from perf_lab.processes.calls import time_ns, watch_calls
from perf_lab.processes.footprint import measure_collection
from perf_lab.workloads.workload import Options
from provide.foundation.context import CURRENT


def _each_ns(run: Callable[[Any], object], items: Any, clock: Any = time.perf_counter_ns) -> float:
    """Return the median time of a call with each item; the clock's own is taken off."""
    times: list[int] = []
    for item in items:
        started = clock()
        run(item)
        times.append(clock() - started)
    return float(max(0, median(times) - median(-clock() + clock() for _ in range(1000))))


def _count(run: Callable[[], object], wanted: Callable[[FrameType], bool]) -> float:
    """Return how many of the functions that something calls are wanted."""
    seen = Counter[str]()
    watch_calls(run, lambda frame, kind: seen.update([kind] if wanted(frame) else []))
    return float(seen["call"])


def level_check_first(_bench: Any) -> float:
    """Return the first isEnabledFor of a logger that has just been made, in nanoseconds."""
    loggers = (foundation.get_logger(f"fresh.level.{number}") for number in range(500))
    return _each_ns(lambda log: log.isEnabledFor(20), loggers)


def context_read(_bench: Any) -> float:
    """Return what reading the one context variable takes, in nanoseconds."""
    return time_ns(CURRENT.get)


def context_first_line(bench: Any) -> float:
    """Return what the first line after a bind takes, less a later one, in nanoseconds."""
    times: tuple[list[int], list[int]] = [], []
    log = bench.logger
    for number in range(500):
        foundation.clear_contextvars()
        foundation.bind_contextvars(request_id=number, tenant=42, region="eu-west")
        for each in times:
            started = time.perf_counter_ns()
            log.info("benchmark_message")
            each.append(time.perf_counter_ns() - started)
    foundation.clear_contextvars()
    return float(median(times[0]) - median(times[1]))


def context_hit_rate(bench: Any) -> float:
    """Return how many lines in a hundred find their context rendered, at 20 lines a request."""

    def serve() -> None:
        for request in range(100):
            foundation.clear_contextvars()
            foundation.bind_contextvars(request_id=request)
            for _ in range(20):
                bench.logger.info("benchmark_message")

    rendered = _count(serve, lambda frame: frame.f_code.co_name == "render_context")
    foundation.clear_contextvars()
    if not rendered:
        raise LookupError("nothing called render_context was seen; has it another name now?")
    return 100.0 * (1 - rendered / 2000)


def serialization(_bench: Any) -> float:
    """Return what orjson takes for the call's three fields, in nanoseconds."""
    fields = {"iteration": 1, "thread_id": 140_123_412_341_234, "timestamp_s": 1_763_906_400.123}
    return time_ns(lambda: dumps(fields, None, OPT_APPEND_NEWLINE))


def output_write(_bench: Any) -> float:
    """Return what one write(2) of a usual line to the null device takes, in nanoseconds."""
    line = b"x" * 190 + b"\n"
    with open(os.devnull, "wb") as nowhere:
        fd = nowhere.fileno()
        return time_ns(lambda: os.write(fd, line))


def unused_logger_calls(bench: Any) -> float:
    """Return how many functions of pipeline or lane run for 10,000 loggers that are never used."""
    own = ("._pipeline.pipeline", "._lanes.json")
    return _count(
        lambda: [bench.module.get_logger(f"never.used.{number}") for number in range(10_000)],
        lambda frame: frame.f_globals.get("__name__", "").endswith(own),
    )


def many_loggers_cost(bench: Any) -> float:
    """Return the cost of a line of the 10,000th logger relative to one of the 100th."""
    get_logger = bench.module.get_logger

    def cost(start: int) -> float:
        loggers = [get_logger(f"emitting.{number}") for number in range(start, start + 100)]

        def emit(_round: int) -> None:
            for log in loggers:
                log.info("benchmark_message", iteration=1)

        emit(0)
        return _each_ns(emit, range(15), time.process_time_ns)

    early = cost(0)
    for number in range(100, 9_900):
        get_logger(f"emitting.{number}").info("benchmark_message")
    return cost(9_900) / early


def async_lines(bench: Any) -> float:
    """Return 1 if a coroutine's `await log.ainfo(...)` returns after its line was written."""
    written = []
    for _ in range(2):
        outputs = foundation.stats().outputs.values()
        written.append(sum(sum(output.written.values()) for output in outputs))
        asyncio.run(bench.logger.ainfo("benchmark_message"))
    return float(written[1] - written[0])


def processor_bytes(bench: Any) -> float:
    """Return what one more processor adds to the set-up, in bytes."""
    found = weigh_processor(bench.module.get_logger, bench.module.add_host)
    bench.module.open_output(bench.rival.setup, os.devnull, Options())
    return found


def preset_ns(bench: Any, preset: str, level: str) -> float:
    """Return the nanoseconds of the founding claims' call under one of the three presets."""
    config = getattr(foundation.TelemetryConfig, preset)()
    logging = attrs.evolve(config.logging, log_file=os.devnull)
    foundation.setup_telemetry(attrs.evolve(config, logging=logging))
    log = getattr(bench.logger, level)
    cost = time_ns(
        lambda: log("benchmark_message", iteration=1, thread_id=2, timestamp_s=time.time())
    )
    bench.module.open_output(bench.rival.setup, os.devnull, Options())
    return cost


def _resolver(sets: list[Any] | None = None) -> Any:
    """Return a resolver of every built-in set, or of these alone."""
    from provide.foundation.emoji import Resolver

    chosen: Any = {"enabled_emoji_sets": (), "custom_emoji_sets": sets} if sets else {}
    return Resolver(foundation.LoggingConfig(**chosen))


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
    return _each_ns(lambda event: resolver.marker("app.db", event, {}), unseen_events(2_000))


def emoji_ten_sets(_bench: Any) -> float:
    """Return how many times one set's miss ten sets take, each of 20 literal patterns."""
    from provide.foundation.emoji import EmojiSet

    sets = [
        EmojiSet(name=f"set {each}", patterns={f"word{each}x{n} seen": "x" for n in range(20)})
        for each in range(10)
    ]
    pairs = [(_miss_ns(_resolver(sets[:1])), _miss_ns(_resolver(sets))) for _ in range(5)]
    return median(ten for _, ten in pairs) / median(one for one, _ in pairs)


def emoji_hit_ratio(_bench: Any) -> float:
    """Return how many of 100 events of the demo's log are found, after its first 1,000 lines."""
    lines = json.loads(Path(__file__).with_name("demo_events.json").read_text(encoding="utf-8"))
    resolver = _resolver()
    found = []
    for part in (lines[:1000], lines[1000:]):
        for logger_name, event in part:
            resolver.marker(logger_name, event, {})
        found.append(resolver.cache_info())
    hits, misses = found[1].hits - found[0].hits, found[1].misses - found[0].misses
    return float(100 * hits / (hits + misses))


#: What `Subject.probe` can take, by name.
PROBES: dict[str, Callable[[Any], float]] = {
    probe.__name__: probe
    for probe in (
        async_lines, context_first_line, context_hit_rate, context_read, emoji_cache_ns,
        emoji_hit_ns, emoji_hit_ratio, emoji_ten_sets, level_check_first, many_loggers_cost,
        output_write, processor_bytes, serialization, unused_logger_calls,
    )
} | {
    "collection_us": lambda _bench: measure_collection(),
    "emoji_bytes": lambda _bench: weigh_emoji(0),
    "emoji_miss_us": lambda _bench: _miss_ns(_resolver()) / 1000,
    "preset_development": lambda bench: preset_ns(bench, "development", "info"),
    "preset_minimal": lambda bench: preset_ns(bench, "minimal", "warning"),
    "preset_production": lambda bench: preset_ns(bench, "production", "info"),
}  # fmt: skip
