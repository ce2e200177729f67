"""The log calls that are measured, each defined once; imports the other modules of workloads only.

Here are those of the founding claims; how people write calls stands in `everyday.py`, what values
they log in `values.py`, what stands around both in `wrapped.py`, and lines of others and several
outputs in `outputs.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime

from perf_lab.workloads.everyday import EVERYDAY
from perf_lab.workloads.growth import GROWTH
from perf_lab.workloads.outputs import OUTPUTS
from perf_lab.workloads.rows import ROWS
from perf_lab.workloads.values import VALUES
from perf_lab.workloads.workload import INDEX, NUMBER, THREAD, Field, Workload
from perf_lab.workloads.wrapped import WRAPPED

_WHEN = datetime(1980, 1, 1, tzinfo=UTC)
_USER = {"name": "Jane Doe", "email": "jane@test.com", "createdAt": _WHEN}

#: What expressions may use besides the loop's own names.
CONSTANTS: dict[str, object] = {
    "t": THREAD,
    "INTS": [1, 2, 3, 4, 5, 6, 7, 8, 9, 0],
    "STRINGS": ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"],
    "WHEN": _WHEN,
    "WHENS": [_WHEN] * 10,
    "USER": _USER,
    "USERS": [_USER] * 10,
    "ERROR": ValueError("fail"),
    "NAN": float("nan"),
}

# The call of the founding claims, with `timestamp` under a name that is not reserved.
_CALL = (
    Field("iteration", "i", INDEX),
    Field("thread_id", "t", THREAD),
    Field("timestamp_s", "now()", NUMBER),
)
_THREADED = (_CALL[0], Field("thread_id", "thread()", NUMBER), _CALL[2])
_SCALARS = (
    Field("user", "'alice'", "alice"),
    Field("request", "7003", 7003),
    Field("load", "2.5", 2.5),
)
_CONTEXT = (
    Field("request_id", "'a81f'", "a81f"),
    Field("tenant", "42", 42),
    Field("region", "'eu-west'", "eu-west"),
)
# Source: zap's benchmarks/zap_test.go, fakeFields(): what its published table measures.
_ZAP = (
    Field("int", "1", 1),
    Field("ints", "INTS", CONSTANTS["INTS"]),
    Field("string", "'a'", "a"),
    Field("strings", "STRINGS", CONSTANTS["STRINGS"]),
    Field("time", "WHEN", _WHEN),
    Field("times", "WHENS", [_WHEN] * 10),
    Field("user1", "USER", _USER),
    Field("user2", "USER", _USER),
    Field("users", "USERS", [_USER] * 10),
    Field("error", "ERROR", CONSTANTS["ERROR"]),
)
_NOT_ASCII = (
    _CALL[0],
    Field("city", "'Zürich'", "Zürich"),
    Field("greeting", "'こんにちは世界'", "こんにちは世界"),
)
_TEN = tuple(Field(f"field_{n}", str(n * 1001), n * 1001) for n in range(10))
_DAS = (
    Field("domain", "'auth'", "auth"),
    Field("action", "'login'", "login"),
    Field("status", "'success'", "success"),
)

_TABLE = (
    Workload("three_fields", "the founding claims' call: three fields", fields=_CALL),
    Workload("three_fields_file", "the same to a real file", fields=_CALL, output="file"),
    Workload("telemetry", "three fields, with metrics, trace ids, OTLP", fields=_CALL),
    Workload("redaction", "three fields, with secret keys masked or not", fields=_CALL),
    Workload("features", "three fields, with a feature of lines or outputs on", fields=_CALL),
    Workload("non_ascii", "three fields of text that is not ASCII", fields=_NOT_ASCII),
    Workload("static", "a message and nothing else"),
    Workload("three_bound", "three fields, three bound ones", fields=_CALL, bound=_SCALARS),
    Workload("two_context", "three fields, two of the context", fields=_CALL, context=_CONTEXT[:2]),
    Workload("three_context", "three fields of the context alone", context=_CONTEXT),
    Workload("bind_emit_1", "bind three fields, then one line", fields=_CALL, action="bind",
             rebound=_SCALARS),
    Workload("bind_emit_3", "bind three fields, then three lines", fields=_CALL, action="bind",
             rebound=_SCALARS, emits=3),
    Workload("bind", "bind three fields, no line", action="bind", rebound=_SCALARS, emits=0),
    Workload("disabled", "a call below the level, three fields", fields=_CALL, method="debug",
             emits=0),
    Workload("disabled_static", "the same without fields", method="debug", emits=0),
    Workload("kept", "a debug line that a block keeps, three fields", fields=_CALL, method="debug",
             emits=0),
    Workload("left_out", "a call that a sampling rule leaves out, three fields", fields=_CALL,
             emits=0),
    Workload("repeated", "a call that log.once() leaves out, three fields", fields=_CALL,
             method="once().info", emits=0),
    Workload("every", "three fields by log.every(1).info(...)", fields=_CALL,
             method="every(1).info"),
    Workload("enabled", "isEnabledFor, asked again and again", action="enabled", emits=0),
    Workload("get_logger", "get_logger of a known name", action="get_logger", emits=0),
    Workload("ten_scalars", "ten fields, integers", fields=_TEN),
    Workload("ten_fields", "ten fields, the set that zap publishes", fields=_ZAP),
    Workload("ten_fields_file", "zap's ten fields to a real file", fields=_ZAP, output="file"),
    Workload("ten_bound", "the same ten, bound beforehand", bound=_ZAP),
    Workload("exception", "a line with a traceback", fields=_CALL[:1], method="exception",
             action="exception", event="request_failed"),
    Workload("processor", "three fields, one processor of the user's", fields=_CALL,
             processors=1),
    Workload("many_loggers", "10,000 loggers take turns", fields=_CALL, loggers=10_000),
    Workload("threads_4", "the founding claims' benchmark: 4 threads", fields=_THREADED, threads=4),
    Workload("threads_32", "32 threads", fields=_THREADED, threads=32),
    Workload("das_emoji", "domain, action and status with their emoji", fields=_DAS,
             event="user_login", needs="foundation-emoji", emoji="das"),
    Workload("emoji_sets", "the same with every emoji set", fields=_DAS, event="user_login",
             needs="foundation-emoji", emoji="sets"),
    Workload("all_features", "sets, two context fields, metrics, trace ids", fields=_DAS,
             event="user_login", context=_CONTEXT[:2], needs="foundation-otel", emoji="sets"),
)  # fmt: skip

#: Every workload by its name, in the order in which tables show them.
WORKLOADS: dict[str, Workload] = {
    workload.name: workload
    for workload in (*_TABLE, *EVERYDAY, *VALUES, *WRAPPED, *OUTPUTS, *ROWS, *GROWTH)
}
