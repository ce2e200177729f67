"""The targets of the project, each a ratio of one run; imports claims, delivery, features, rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from perf_lab.claims.claims import Missing, look_up
from perf_lab.delivery.subject import QUEUE_LINES
from perf_lab.workloads.features import FEATURES
from perf_lab.workloads.rows import ROWS


@dataclass(frozen=True)
class Target:
    """Hold one target.

    Args:
        title: What is compared.
        metric: The words that `claims.look_up` knows.
        sign: ``>=`` or ``<=``.
        limit: The figure to reach.
        aim: A better figure that is aimed at, or None.
        unit: The unit of both.
    """

    title: str
    metric: str
    sign: str
    limit: float
    aim: float | None = None
    unit: str = "x"

    def reached(self, measured: float) -> bool:
        """Say whether a figure reaches the target."""
        return measured >= self.limit if self.sign == ">=" else measured <= self.limit


def _faster(title: str, workload: str, limit: float, aim: float | None = None) -> Target:
    return Target(title, f"ratio {workload} structlog-tuned foundation", ">=", limit, aim)


def _native(title: str, workload: str, limit: float) -> Target:
    return Target(f"native lane: {title}", f"ratio {workload} structlog-tuned foundation-native",
                  ">=", limit)  # fmt: skip


def _both(
    title: str,
    workload: str,
    native: float | None,
    pure: float | None,
    reference: str = "structlog-tuned",
    ours: str = "",
) -> tuple[Target, ...]:
    """Return a target of the native lane and one of the pure Python lane."""
    lanes = (("native lane", "foundation-native", native), ("pure Python", "foundation", pure))
    return tuple(
        Target(f"{lane}: {title}", f"ratio {workload} {reference} {library}{ours}", ">=", limit)
        for lane, library, limit in lanes
        if limit is not None
    )


#: What services log, to a file: faster than structlog tuned, which renders the same values.
_VALUES = (
    *_both("zap's ten fields", "ten_fields_file", 3.8, 0.5),
    *_both("an access line with a UUID", "access_line", 5.3, 1.6),
    *_both("an order: Decimal, Enum, aware time, dicts", "order", 4.1, 0.95),
    *_both("a dataclass, pydantic, attrs", "records", 5.2, 0.85),
    *_both("numpy's scalars and a small array", "numpy_values", 3.8, 0.9),
    *_both("eleven other types", "other_kinds", 3, 0.7),
    *_both("Decimal, Enum, UUID, records in containers", "in_containers", 3, 0.7),
    *_both("a list of 1 integer", "list_1", 6, 1.5),
    *_both("a list of 100 integers", "list_100", 4, 1),
    *_both("a list of 1,000 integers", "list_1000", 1.5, 0.8),
    *_both("dicts nested 8 deep", "nest_8", 4.5, 1),
    *_both("a text of 100 KB", "text_100000", 1.2, 1),
    *_both("a text of 1 MB", "text_1000000", 1.2, 1),
    *_both("a traceback of 12 frames and its cause", "deep_exception", 5, 4.5),
    *_both("one processor of the user's", "processor_file", 2, 1.35),
    *_both("three processors of the user's", "processors_3", 1.6, 1.1),
)
#: From one length to the next of `growth.py`; orjson alone has 1.2 where a text gets to 1 MB.
_GROWTH = (
    Target("native lane: a line's time grows no faster than the line: the greatest leap",
           "growth_leap foundation-native", "<=", 1.5),
    Target("pure Python: a line's time grows no faster than the line: the greatest leap",
           "growth_leap foundation", "<=", 1.5),
)  # fmt: skip
#: Lines of others, and other outputs.
_OUTPUTS = (
    *_both("a line of logging, beside python-json-logger", "logging_line", 1.5, 1.2, "stdlib-json",
           "-logging"),
    *_both("a line of structlog through the bridge", "structlog_line", 2.4, 1.45,
           ours="-structlog"),
    *_both("a line while structlog's context is in use", "context_of_both", 8, 2.7,
           ours="-beside-structlog"),
    *_both("compact to a terminal, beside ConsoleRenderer", "terminal", None, 2.2,
           "structlog-colors", "-compact"),
    *_both("key_value to a terminal, beside ConsoleRenderer", "terminal", None, 2.2,
           "structlog-colors", "-key_value"),
    *_both("compact to a terminal, beside logust", "terminal", 1.1, None, "logust", "-compact"),
    *_both("key_value to a terminal, beside logust", "terminal", 1.1, None, "logust",
           "-key_value"),
    *(
        target
        for row in ROWS
        for target in (
            *_both(f"{row.title}, beside logust", row.name, 1.1, None, "logust", "-key_value"),
            *_both(f"{row.title}, beside ConsoleRenderer", row.name, None, 2.2,
                   "structlog-colors", "-key_value"),
        )
    ),
    *_both("text and a JSON file, beside logust", "two_outputs", 1.0, None, "logust"),
    *_both("text and a JSON file, beside logging", "two_outputs", 2.4, 1.3, "stdlib-both"),
    *_both("a disabled call without fields", "disabled_static", 2.2, 1.05),
)  # fmt: skip
#: What a process pays that only sometimes logs.
_AROUND = (
    Target("native lane: background at 5,000 lines a second, processor time beside direct",
           "paced_ratio native", "<=", 1.4),
    Target("pure Python: background at 5,000 lines a second, processor time beside direct",
           "paced_ratio fast", "<=", 1.4),
    Target("native lane: import and first line, net: relative to structlog tuned",
           "startup_ratio foundation structlog-tuned", "<=", 0.45),
    Target("pure Python: import and first line, net: relative to structlog tuned",
           "startup_ratio foundation-fast structlog-tuned", "<=", 0.4),
)  # fmt: skip
#: How people write calls, to the null device: faster than structlog tuned with the same call.
_CALLS = (
    *_both("the founding benchmark as written, 1 thread, wall clock", "as_written", 5, 2),
    *_both("the founding benchmark as written, 4 threads, wall clock", "as_written_4", 5, 2),
    *_both("a reserved key", "reserved_key", 6, 2.2),
    *_both("a field overrides a bound one", "override_bound", 5, 2),
    *_both("a field overrides one of the context", "override_context", 5, 2),
    *_both("context and bound fields share a name", "shared_name", 5, 2),
    *_both("arguments for %", "percent_args", 5, 2),
    *_both("exc_info=None", "exc_info_none", 6, 2.2),
    *_both("exc_info=False", "exc_info_false", 6, 2.2),
    *_both("a secret key", "secret_key", 8, 2.2),
    *_both("an exception as a field", "error_field", 4, 1.8),
    *_both("bytes and NaN", "bytes_and_nan", 4, 1.8),
    *_both("an integer beyond 64 bits", "big_integer", 4, 1.8),
    *_both("an event that is no text", "event_object", 4, 1.8),
    *_both("another event in each call", "event_new", 9, 2.2),
    *_both("log.log(level, ...)", "log_level", 6, 2.3),
    *_both("error(..., exc_info=True)", "error_exc_info", 4, 1.8),
    *_both("stack_info=True", "stack_info", 4, 1.8),
    *_both("stacklevel=2", "stacklevel", 4, 1.8),
    *_both("callsite=True", "callsite", 2, 1.3),
)

#: What a configuration adds to a line or asks of it: its time relative to the same without.
_PLAIN = {
    "native": ("native lane", "foundation-native"),
    "fast": ("pure Python", "foundation"),
}
_ON_OR_OFF = tuple(
    Target(f"{_PLAIN[lane][0]}: {each.title}: time relative to none",
           f"ratio features {library} {_PLAIN[lane][1]}", "<=", limit)
    for each in FEATURES
    for lane, library, limit in each.lanes
)  # fmt: skip

#: In the order in which they were set.
TARGETS = (
    _faster("JSON, three fields, null device: faster than structlog tuned", "three_fields", 2.9,
            3.4),
    _faster("the same with three bound fields", "three_bound", 2.9),
    _faster("the same with two context variables", "two_context", 2.7),
    _faster("JSON to a real file", "three_fields_file", 2.2),
    _faster("bind three fields, then one line", "bind_emit_1", 2.4),
    _faster("bind three fields, then three lines", "bind_emit_3", 2.6),
    Target("key_value, three fields: faster than structlog's KeyValueRenderer",
           "ratio three_fields structlog-key_value foundation-key_value", ">=", 2.9),
    Target("disabled call with three fields: time relative to structlog tuned",
           "ratio disabled foundation structlog-tuned", "<=", 0.85),
    Target("disabled call once a block has kept lines: time relative to structlog tuned",
           "ratio disabled foundation-after-buffered structlog-tuned", "<=", 1.3),
    Target("bind three fields: time relative to structlog tuned",
           "ratio bind foundation structlog-tuned", "<=", 1.0),
    Target("bytes per get_logger, before the first line", "logger_bytes foundation", "<=", 150,
           unit="B"),
    Target("bytes per bind of three fields, before the first line", "bound_bytes foundation", "<=",
           260, unit="B"),
    Target("bytes per get_logger, after three lines", "logger_used_bytes foundation",
           "<=", 420, unit="B"),
    Target("bytes per bind of three fields, after three lines", "bound_used_bytes foundation",
           "<=", 700, unit="B"),
    Target("time relative to the hand-rolled floor", "ratio three_fields foundation hand-rolled",
           "<=", 1.65),
    Target("import and first line, net: relative to structlog tuned",
           "startup_ratio foundation structlog-tuned", "<=", 0.75),
    Target("Python functions called per line", "calls three_fields foundation", "<=", 3, unit=""),
    Target("Python functions called per disabled call", "calls disabled foundation", "<=", 1,
           unit=""),
    Target("DAS emoji, compact: time relative to the same without",
           "ratio das_emoji foundation-compact foundation-compact-bare", "<=", 1.05),
    Target("every emoji set, compact: time relative to the same without",
           "ratio emoji_sets foundation-compact foundation-compact-bare", "<=", 1.08),
    Target("emoji cache hit", "probe emoji_cache_ns", "<=", 100, unit="ns"),
    Target("emoji cache miss, every set on", "probe emoji_miss_us", "<=", 5, unit="us"),
    Target("emoji hit ratio on the demo's log, after 1,000 lines", "probe emoji_hit_ratio", ">=",
           99, unit="%"),
    Target("emoji cache, memory per unique event", "probe emoji_bytes", "<=", 50, unit="B"),
    Target("emoji miss, ten sets of 20 patterns relative to one", "probe emoji_ten_sets", "<=",
           1.5),
    Target("every automatic metric: time relative to none",
           "ratio telemetry foundation-metrics foundation", "<=", 1.05),
    Target("trace correlation, no span: time relative to none",
           "ratio telemetry foundation-no-span foundation", "<=", 1.08),
    Target("trace correlation, inside a span: time relative to none",
           "ratio telemetry foundation-span foundation", "<=", 1.15),
    Target("OTLP logs, the caller's thread: time relative to none",
           "ratio telemetry foundation-otlp foundation", "<=", 1.5),
    Target("secret keys masked, flat fields: time relative to no such list",
           "ratio redaction foundation foundation-unmasked", "<=", 1.05),
    _faster("text that is not ASCII: faster than structlog tuned", "non_ascii", 2.5),
    Target("collection of Foundation's metrics", "probe collection_us", "<=", 100, unit="us"),
    Target("background delivery to a file: faster than loguru's enqueue",
           "delivery_ratio ns loguru-enqueue foundation-background", ">=", 1.0),
    Target("background delivery to a file: faster than stdlib's QueueHandler",
           "delivery_ratio ns stdlib-queue foundation-background", ">=", 1.0),
    Target("background delivery, processor time of a line relative to direct",
           "delivery_ratio cpu_ns foundation-background foundation", "<=", 1.0),
    Target("killed in a flood, lines kept relative to loguru's enqueue",
           "delivery_kept foundation-background loguru-enqueue", ">=", 1.0),
    Target("killed in a flood, lines kept relative to stdlib's QueueHandler",
           "delivery_kept foundation-background stdlib-queue", ">=", 1.0),
    Target("killed in a flood, lines lost of background delivery",
           "delivery_lost foundation-background", "<=", QUEUE_LINES, unit=""),
    _native("JSON, three fields, null device: faster than structlog tuned", "three_fields", 9.5),
    Target("native lane: faster than the hand-rolled logger",
           "ratio three_fields hand-rolled foundation-native", ">=", 2.0),
    _native("the same with three bound fields", "three_bound", 9.0),
    _native("the same with two context variables", "two_context", 8.0),
    _native("JSON to a real file", "three_fields_file", 4.2),
    Target("native lane: key_value, faster than structlog's KeyValueRenderer",
           "ratio three_fields structlog-key_value foundation-native-key_value", ">=", 12.0),
    Target("native lane: disabled call with three fields, time relative to structlog tuned",
           "ratio disabled foundation-native structlog-tuned", "<=", 0.4),
    _native("bind three fields, then one line", "bind_emit_1", 6.0),
    _native("text that is not ASCII", "non_ascii", 6.0),
    Target("native lane: disabled call without fields, time relative to structlog tuned",
           "ratio disabled_static foundation-native structlog-tuned", "<=", 0.4),
    Target("native lane: p99.9, null device, relative to structlog tuned's",
           "latency_ratio p99.9 three_fields foundation-native structlog-tuned", "<=", 0.05),
    Target("native lane: 32 threads relative to one, null device",
           "thread_scaling threads_32 foundation-native", ">=", 0.93),
    Target("native lane: domain, action and status with emoji, relative to none",
           "ratio das_emoji foundation-native foundation-native-bare", "<=", 1.05),
    Target("native lane: the same in compact",
           "ratio das_emoji foundation-native-compact foundation-native-compact-bare", "<=", 1.05),
    Target("native lane: every emoji set, relative to none",
           "ratio emoji_sets foundation-native foundation-native-bare", "<=", 1.05),
    Target("native lane: every automatic metric, relative to none",
           "ratio telemetry foundation-native-metrics foundation-native", "<=", 1.05),
    _faster("one processor of the user's: ahead of structlog with the same", "processor", 1.0),
    *_VALUES,
    *_GROWTH,
    *_OUTPUTS,
    *_AROUND,
    *_CALLS,
    *_ON_OR_OFF,
)  # fmt: skip


def judge_targets(results: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each target with what was measured and whether it is reached."""
    rows = []
    for target in TARGETS:
        row: dict[str, Any] = {
            "title": target.title,
            "sign": target.sign,
            "limit": target.limit,
            "aim": target.aim,
            "unit": target.unit,
        }
        try:
            measured = look_up(target.metric, results)
        except Missing as missing:
            rows.append({**row, "measured": None, "result": str(missing)})
            continue
        result = "reached" if target.reached(measured) else "NOT REACHED"
        rows.append({**row, "measured": measured, "result": result})
    return rows
