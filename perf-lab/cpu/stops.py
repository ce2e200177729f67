"""Which stop of the log call a sampled line belongs to; standard library only.

The fast lane is one function, so its time is told apart by the line that runs, and a line by what
stands in it. What runs deeper (a stage, orjson, write(2)) counts for the line that called it.
Functions of C have no line of their own, and the building of the call's arguments counts for the
caller, not for the call.
"""

from __future__ import annotations

import linecache
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

Frame = Mapping[str, Any]
_LANES = ("_lanes/json.py", "_lanes/logfmt.py")

#: The document's "latency sources", in microseconds.
DOCUMENTED_US = {
    "level check": 2.0, "context": 8.0, "emoji": 12.0, "serialisation": 15.0, "write": 20.0,
}  # fmt: skip

#: What a line of a lane's `log` belongs to: the first pattern that is found in it.
_RULES = tuple(
    (stop, re.compile(pattern))
    for stop, pattern in (
        ("level check", r"^@accounts|^def log|_threshold|^return$|AttributeError|adopt\("),
        ("slow path", r"lane\.(emit|meet_error)\(|let_through"),
        ("serialisation", r"DIGITS\[|join\("),
        ("latency sample", r"next_sample|lane\.sample"),
        ("write", r"written|counter\.count \+= 1|except (OSError|Retired)|send_on"),
        ("emoji", r"stages|members := |rest\[BEFORE_END\]|ending|\bask\b|\bcurrent\b"),
        ("taps", r"tapped|take_line|\"tap\""),
        ("timestamp", r"time_ns\(\)|lane\.second|nanos|micros|millis =|begin_second"),
        ("context", r"context|holder|keys\.|members|_rendered|owner|merged|foreign|meet\("),
        ("serialisation", r"known_events|learn_event|encode|dumps|line\b|tail|length|rest|render"),
        ("checks of fields", r"fields|key|kind|value|harmless|continue|allowed|one_step"),
        ("serialisation", r"^try:|^except|^\)|^else"),
    )
)  # fmt: skip


def stop_of_line(text: str) -> str | None:
    """Return the stop that a line of a lane's `log` belongs to; None: no rule knows it."""
    stripped = text.partition("  #")[0].strip()
    return next((stop for stop, rule in _RULES if rule.search(stripped)), None)


def stop_of_stack(stack: Iterable[Frame], workload: str) -> str | None:
    """Return the stop of a sample; None: it is not in a call, "elsewhere": no rule knows it.

    Args:
        stack: The outermost frame first.
        workload: Its loop's code has the workload's name as its file.
    """
    inside = False
    found: str | None = None
    for frame in stack:
        name, file = frame["name"].rpartition(".")[2], frame["file"]
        if file == f"<{workload}>":
            inside = name == "run"
        elif inside and found is None:
            found = "elsewhere"
        if inside and file.endswith(_LANES) and name == "log":
            found = stop_of_line(linecache.getline(file, frame["line"])) or "elsewhere"
        elif inside and name == "log_nothing":  # the method of a level that nobody writes
            found = "level check"
    return found


def count_stops(profile: Mapping[str, Any], workload: str) -> Counter[str]:
    """Return the samples of each stop in a speedscope profile."""
    frames = profile["shared"]["frames"]
    counts = Counter[str]()
    for thread in profile["profiles"]:
        for sample in thread["samples"]:
            stop = stop_of_stack((frames[number] for number in sample), workload)
            if stop is not None:
                counts[stop] += 1
    return counts
