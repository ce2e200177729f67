"""The schemas of JSON lines: how each back end wants what `schema.py` lists named and spelt.

Only the bytes of a line change: `_render/layout.py` turns the members under the names of
`schema.py` into those that are written. Whatever else sees a record, such as processors, exporters
and handlers, sees the names of `schema.py`.

Sources: the ECS field reference 8.11 and the specification of ecs-logging. "Structured logging" of
Google Cloud Logging and "Format errors in logs" of Error Reporting. "Reserved attributes" and
"Correlate logs and traces" of Datadog. The README of logstash-logback-encoder. The log data model
of OpenTelemetry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from provide.foundation.levels import LEVEL_NAMES, LEVELS

Members = dict[str, Any]
#: A name, or the name of an object and that of a member in it.
Place = str | tuple[str, str]
#: Makes members of the ids of a trace, and of the name of a project, if there is one.
TraceMembers = Callable[[Mapping[str, Any], str | None], Members]

_SEVERITY_NUMBERS = (1, 5, 9, 13, 17, 21)
_LEVEL_VALUES = (5_000, 10_000, 20_000, 30_000, 40_000, 50_000)
_GOOGLE_NAMES = ("DEBUG", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_NAMES = tuple(LEVEL_NAMES[level] for level in LEVELS)
_UPPER_NAMES = tuple(name.upper() for name in _NAMES)


def _google_trace(trace: Mapping[str, Any], project: str | None) -> Members:
    members: Members = {}
    if "trace_id" in trace:
        trace_id = trace["trace_id"]
        full = f"projects/{project}/traces/{trace_id}" if project else trace_id
        members["logging.googleapis.com/trace"] = full
    if "span_id" in trace:
        members["logging.googleapis.com/spanId"] = trace["span_id"]
    flags = _number(trace.get("trace_flags"))
    if flags is not None:
        members["logging.googleapis.com/trace_sampled"] = bool(flags & 1)
    return members


def _datadog_trace(trace: Mapping[str, Any], _project: str | None) -> Members:
    # ddtrace writes the trace in hexadecimal digits and the span as a decimal number.
    members: Members = {}
    if "trace_id" in trace:
        members["dd.trace_id"] = trace["trace_id"]
    if "span_id" in trace:
        number = _number(trace["span_id"])
        members["dd.span_id"] = trace["span_id"] if number is None else str(number)
    return members


def _number(text: object) -> int | None:
    """Return what hexadecimal digits mean, if it is these: an extension may give anything."""
    try:
        return int(text, 16) if type(text) is str and len(text) <= 32 else None
    except ValueError:
        return None


class Schema(NamedTuple):
    """Describe the lines of one back end, member by member.

    Args:
        names: Where each member of `schema.py` stands; one that is not named keeps its own name.
        levels: What the name of a level is spelt as, in the order of `levels.LEVELS`.
        level_number: The name of a number that goes with it, and the numbers.
        event_first: Whether the event stands before the logger's name.
        constants: What every line has besides.
        trace: Makes members of the ids of a trace, which nobody renames, and of the name of a
            project; their names.
        exception: The places of an exception's type, message and traceback; `None`: it is the
            object that `schema.py` describes.
        callsite: The places of its file, line and function; `None`: likewise.
        line_as_text: Whether the number of the line is a text.
        fields_in: The object in which the caller's fields stand, and what describes the call.
    """

    names: Mapping[str, Place] = MappingProxyType({})
    levels: tuple[str, ...] = _NAMES
    level_number: tuple[str, tuple[int, ...]] | None = None
    event_first: bool = False
    constants: Mapping[str, str] = MappingProxyType({})
    trace: tuple[TraceMembers, tuple[str, ...]] | None = None
    exception: tuple[Place | None, Place | None, Place] | None = None
    callsite: tuple[Place, Place, Place] | None = None
    line_as_text: bool = False
    fields_in: str | None = None


_GOOGLE = "logging.googleapis.com/"
_SOURCE = f"{_GOOGLE}sourceLocation"
SCHEMAS: Mapping[str, Schema] = {
    "foundation": Schema(),
    "otel": Schema(
        names={
            "timestamp": "Timestamp",
            "level": "SeverityText",
            "logger": ("InstrumentationScope", "Name"),
            "event": "Body",
            "service": ("Resource", "service.name"),
            "service_version": ("Resource", "service.version"),
            "environment": ("Resource", "deployment.environment.name"),
            "host": ("Resource", "host.name"),
            "pid": ("Resource", "process.pid"),
            "thread": "thread.name",
            "trace_id": "TraceId",
            "span_id": "SpanId",
            "trace_flags": "TraceFlags",
            "stack": "code.stacktrace",
        },
        levels=_UPPER_NAMES,
        level_number=("SeverityNumber", _SEVERITY_NUMBERS),
        exception=("exception.type", "exception.message", "exception.stacktrace"),
        callsite=("code.file.path", "code.line.number", "code.function.name"),
        fields_in="Attributes",
    ),
    "ecs": Schema(
        names={
            "timestamp": "@timestamp",
            "level": "log.level",
            "event": "message",
            "logger": "log.logger",
            "service": "service.name",
            "service_version": "service.version",
            "environment": "service.environment",
            "host": "host.name",
            "pid": "process.pid",
            "thread": "process.thread.name",
            "trace_id": "trace.id",
            "span_id": "span.id",
            "trace_flags": "trace.flags",
        },
        event_first=True,
        constants={"ecs.version": "8.11.0"},
        exception=("error.type", "error.message", "error.stack_trace"),
        callsite=("log.origin.file.name", "log.origin.file.line", "log.origin.function"),
    ),
    "gcp": Schema(
        names={
            "timestamp": "time",
            "level": "severity",
            "event": "message",
            "service": ("serviceContext", "service"),
            "service_version": ("serviceContext", "version"),
        },
        levels=_GOOGLE_NAMES,
        trace=(_google_trace, tuple(_GOOGLE + key for key in ("trace", "spanId", "trace_sampled"))),
        exception=(None, None, "stack_trace"),
        callsite=((_SOURCE, "file"), (_SOURCE, "line"), (_SOURCE, "function")),
        line_as_text=True,
    ),
    "datadog": Schema(
        names={
            "level": "status",
            "event": "message",
            "logger": "logger.name",
            "service_version": "version",
            "environment": "env",
            "thread": "logger.thread_name",
        },
        trace=(_datadog_trace, ("dd.trace_id", "dd.span_id")),
        exception=(("error", "kind"), ("error", "message"), ("error", "stack")),
    ),
    "logstash": Schema(
        names={
            "timestamp": "@timestamp",
            "event": "message",
            "logger": "logger_name",
            "thread": "thread_name",
        },
        levels=_UPPER_NAMES,
        level_number=("level_value", _LEVEL_VALUES),
        constants={"@version": "1"},
        exception=(None, None, "stack_trace"),
        callsite=("caller_file_name", "caller_line_number", "caller_method_name"),
    ),
}
