"""What is measured in a run, and beside whom; plain data over workloads and catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from perf_lab.rivals.catalogue import (
    FEATURE_LIBRARIES,
    FLOOR,
    LEFT_OUT,
    NEWCOMERS,
    REFERENCE,
    RIVALS,
)
from perf_lab.workloads.everyday import EVERYDAY
from perf_lab.workloads.founding import WORKLOADS
from perf_lab.workloads.growth import POINTS
from perf_lab.workloads.outputs import OUTPUTS
from perf_lab.workloads.rows import ROWS
from perf_lab.workloads.values import VALUES
from perf_lab.workloads.wrapped import WRAPPED

_CORE = ("foundation", "foundation-native", REFERENCE, FLOOR)
_LANES = ("foundation", "foundation-native", "foundation-processor", REFERENCE, FLOOR)
_FEATURES = ("stdlib-json", "loguru-serialize", "provide-foundation")
_EMOJI = (
    "foundation", "foundation-bare", "foundation-native", "foundation-native-bare",
    "foundation-native-compact", "foundation-native-compact-bare",
    "foundation-key_value", "foundation-key_value-bare",
    "foundation-compact", "foundation-compact-bare", "provide-foundation-emoji",
)  # fmt: skip
_TELEMETRY = (
    "foundation-metrics", "foundation-no-span", "foundation-span", "foundation-otlp",
    "foundation-native", "foundation-native-metrics",
)  # fmt: skip
#: Workloads in which Foundation is compared with the first of the libraries.
COMPARED: dict[str, tuple[str, ...]] = {
    "logging_line": ("stdlib-json", "foundation-logging", "foundation-native-logging"),
    "structlog_line": (REFERENCE, "foundation-structlog", "foundation-native-structlog"),
    "context_of_both": (
        REFERENCE, "foundation-beside-structlog", "foundation-native-beside-structlog",
    ),
    "terminal": (
        "structlog-colors", "foundation-compact", "foundation-native-compact",
        "foundation-key_value", "foundation-native-key_value",
    ),
    **{
        each.name: ("structlog-colors", "foundation-key_value", "foundation-native-key_value")
        for each in ROWS
    },
    "two_outputs": ("stdlib-both", "foundation", "foundation-native"),
}  # fmt: skip
_APART = {"structlog-colors", "stdlib-both", "provide-foundation-emoji", *NEWCOMERS} | {
    name for name in RIVALS if name.endswith(("-logging", "-structlog"))
}
_PLAIN = tuple(
    name
    for name in RIVALS
    if name not in _APART
    and not name.endswith("-bare")
    and (name == "foundation-native" or name not in _TELEMETRY)
    and name not in ("foundation-unmasked", *FEATURE_LIBRARIES, *LEFT_OUT)
)


@dataclass(frozen=True)
class Effort:
    """Say how long to measure.

    Args:
        rounds: Rounds of each rival and workload.
        round_ms: How long a round is to take.
        latencies: Calls whose latency is taken one by one.
        startups: Fresh processes for each program.
        loggers: How many loggers are weighed.
        processes: How many processes of a library share the rounds that a target is judged by.
        close_processes: The same, where two set-ups of one library are compared.
        deliveries: How often each way of background delivery has its turn.
        delivered: How many lines a turn logs.
        allocations: How many calls are watched for what they allocate.
        threaded_rounds: Rounds of a workload with threads, at most: they need longer ones.
        light_rounds: Rounds of a workload whose ratio is far from its limit, or one of many.
    """

    rounds: int
    round_ms: float
    latencies: int
    startups: int
    loggers: int
    processes: int = 1
    close_processes: int = 1
    deliveries: int = 0
    delivered: int = 0
    allocations: int = 5_000
    threaded_rounds: int = 9
    light_rounds: int = 31


QUICK = Effort(
    rounds=21, round_ms=4.0, latencies=6_000, startups=7, loggers=10_000, processes=4,
    close_processes=7, deliveries=2, delivered=20_000, allocations=1_000, threaded_rounds=5,
    light_rounds=9,
)  # fmt: skip
FULL = Effort(
    rounds=101, round_ms=8.0, latencies=40_000, startups=41, loggers=10_000, processes=9,
    close_processes=9, deliveries=9, delivered=20_000,
)  # fmt: skip
GATE = Effort(rounds=41, round_ms=4.0, latencies=8_000, startups=0, loggers=0)
BASELINE = Effort(rounds=81, round_ms=5.0, latencies=20_000, startups=0, loggers=0)

#: What targets are judged by, beside the rows of `_CLOSE`, and the libraries that they compare.
_JUDGED = (
    "three_fields", "three_bound", "two_context", "three_fields_file", "bind_emit_1",
    "bind_emit_3", "disabled", "disabled_static", "bind", "processor", "non_ascii",
)  # fmt: skip
RENEWED = (
    "foundation", "foundation-native", "foundation-native-key_value", "foundation-key_value",
    "structlog-key_value", REFERENCE, FLOOR,
    "foundation-bare", "foundation-key_value-bare", "foundation-compact",
    "foundation-compact-bare", "foundation-native-bare", "foundation-native-compact",
    "foundation-native-compact-bare", "foundation-native-metrics",
    "foundation-metrics", "foundation-no-span", "foundation-span",
    "foundation-otlp", "foundation-unmasked", *FEATURE_LIBRARIES,
)  # fmt: skip

#: Rows of one library with and without something, whose limits are a few percent; their rounds are
#: this many times as long. The first 100 lines of a round find the caches full of another library,
#: and there what is only in one of two variants costs up to five times of what it does later.
_CLOSE = ("das_emoji", "emoji_sets", "telemetry", "redaction", "features")
_CLOSE_TIMES = 3

#: For each thread of a round. The interpreter lets one run for 5 ms, so in less time each would do
#: all of its work in one go, and the round would tell what it costs to end threads.
_THREADED_MS = 10.0
#: Of the row that tells how threads scale.
_MOST_THREADS = max(workload.threads for workload in WORKLOADS.values())


#: Many, and each asked for a ratio of two digits at most: fewer rounds do.
_LIGHT = {each.name for each in (*EVERYDAY, *VALUES, *OUTPUTS, *ROWS)} | {
    "ten_fields_file",
    *POINTS,
}


def rounds_of(workload: str, effort: Effort) -> int:
    """Return how many rounds a workload gets."""
    if is_threaded(workload):
        return min(effort.rounds, effort.threaded_rounds)
    return min(effort.rounds, effort.light_rounds) if workload in _LIGHT else effort.rounds


def round_ms_of(workload: str, effort: Effort) -> float:
    """Return how long a round of a workload is to take."""
    if not is_threaded(workload):
        return effort.round_ms * (_CLOSE_TIMES if workload in _CLOSE else 1)
    return max(effort.round_ms, _THREADED_MS * WORKLOADS[workload].threads)


def processes_of(workload: str, effort: Effort) -> int:
    """Return over how many processes, one after the other, a workload's rounds are spread.

    A process keeps, for its life, the luck of where its memory lies: up to 8% in either direction.
    """
    if workload in _CLOSE:
        return effort.close_processes
    return effort.processes if workload in _JUDGED else 1


def is_timed_alone(workload: str, name: str) -> bool:
    """Say whether rounds in threads are to be compared with rounds of one thread."""
    return WORKLOADS[workload].threads == _MOST_THREADS and RIVALS[name].ours


def is_threaded(workload: str) -> bool:
    """Say whether a workload runs in threads."""
    return WORKLOADS[workload].threads > 1


def clock_of(workload: str) -> str:
    """Return which clock a workload's ratios are of: threads share one by waiting."""
    wall = is_threaded(workload) or WORKLOADS[workload].wall
    return "wall_ns" if wall else "cpu_ns"


