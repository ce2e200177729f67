"""What loggers, processors, emoji and a set-up keep, each in a process that has seen nothing else.

tracemalloc counts Python's own objects, byte by byte; resident memory is the system's view.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
import tracemalloc
from collections import Counter
from typing import Any

#: A stack deep enough that what an import allocates shows the import.
_FRAMES = 60


def set_up(name: str) -> Any:
    """Set Foundation up to write JSON to the null device, and return a logger."""
    from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, setup_telemetry

    logging = LoggingConfig(log_file=os.devnull, console_formatter="json", capture_stdlib=False)
    setup_telemetry(TelemetryConfig(logging=logging))
    return get_logger(name)


def weigh_loggers(count: int) -> dict[str, float | None]:
    """Return what so many loggers, bound ones and processors weigh, each."""
    from perf_lab.processes.allocations import (
        measure_loggers,
        weigh,
        weigh_emoji,
        weigh_processor,
    )

    warm = set_up("warm")
    warm.bind(a=1).info("first_line", iteration=1)
    from provide.foundation import get_logger

    found = measure_loggers(get_logger, "keywords", count)
    # Loggers bound to nothing: what a field adds is what bound ones weigh above these.
    empty_bytes = weigh(lambda: [log.bind() for log in [warm] * count])[1]
    emoji = importlib.util.find_spec("provide.foundation.emoji") is not None
    return {
        **found,
        "loggers": count,
        "bound_field_bytes": (found["bound_bytes"] - empty_bytes / count) / 3,
        "total_bytes": found["logger_used_bytes"] * count,
        "resident_bytes": found["resident_bytes"] * count,
        "processor_bytes": weigh_processor(get_logger, lambda _logger, _method, event: event),
        "emoji_pattern_bytes": weigh_emoji(count) if emoji else None,
    }


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
    imported = 0
    places = Counter[str]()
    for trace in snapshot.traces:
        if any("importlib" in frame.filename for frame in trace.traceback):
            imported += trace.size
        elif trace.traceback[-1].filename != __file__:  # this function's own
            places[os.path.basename(trace.traceback[-1].filename)] += trace.size
    return {
        "retained_bytes": places.total(),
        "import_bytes": imported,
        "largest": [{"file": name, "bytes": size} for name, size in places.most_common(8)],
    }


def list_lasting(lines: int) -> dict[str, Any]:
    """Return what a set-up, 100 loggers and some lines leave behind, by type."""
    # Modules come with the first set-up; what the second one leaves is the set-up's own.
    for number in range(2):
        gc.collect()
        before = gc.get_objects()
        known = {id(each) for each in before}
        known |= {id(one) for each in before for one in gc.get_referents(each)}
        set_up(f"lasting.{number}")
        from provide.foundation import get_logger

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
    rows = [{"type": name, "count": counts[name], "bytes": size}
            for name, size in sizes.most_common(12)]  # fmt: skip
    return {"rows": rows}
