"""Each library's log calls: set up as `rivals/` does, but for any output.

Only the library that is asked for is imported. Its calls take keywords for fields; what a library
has no fields for becomes part of its message, the way that its documentation puts values there.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

_FORM = "%(asctime)s %(levelname)s %(name)s %(message)s"


class LogCalls(NamedTuple):
    """Be a library that is set up.

    Args:
        logger: The library's own.
        info: Logs an event with fields.
        exception: The same for the exception in hand.
        bind: Returns `info` with fields that are bound, if the library can.
        counted: Returns what the library counts: written and dropped lines; empty if it does not.
    """

    logger: Any = None
    info: Any = None
    exception: Any = None
    bind: Any = None
    counted: Callable[[], dict[str, Any]] = dict


#: Sets a library up: to a file, or None for its standard stream; as text; with what a case wants.
SetUp = Callable[["Path | None", bool, "dict[str, Any]"], LogCalls]


def by_keywords(log: Any, **more: Any) -> LogCalls:
    """Return the calls of a library whose keywords are fields."""
    return LogCalls(log, log.info, log.exception, lambda **f: log.bind(**f).info, **more)


def _in_message(log: Any, mark: str = "%s") -> LogCalls:
    """Return the calls of a library without fields, which takes values where marks stand."""

    def adapt(write: Callable[..., Any]) -> Callable[..., Any]:
        def say(event: Any, **fields: Any) -> None:
            names = (f"{key.replace('{', '{{') if mark == '{}' else key}={mark}" for key in fields)
            write(" ".join([mark, *names]), event, *fields.values())

        return say

    return LogCalls(log, adapt(log.info), adapt(log.exception))


def set_up_foundation(path: Path | None, text: bool, options: dict[str, Any]) -> LogCalls:
    """Set Foundation up."""
    import provide.foundation as f

    options.pop("watch", None)
    sections: dict[str, Any] = (
        {"otlp": f.OtlpConfig(**options.pop("otlp"))} if "otlp" in options else {}
    )
    output = {"log_file": path} if path else {"output": "stdout"}
    logging: Any = {"console_formatter": "key_value" if text else "json", **output, **options}
    f.setup_telemetry(f.TelemetryConfig(logging=f.LoggingConfig(**logging), **sections))

    def counted() -> dict[str, Any]:
        found = f.stats().outputs.values()
        return {
            "written": sum(sum(each.written.values()) for each in found),
            "dropped": {key: number for each in found for key, number in each.dropped.items()},
        }

    return by_keywords(f.get_logger("torture"), counted=counted)


def set_up_structlog_orjson(path: Path | None, _text: bool, _options: object) -> LogCalls:
    """Set structlog up as its page on performance says."""
    import orjson
    import structlog

    file = open(path, "ab") if path else sys.stdout.buffer  # noqa: SIM115
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),
        logger_factory=structlog.BytesLoggerFactory(file=file),
        cache_logger_on_first_use=True,
    )
    return by_keywords(structlog.get_logger().bind(logger="torture"))


def set_up_structlog(path: Path | None, _text: bool, _options: object) -> LogCalls:
    """Set structlog up as it comes; only the file is ours."""
    import structlog

    if path:
        file = open(path, "a", encoding="utf-8")  # noqa: SIM115
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=file))
    return by_keywords(structlog.get_logger().bind(logger="torture"))


def set_up_logging(
    path: Path | None, text: bool, options: dict[str, Any], module: str = "logging"
) -> LogCalls:
    """Set the standard library up with python-json-logger or with text, or a module like it."""
    logging: Any = importlib.import_module(module)
    handlers: Any = importlib.import_module(f"{module}.handlers")
    kind = handlers.WatchedFileHandler if options.get("watch") else logging.FileHandler
    handler = kind(str(path), encoding="utf-8") if path else logging.StreamHandler(sys.stdout)
    root, log = logging.getLogger(), logging.getLogger("torture")
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    log.setLevel(logging.INFO)
    if text:
        handler.setFormatter(logging.Formatter(_FORM))
        return _in_message(log)
    from pythonjsonlogger.orjson import OrjsonFormatter

    handler.setFormatter(OrjsonFormatter(_FORM))
    return LogCalls(
        log,
        lambda event, **fields: log.info(event, extra=fields),
        lambda event, **fields: log.exception(event, extra=fields),
        lambda **bound: lambda event, **fields: log.info(event, extra={**bound, **fields}),
    )


#: It does as it stands in stdlib's place.
set_up_picologging = partial(set_up_logging, module="picologging")


def set_up_loguru(path: Path | None, text: bool, options: dict[str, Any]) -> LogCalls:
    """Set loguru up as its recipes on speed and security say."""
    from loguru import logger

    logger.remove()
    logger.add(
        str(path) if path else sys.stdout,
        format="{time:YYYY-MM-DDTHH:mm:ss.SSSSSS!UTC} {level} {name} {message} {extra}",
        level="INFO",
        serialize=not text,
        colorize=False,
        backtrace=False,
        diagnose=False,
        **options,
    )
    return by_keywords(logger)


def set_up_logbook(path: Path | None, _text: bool, options: dict[str, Any]) -> LogCalls:
    """Set logbook up with one handler for the application."""
    import logbook  # type: ignore[import-untyped]

    kind = logbook.MonitoringFileHandler if options.get("watch") else logbook.FileHandler
    form = (
        "{record.time:%Y-%m-%dT%H:%M:%S.%f} {record.level_name} {record.channel} {record.message}"
    )
    target = (kind, str(path)) if path else (logbook.StreamHandler, sys.stdout)
    target[0](target[1], level="INFO", format_string=form).push_application()
    return _in_message(logbook.Logger("torture", level=logbook.INFO), "{}")


def set_up_older(path: Path | None, _text: bool, _options: object) -> LogCalls:
    """Set provide-foundation up: by the environment, and always to stderr."""
    if path:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(fd, 2)
        os.close(fd)
    return by_keywords(importlib.import_module("provide.foundation").get_logger("torture"))


@dataclass(frozen=True)
class Library:
    """Describe a library to the parent.

    Args:
        name: What the table calls it.
        set_up: Sets it up.
        module: What an application imports.
        forms: ``json``, ``text`` or both.
        stream: The descriptor of its standard stream.
        misfit: A message with a place for a number, as the library has places.
        reserved: Its own keys: of the level, the time, the event and the logger.
        fields: Where in a line of JSON the fields are.
        python: The interpreter that has it.
        environment: Variables that its process needs.
    """

    name: str
    set_up: SetUp
    module: str
    forms: tuple[str, ...]
    stream: int = 1
    misfit: str = "took %d ms"
    reserved: tuple[str, str, str, str] = ("level", "timestamp", "event", "logger")
    fields: tuple[str, ...] = ()
    python: str = sys.executable
    environment: dict[str, str] = field(default_factory=dict)


_BOTH, _JSON, _TEXT = ("json", "text"), ("json",), ("text",)
_OLDER = {
    "PROVIDE_LOG_LEVEL": "INFO",
    "PROVIDE_LOG_CONSOLE_FORMATTER": "json",
    "PROVIDE_LOG_DAS_EMOJI_ENABLED": "false",
    "PROVIDE_LOG_LOGGER_NAME_EMOJI_ENABLED": "false",
}
_TABLE = (
    Library("foundation", set_up_foundation, "provide.foundation", _BOTH),
    Library("structlog-orjson", set_up_structlog_orjson, "structlog", _JSON),
    Library("structlog", set_up_structlog, "structlog", _TEXT),
    Library("logging", set_up_logging, "pythonjsonlogger.orjson", _BOTH,
            reserved=("levelname", "asctime", "message", "name")),
    Library("loguru", set_up_loguru, "loguru", _BOTH, misfit="took {:d} ms",
            fields=("record", "extra"), reserved=("level", "time", "message", "name")),
    Library("picologging", set_up_picologging, "picologging", _TEXT),
    Library("logbook", set_up_logbook, "logbook", _TEXT, misfit="took {:d} ms"),
    Library("provide-foundation", set_up_older, "provide.foundation", _BOTH, stream=2,
            python=os.environ.get("PERF_LAB_PROVIDE_FOUNDATION", ""), environment=_OLDER),
)  # fmt: skip

#: Every library by its name, in the order of the table's columns.
LIBRARIES: dict[str, Library] = {library.name: library for library in _TABLE}

#: Who takes part in a case that not everybody can play.
OURS = ("foundation",)
STRUCTLOGS = ("foundation", "structlog-orjson", "structlog")
WITH_LOGGERS = (*STRUCTLOGS, "loguru")
WITH_BINDING = ("foundation", "structlog-orjson", "logging", "loguru", "provide-foundation")
WITH_FILES = (*STRUCTLOGS, "logging", "loguru", "picologging", "logbook")
WATCHING = ("foundation", "logging", "loguru", "picologging", "logbook")
