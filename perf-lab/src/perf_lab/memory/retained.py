"""What loggers, processors, emoji and a set-up keep, each in a process that has seen nothing else.

tracemalloc counts Python's own objects, byte by byte; resident memory is the system's view.
"""

from __future__ import annotations

import gc
import os
import sys
import tracemalloc
from collections import Counter
from statistics import median
from typing import Any

COUNTS = (1, 1_000, 10_000)
#: A stack deep enough that what an import allocates shows the import.
_FRAMES = 60


def weigh_loggers(count: int) -> dict[str, float]:
    """Return what so many loggers, bound ones and processors weigh, each."""
    import attrs

    from perf_lab.processes.allocations import measure_loggers, weigh
    from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, setup_telemetry

    logging = LoggingConfig(log_file=os.devnull, console_formatter="json", capture_stdlib=False)
    setup_telemetry(TelemetryConfig(logging=logging))
    get_logger("warm").bind(a=1).info("first_line", iteration=1)
    found = measure_loggers(get_logger, "keywords", count)
    # Loggers bound to nothing: what a field adds is what bound ones weigh above these.
    unbound, empty_bytes = weigh(lambda: [log.bind() for log in [get_logger("warm")] * count])
    del unbound

    def weigh_chain(processors: int) -> int:
        chain = [_keep] * processors
        tracemalloc.start()
        try:
            setup_telemetry(TelemetryConfig(logging=attrs.evolve(logging, processors=chain)))
            get_logger("warm").info("first_line", iteration=1)
            gc.collect()
            return tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()

    weigh_chain(101)
    pairs = [(weigh_chain(1), weigh_chain(101)) for _ in range(5)]
    return {
        "loggers": count,
        "logger_bytes": found["logger_bytes"],
        "logger_used_bytes": found["logger_used_bytes"],
        "bound_bytes": found["bound_bytes"],
        "bound_used_bytes": found["bound_used_bytes"],
        "bound_field_bytes": (found["bound_bytes"] - empty_bytes / count) / 3,
        "total_bytes": found["logger_used_bytes"] * count,
        "resident_bytes": found["resident_bytes"] * count,
        "processor_bytes": median(many - few for few, many in pairs) / 100,
        "emoji_pattern_bytes": weigh_patterns(count),
    }


def _keep(_logger: Any, _method: str, event: Any) -> Any:
    return event


def weigh_patterns(count: int) -> float | None:
    """Return the bytes of an event in the emoji cache, after so many; None without emoji."""
    try:
        from provide.foundation.emoji import Resolver
    except ImportError:
        return None
    from provide.foundation import LoggingConfig

    resolver = Resolver(LoggingConfig())
    resolver.marker("app.db", "auth_login_success", {})
    # Words, not numbers: what differs in its numbers alone is one event to the cache.
    words = ["".join(chr(97 + int(digit)) for digit in str(number)) for number in range(count)]
    events = [f"shipment {word} left the dock" for word in words]
    before = resolver.cache_info().size
    gc.collect()
    tracemalloc.start()
    for event in events:
        resolver.marker("app.db", event, {})
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return float(size / max(1, resolver.cache_info().size - before))


def weigh_minimal(lines: int) -> dict[str, Any]:
    """Return what a set-up of the minimal preset and its first lines keep, imports apart.

    In a process that has not imported Foundation: an allocation counts as an import's when the
    import system stands in its stack.
    """
    tracemalloc.start(_FRAMES)
    from provide.foundation import TelemetryConfig, get_logger, setup_telemetry

    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    setup_telemetry(TelemetryConfig.minimal())
    loggers = [get_logger(f"first_{number}") for number in range(10)]
    for number in range(lines):
        loggers[number % 10].warning("started", port=8080, attempt=number)
    gc.collect()
    snapshot = tracemalloc.take_snapshot()
    tracemalloc.stop()
    imported = kept = 0
    places = Counter[str]()
    for trace in snapshot.traces:
        if trace.traceback[-1].filename == "<string>" and len(trace.traceback) < 2:
            continue  # this program's own
        if any("importlib" in frame.filename for frame in trace.traceback):
            imported += trace.size
            continue
        kept += trace.size
        places[os.path.basename(trace.traceback[-1].filename)] += trace.size
    return {
        "retained_bytes": kept,
        "import_bytes": imported,
        "largest": [{"file": name, "bytes": size} for name, size in places.most_common(8)],
    }


def list_lasting(lines: int) -> list[dict[str, Any]]:
    """Return what a set-up, 100 loggers and some lines leave behind, by type."""
    from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, setup_telemetry

    # Modules come with the first set-up; what the second one leaves is the set-up's own.
    for number in range(2):
        gc.collect()
        before = gc.get_objects()
        known = {id(each) for each in before}
        known |= {id(one) for each in before for one in gc.get_referents(each)}
        setup_telemetry(
            TelemetryConfig(logging=LoggingConfig(log_file=os.devnull, console_formatter="json"))
        )
        for line in range(lines):
            log = get_logger(f"lasting.{number}.{line % 100}")
            log.info("request_done", iteration=line, path="/", seconds=0.25)
    gc.collect()
    known |= {id(known), id(before)}
    found = [each for each in gc.get_objects() if id(each) not in known]
    known |= {id(each) for each in found}
    counts, sizes = Counter[str](), Counter[str]()
    own = (type(sys._getframe()), type(found))  # this function's frame and lists
    while found:
        each = found.pop()
        if isinstance(each, own):
            continue
        name = type(each).__qualname__
        counts[name] += 1
        sizes[name] += sys.getsizeof(each)
        for one in gc.get_referents(each):
            # Strings, bytes and numbers are found through what holds them.
            if id(one) not in known and not gc.is_tracked(one):
                known.add(id(one))
                found.append(one)
    return [
        {"type": name, "count": counts[name], "bytes": size} for name, size in sizes.most_common(12)
    ]
