"""The dialects of other loggers' JSON: under which names each has the parts of a line.

Sources: the README and API pages of structlog, python-json-logger, loguru, pino, bunyan, zap,
zerolog and Go's log/slog; ecs-logging's specification; Google Cloud's LogEntry.
"""

from __future__ import annotations

from typing import NamedTuple

#: The names on the way to a value, one inside of the other.
Path = tuple[str, ...]


class Dialect(NamedTuple):
    """Say where a dialect's lines have their parts. A line is of the first whose signs it has.

    Args:
        name: The producer.
        signs: What a line has to have.
        time: Where the moment may stand: the first that is one is taken.
        level: Where the level may stand; likewise for those that follow.
        event: The message.
        logger: The logger's name.
        exception: A traceback as a text, or structlog's list.
        stack: A stack.
        callsite: File, line and function.
        trace: The ids of trace and span.
        fields_in: The object that holds the fields; nothing beside it is one.
        constants: What says nothing, once the dialect is known.
    """

    name: str
    signs: tuple[Path, ...]
    time: tuple[Path, ...]
    level: tuple[Path, ...]
    event: tuple[Path, ...]
    logger: tuple[Path, ...] = ()
    exception: tuple[Path, ...] = ()
    stack: tuple[Path, ...] = ()
    callsite: tuple[Path, Path, Path] | None = None
    trace: tuple[Path, Path] = (("trace_id",), ("span_id",))
    fields_in: Path | None = None
    constants: tuple[Path, ...] = ()


DIALECTS: tuple[Dialect, ...] = (
    Dialect(
        "loguru",
        signs=(("record", "level", "name"), ("text",)),
        time=(("record", "time", "timestamp"),),
        level=(("record", "level", "name"),),
        event=(("record", "message"),),
        logger=(("record", "name"),),
        exception=(("text",),),
        callsite=(("record", "file", "path"), ("record", "line"), ("record", "function")),
        fields_in=("record", "extra"),
    ),
    Dialect(
        "bunyan",
        signs=(("v",), ("hostname",), ("pid",), ("level",), ("msg",)),
        time=(("time",),),
        level=(("level",),),
        event=(("msg",),),
        logger=(("name",),),
        exception=(("err", "stack"),),
        callsite=(("src", "file"), ("src", "line"), ("src", "func")),
        constants=(("v",), ("err", "name"), ("err", "message")),
    ),
    Dialect(
        "pino",
        signs=(("hostname",), ("pid",), ("level",), ("time",)),
        time=(("time",),),
        level=(("level",),),
        event=(("msg",),),
        logger=(("name",),),
        exception=(("err", "stack"),),
        constants=(("err", "type"), ("err", "message")),
    ),
    Dialect(
        "slog",
        signs=(("time",), ("level",), ("msg",)),
        time=(("time",),),
        level=(("level",),),
        event=(("msg",),),
        logger=(("logger",),),
        callsite=(("source", "file"), ("source", "line"), ("source", "function")),
    ),
    Dialect(
        "zap",
        signs=(("level",), ("msg",)),
        time=(("ts",), ("time",), ("timestamp",), ("T",)),
        level=(("level",),),
        event=(("msg",),),
        logger=(("logger",), ("name",)),
        exception=(("errorVerbose",),),
        stack=(("stacktrace",),),
    ),
    Dialect(
        "zerolog",
        signs=(("level",), ("time",), ("message",)),
        time=(("time",),),
        level=(("level",),),
        event=(("message",),),
        logger=(("logger",),),
    ),
    Dialect(
        "ecs",
        signs=(("@timestamp",), ("message",), ("log", "level")),
        time=(("@timestamp",),),
        level=(("log", "level"),),
        event=(("message",),),
        logger=(("log", "logger"),),
        exception=(("error", "stack_trace"),),
        callsite=(
            ("log", "origin", "file", "name"),
            ("log", "origin", "file", "line"),
            ("log", "origin", "function"),
        ),
        trace=(("trace", "id"), ("span", "id")),
        constants=(("ecs",), ("ecs.version",), ("error", "type"), ("error", "message")),
    ),
    Dialect(
        "ecs",
        signs=(("@timestamp",), ("message",), ("log.level",)),
        time=(("@timestamp",),),
        level=(("log.level",),),
        event=(("message",),),
        logger=(("log", "logger"), ("log.logger",)),
        exception=(("error", "stack_trace"), ("error.stack_trace",)),
        callsite=(
            ("log", "origin", "file", "name"),
            ("log", "origin", "file", "line"),
            ("log", "origin", "function"),
        ),
        trace=(("trace", "id"), ("span", "id")),
        constants=(
            ("ecs",),
            ("ecs.version",),
            ("error", "type"),
            ("error", "message"),
            ("log", "original"),
        ),
    ),
    Dialect(
        "gcp-export",
        signs=(("severity",), ("jsonPayload", "message"), ("logName",)),
        time=(("timestamp",), ("receiveTimestamp",)),
        level=(("severity",),),
        event=(("jsonPayload", "message"),),
        logger=(("jsonPayload", "logger"),),
        exception=(("jsonPayload", "stack_trace"),),
        callsite=(
            ("sourceLocation", "file"),
            ("sourceLocation", "line"),
            ("sourceLocation", "function"),
        ),
        trace=(("trace",), ("spanId",)),
        fields_in=("jsonPayload",),
    ),
    Dialect(
        "gcp-export",
        signs=(("severity",), ("textPayload",), ("logName",)),
        time=(("timestamp",), ("receiveTimestamp",)),
        level=(("severity",),),
        event=(("textPayload",),),
        trace=(("trace",), ("spanId",)),
        constants=(("insertId",), ("receiveTimestamp",)),
    ),
    Dialect(
        "gcp",
        signs=(("severity",), ("message",)),
        time=(("time",), ("timestamp",), ("@timestamp",)),
        level=(("severity",),),
        event=(("message",),),
        logger=(("logger",), ("name",)),
        exception=(("stack_trace",), ("exc_info",)),
    ),
    Dialect(
        "datadog",
        signs=(("status",), ("message",)),
        time=(("timestamp",), ("date",), ("@timestamp",)),
        level=(("status",),),
        event=(("message",),),
        logger=(("logger.name",), ("logger", "name"), ("logger",)),
        exception=(("error", "stack"),),
        trace=(("dd.trace_id",), ("dd.span_id",)),
    ),
    Dialect(
        "python-json-logger",
        signs=(("levelname",), ("message",)),
        time=(("timestamp",), ("asctime",), ("created",), ("@timestamp",)),
        level=(("levelname",),),
        event=(("message",),),
        logger=(("name",), ("logger",)),
        exception=(("exc_info",),),
        stack=(("stack_info",),),
        callsite=(("pathname",), ("lineno",), ("funcName",)),
    ),
    Dialect(
        "structlog",
        signs=(("event",), ("level",)),
        time=(("timestamp",), ("time",)),
        level=(("level",),),
        event=(("event",),),
        logger=(("logger",), ("logger_name",)),
        exception=(("exception",),),
        stack=(("stack",),),
        callsite=(("pathname",), ("lineno",), ("func_name",)),
    ),
    # Whoever writes a level and a message under usual names.
    Dialect(
        "others",
        signs=(("level",), ("message",)),
        time=(("timestamp",), ("time",), ("@timestamp",), ("ts",), ("date",), ("datetime",)),
        level=(("level",),),
        event=(("message",),),
        logger=(("logger",), ("logger_name",), ("name",), ("label",)),
        exception=(("exc_info",), ("stack_trace",), ("exception",), ("stack",)),
    ),
)
