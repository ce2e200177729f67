"""Calls as people write them: each has a shape that a fast way may have been built without.

Imports workload only.
"""

from __future__ import annotations

from perf_lab.workloads.workload import ANY, INDEX, NUMBER, Field, Renamed, Secret, Workload

_NUMBER = Field("iteration", "i", INDEX)
_LINE = (_NUMBER, Field("user", "'alice'", "alice"), Field("load", "2.5", 2.5))
_BOUND = (Field("user", "'bob'", "bob"), Field("request", "7003", 7003))
_CONTEXT = (Field("user", "'carol'", "carol"), Field("tenant", "42", 42))
# The benchmark of the founding claims, word by word: its `timestamp` is a reserved key.
_WRITTEN = (
    _NUMBER,
    Field("thread_id", "thread()", NUMBER),
    Field("timestamp", "now()", Renamed(NUMBER)),
)

EVERYDAY = (
    Workload("as_written", "the founding claims' benchmark as written, 1 thread", fields=_WRITTEN,
             wall=True),
    Workload("as_written_4", "the founding claims' benchmark as written, 4 threads",
             fields=_WRITTEN, threads=4),
    Workload("reserved_key", "three fields and a reserved key",
             fields=(*_LINE, Field("service", "'shop'", Renamed("shop")))),
    Workload("override_bound", "a field of the call overrides a bound one", fields=_LINE,
             bound=_BOUND),
    Workload("override_context", "a field of the call overrides one of the context", fields=_LINE,
             context=_CONTEXT),
    Workload("shared_name", "context and bound fields share a name", fields=_LINE[:1],
             bound=_BOUND, context=_CONTEXT),
    Workload("percent_args", "an event with arguments for %", event="took 7 ms",
             spoken="'took %d ms', 7", fields=_LINE),
    Workload("exc_info_none", "three fields and exc_info=None", fields=_LINE,
             option="exc_info=None"),
    Workload("exc_info_false", "three fields and exc_info=False", fields=_LINE,
             option="exc_info=False"),
    Workload("secret_key", "three fields and a secret key",
             fields=(*_LINE, Field("token", "'a1b2c3d4'", Secret("a1b2c3d4")))),
    Workload("error_field", "two fields and an exception as a field",
             fields=(*_LINE[:2], Field("error", "ERROR", ValueError("fail")))),
    Workload("bytes_and_nan", "a field, bytes and NaN",
             fields=(_NUMBER, Field("payload", "b'ab'", b"ab"), Field("ratio", "NAN", ANY))),
    Workload("big_integer", "two fields and an integer of 71 bits", asks="wide",
             fields=(*_LINE[:2], Field("total", "2**70", 2**70))),
    Workload("event_object", "three fields, an exception for an event", event="fail",
             spoken="ERROR", fields=_LINE),
    Workload("event_new", "three fields, another event in each call", event="user {i} logged in",
             spoken="f'user {i} logged in'", fields=_LINE),
    Workload("log_level", "three fields by log.log(level, ...)", method="log",
             spoken="20, 'benchmark_message'", fields=_LINE),
    Workload("error_exc_info", "error(..., exc_info=True)", method="error", action="exception",
             option="exc_info=True", fields=_LINE[:1], event="request_failed"),
    Workload("stack_info", "a field and stack_info=True", option="stack_info=True", asks="stack",
             fields=_LINE[:1]),
    Workload("stacklevel", "three fields and stacklevel=2", option="stacklevel=2", fields=_LINE),
    Workload("callsite", "three fields, each line says where it was logged", asks="callsite",
             fields=_LINE),
)  # fmt: skip