#: What the newcomers are measured with; text for people is logust's alone.
_NEWCOMERS_PLAN = {
    "three_fields": NEWCOMERS, "three_fields_file": NEWCOMERS, "non_ascii": NEWCOMERS,
    "ten_fields_file": NEWCOMERS, "access_line": NEWCOMERS, "order": NEWCOMERS,
    "records": NEWCOMERS, "numpy_values": NEWCOMERS, "disabled": NEWCOMERS,
    **dict.fromkeys(("terminal", "two_outputs", *(each.name for each in ROWS)), ("logust",)),
}  # fmt: skip


#: A debug line in a block that keeps it, and a disabled call once there has been such a block.
_KEPT = ("foundation-buffered", "foundation-native-buffered")
_WRAPPED = frozenset(each.name for each in WRAPPED)
_AFTER = ("foundation-after-buffered", "foundation-native-after-buffered")


def throughput_plan(*, quick: bool, newcomers: bool = False) -> dict[str, tuple[str, ...]]:
    """Return the rivals of each workload."""
    plan: dict[str, tuple[str, ...]] = {}
    everyday = {each.name for each in EVERYDAY}
    values = {"ten_fields_file", *(each.name for each in VALUES)}
    for name, workload in WORKLOADS.items():
        if name in COMPARED:
            plan[name] = COMPARED[name]
        elif name in ("processor_file", "processors_3"):
            plan[name] = _LANES[:4]
        elif name in everyday or name in POINTS:
            plan[name] = _CORE[:3]
        elif name in values and not quick:
            plan[name] = (*_CORE, "stdlib-json", "loguru-serialize")
        elif workload.needs:
            plan[name] = _EMOJI
        elif name == "telemetry":
            plan[name] = ("foundation", *_TELEMETRY)
        elif name == "redaction":
            plan[name] = ("foundation", "foundation-unmasked")
        elif name == "features":
            plan[name] = ("foundation", "foundation-native", *FEATURE_LIBRARIES)
        elif name in _WRAPPED:
            plan[name] = _CORE[:2]
        elif name == "kept":
            plan[name] = _KEPT
        elif name == "left_out":
            plan[name] = LEFT_OUT
        elif name in ("every", "repeated"):
            plan[name] = ("foundation", "foundation-native")
        elif name == "three_fields" or (name in ("static", "disabled") and not quick):
            plan[name] = _PLAIN
        elif quick:
            plan[name] = _LANES if name in ("two_context", "processor", "exception") else _CORE
        else:
            plan[name] = (*_LANES, *_FEATURES)
        if name == "disabled":
            plan[name] += _AFTER
    if quick:
        plan["static"] = (*_CORE, "foundation-key_value", "foundation-compact", "stdlib-text")
    for name, rivals in _NEWCOMERS_PLAN.items() if newcomers else ():
        plan[name] += rivals
    return plan


