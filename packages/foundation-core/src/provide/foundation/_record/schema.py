"""The members of a line that are its own, in their order: the one place that says it.

A line holds `BEFORE_FIELDS`, then the caller's fields, then `AFTER_FIELDS`. Reserved keys, the
trace keys, what the renderers and lanes write of the configuration, what the viewer reads back and
what `capture_logs` keeps are taken from this table. `tests/test_schema.py` compares the table with
what each format and lane really writes, with the OTLP mapping and with docs/telemetry-format.md.
CONTRIBUTING.md shows how a member is added.
"""

from __future__ import annotations

from types import UnionType

#: The version of the schema; docs/telemetry-format.md has its stability policy.
SCHEMA_VERSION = 1


class Member:
    """Describe one member.

    Args:
        key: Its name in a line.
        kind: What the viewer takes for it; a field of another type is the caller's.
        source: Where its value comes from.
        part: The attribute of `Record` that holds it, alone or with others.
        meaning: What it holds, for the documentation.
        otlp: Where an exported record has it: a field of OTLP's LogRecord, or attributes; `None`:
            it is not exported by itself.
        fixed: Whether a back end relies on the name, so that it must not be renamed.
        captured: Whether `capture_logs` has it.
        optional: Whether lines have it only where the configuration asks for it: its name is
            reserved there alone, and elsewhere is anybody's.
        shown: Whether lines for people have it, too, among what all lines have alike.
    """

    # A plain class: to make a named tuple takes half a millisecond of a program's start.
    __slots__ = (
        "captured", "fixed", "key", "kind", "meaning", "optional", "otlp", "part", "shown",
        "source",
    )  # fmt: skip

    def __init__(
        self,
        key: str,
        kind: type | UnionType,
        source: str,
        part: str,
        meaning: str,
        otlp: tuple[str, ...] | None = None,
        fixed: bool = False,
        captured: bool = False,
        optional: bool = False,
        shown: bool = True,
    ) -> None:
        self.key = key
        self.kind = kind
        self.source = source
        self.part = part
        self.meaning = meaning
        self.otlp = otlp
        self.fixed = fixed
        self.captured = captured
        self.optional = optional
        self.shown = shown


BEFORE_FIELDS = (
    Member(
        key="timestamp",
        kind=str,
        source="the clock, at the call",
        part="seconds",
        meaning="when the call was made: RFC 3339, UTC, microseconds, `Z`; truncated, never "
        "rounded",
        otlp=("time_unix_nano",),
    ),
    Member(
        key="level",
        kind=str,
        source="the method that was called",
        part="level",
        meaning="`trace`, `debug`, `info`, `warning`, `error` or `critical`",
        otlp=("severity_number", "severity_text"),
        captured=True,
    ),
    Member(
        key="logger",
        kind=str,
        source="`get_logger`",
        part="logger",
        meaning="the logger's name; `root` for `logger`",
        otlp=("scope.name",),
        captured=True,
    ),
    Member(
        key="event",
        kind=str,
        source="the call",
        part="event",
        meaning="the event, a string",
        otlp=("body",),
        captured=True,
    ),
    Member(
        key="service",
        kind=str,
        source="the configuration",
        part="constants",
        meaning="`service_name` of the configuration",
        otlp=("resource.service.name",),
    ),
    Member(
        key="service_version",
        kind=str,
        source="the configuration",
        part="constants",
        meaning="`service_version` of the configuration, where there is one",
        otlp=("resource.service.version",),
        optional=True,
        shown=False,
    ),
    Member(
        key="environment",
        kind=str,
        source="the configuration",
        part="constants",
        meaning="`environment` of the configuration, where there is one",
        otlp=("resource.deployment.environment.name",),
        optional=True,
        shown=False,
    ),
    Member(
        key="host",
        kind=str,
        source="the operating system, at set-up",
        part="constants",
        meaning="the name of the machine, where `host` is on",
        otlp=("resource.host.name",),
        optional=True,
        shown=False,
    ),
    Member(
        key="pid",
        kind=int,
        source="the operating system, at set-up and in each forked child",
        part="constants",
        meaning="the id of the process, a number, where `process` is on",
        otlp=("resource.process.pid",),
        optional=True,
    ),
)

AFTER_FIELDS = (
    Member(
        key="emoji",
        kind=str,
        source="an extension",
        part="emoji",
        meaning="the emoji prefix, where emoji are switched on",
    ),
    Member(
        key="trace_id",
        kind=str,
        source="an extension",
        part="trace",
        meaning="the trace, 32 hexadecimal digits in lower case",
        otlp=("trace_id",),
        fixed=True,
    ),
    Member(
        key="span_id",
        kind=str,
        source="an extension",
        part="trace",
        meaning="the span, 16 hexadecimal digits",
        otlp=("span_id",),
        fixed=True,
    ),
    Member(
        key="trace_flags",
        kind=str,
        source="an extension",
        part="trace",
        meaning="the flags of the trace, two hexadecimal digits",
        otlp=("flags",),
        fixed=True,
    ),
    Member(
        key="thread",
        kind=str,
        source="the thread that makes the call",
        part="trace",
        meaning="the name of the thread, where `thread` is on",
        otlp=("thread.name",),
        optional=True,
    ),
    Member(
        key="task",
        kind=str,
        source="the task that makes the call",
        part="trace",
        meaning="the name of the task of asyncio, where `task` is on and one is running",
        optional=True,
    ),
    Member(
        key="exception",
        kind=dict | str,
        source="`exc_info` of the call",
        part="exception",
        meaning="[an object](#exceptions) in JSON, or a traceback, which it is elsewhere",
        otlp=("exception.type", "exception.message", "exception.stacktrace"),
        captured=True,
    ),
    Member(
        key="stack_trace",
        kind=str,
        source="`exc_info` of the call",
        part="stack_trace",
        meaning="in JSON, the exception as a traceback, where `exceptions` is `both`",
        otlp=("exception.stacktrace",),
        optional=True,
    ),
    Member(
        key="stack",
        kind=str,
        source="`stack_info` of the call",
        part="stack",
        meaning="the stack of the call, where `stack_info=True` asked for it",
        otlp=("code.stacktrace",),
        captured=True,
    ),
    Member(
        key="callsite",
        kind=dict,
        source="the caller's frame",
        part="callsite",
        meaning="`file`, `line` and `function` of the call, where `callsite` is on",
        otlp=("code.file.path", "code.line.number", "code.function.name"),
        captured=True,
    ),
)

MEMBERS = BEFORE_FIELDS + AFTER_FIELDS

#: The keys that each line may write itself; a field of such a name gets a trailing underscore.
RESERVED = frozenset(member.key for member in MEMBERS if not member.optional)
#: What every line of a configuration has alike; `Record.constants` has the values by these names.
CONSTANTS = tuple(member for member in MEMBERS if member.part == "constants")
#: Those that lines for people have, too.
SHOWN_CONSTANTS = frozenset(member.key for member in CONSTANTS if member.shown)
#: The members of a trace.
TRACE = tuple(member for member in MEMBERS if member.part == "trace" and not member.optional)
TRACE_KEYS = tuple(member.key for member in TRACE)
#: Who makes the call: a part of what `Record.trace` holds, behind those.
CALLER = tuple(member for member in MEMBERS if member.part == "trace" and member.optional)
#: What only some lines have, behind the trace.
DETAILS = tuple(
    member
    for member in AFTER_FIELDS
    if member.part in ("exception", "stack_trace", "stack", "callsite")
)