#: Latency is taken of these.
LATENCY_PLAN: dict[str, tuple[str, ...]] = {
    "three_fields": (
        "foundation", "foundation-native", "foundation-key_value", "structlog-tuned",
        "stdlib-text", "loguru-text",
        "rich", "provide-foundation", "hand-rolled",
    ),
    "static": _CORE,
    "das_emoji": ("foundation", "foundation-key_value", "provide-foundation-emoji"),
    "all_features": ("foundation", "foundation-key_value"),
}  # fmt: skip

#: Allocation is measured of these.
ALLOCATION_PLAN: dict[str, tuple[str, ...]] = {
    "static": ("foundation", "foundation-compact"),
    "three_fields": (
        "foundation", "foundation-processor", "foundation-key_value", "structlog-tuned",
        "stdlib-json", "loguru-serialize", "provide-foundation", "hand-rolled",
    ),
    "das_emoji": ("foundation", "foundation-key_value"),
    "emoji_sets": ("foundation", "foundation-key_value"),
}  # fmt: skip

LOGGERS_PLAN = ("foundation", "structlog-tuned")
CALLS_PLAN: dict[str, tuple[str, ...]] = {
    "three_fields": (
        "foundation", "foundation-processor", "structlog-tuned", "stdlib-text", "loguru-text",
        "provide-foundation",
    ),
    "disabled": ("foundation", "structlog-tuned", "stdlib-text", "loguru-text"),
}  # fmt: skip


#: What `probes.py` takes, with and without foundation-emoji.
PROBE_NAMES = (
    "level_check_first", "context_read", "context_first_line", "context_hit_rate", "serialization",
    "output_write", "unused_logger_calls", "many_loggers_cost", "async_lines", "processor_bytes",
    "preset_production", "preset_minimal",
)  # fmt: skip
EMOJI_PROBE_NAMES = (
    "preset_development", "collection_us", "emoji_bytes", "emoji_cache_ns", "emoji_hit_ns",
    "emoji_hit_ratio", "emoji_miss_us", "emoji_ten_sets",
)  # fmt: skip


@dataclass(frozen=True)
class BaselineRow:
    """Say what a row of a baseline compares: one set-up of ours with its references."""

    workload: str
    subject: str
    references: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the row's name in the baseline."""
        ours = self.subject.partition("foundation")[2]
        return self.workload + ours

    @property
    def rivals(self) -> tuple[str, ...]:
        """Return everybody who takes part."""
        return (self.subject, *self.references)


def _row(workload: str, subject: str = "foundation", reference: str = REFERENCE) -> BaselineRow:
    return BaselineRow(workload, subject, (FLOOR, reference))


GATE_ROWS = (
    _row("three_fields"),
    _row("static"),
    _row("three_bound"),
    _row("bind_emit_1"),
)
BASELINE_ROWS = (
    *GATE_ROWS,
    BaselineRow("two_context", "foundation", (REFERENCE,)),
    _row("bind_emit_3"),
    _row("ten_scalars"),
    _row("three_fields", "foundation-key_value", "structlog-key_value"),
    _row("three_fields", "foundation-processor"),
    BaselineRow("processor", "foundation", (REFERENCE,)),
)
