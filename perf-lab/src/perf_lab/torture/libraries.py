"""Each library's log calls: set up as `rivals/` does, but for any output.

Only the library that is asked for is imported. Its calls take keywords for fields; what a library
has no fields for becomes part of its message, the way that its documentation puts values there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


class LogCalls:
    """Be a library that is set up.

    Args:
        info: Logs an event with fields.
        exception: The same for the exception in hand.
        misformat: Logs a message whose positional arguments do not fit it.
        flush: Empties what the library itself is told to buffer; direct libraries buffer nothing.
    """

    def __init__(
        self,
        info: Callable[..., Any],
        exception: Callable[..., Any],
        misformat: Callable[[], Any],
        counted: Callable[[], dict[str, Any]] | None = None,
        bind: Callable[..., Any] | None = None,
    ) -> None:
        self.info = info
        self.exception = exception
        self.misformat = misformat
        self.bind = bind
        self._counted = counted

    def counted(self) -> dict[str, Any]:
        """Return what the library counts: written and dropped lines; empty if it does not."""
        return self._counted() if self._counted else {}


class Request:
    """Hold what a case wants of the library.

    Args:
        path: The file to write to, or None for the standard stream.
        text: Whether lines are to be text.
        watch: Whether to follow a file that others rotate.
        options: Of Foundation's `LoggingConfig`.
    """

    def __init__(self, path: Path | None, *, text: bool, watch: bool, options: dict[str, Any]):
        self.path = path
        self.text = text
        self.watch = watch
        self.options = options


def set_up_foundation(request: Request) -> LogCalls:
    """Set Foundation up."""
    from provide.foundation import (
        LoggingConfig,
        TelemetryConfig,
        get_logger,
        setup_telemetry,
        stats,
    )

    options: dict[str, Any] = {
        "log_file": request.path,
        "console_formatter": "key_value" if request.text else "json",
        **request.options,
    }
    sections: dict[str, Any] = {}
    if "otlp" in options:
        from provide.foundation import OtlpConfig

        sections["otlp"] = OtlpConfig(**options.pop("otlp"))
    if request.path is None:
        options.setdefault("output", "stdout")
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(**options), **sections))
    log = get_logger("torture")

    def counted() -> dict[str, Any]:
        name = str(request.path) if request.path else options["output"]
        found = stats().outputs[name]
        return {"written": sum(found.written.values()), "dropped": found.dropped}

    return LogCalls(
        log.info, log.exception, lambda: log.info("took %d ms", "x"), counted, _bind_of(log)
    )


def set_up_structlog_orjson(request: Request) -> LogCalls:
    """Set structlog up as its page on performance says."""
    import orjson
    import structlog

    file = open(request.path, "ab") if request.path else sys.stdout.buffer  # noqa: SIM115
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
    log = structlog.get_logger().bind(logger="torture")
    return _structlog_calls(log)


def set_up_structlog(request: Request) -> LogCalls:
    """Set structlog up as it comes; only the file is ours."""
    import structlog

    if request.path:
        file = open(request.path, "a", encoding="utf-8")  # noqa: SIM115
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=file))
    return _structlog_calls(structlog.get_logger().bind(logger="torture"))


def _structlog_calls(log: Any) -> LogCalls:
    return LogCalls(
        log.info, log.exception, lambda: log.info("took %d ms", "x"), bind=_bind_of(log)
    )


def _bind_of(log: Any) -> Callable[..., Any]:
    return lambda **fields: log.bind(**fields).info


def set_up_logging(request: Request) -> LogCalls:
    """Set the standard library up with python-json-logger, or with text."""
    import logging
    import logging.handlers

    if request.path:
        kind = logging.handlers.WatchedFileHandler if request.watch else logging.FileHandler
        handler: logging.Handler = kind(str(request.path), encoding="utf-8")
    else:
        handler = logging.StreamHandler(sys.stdout)
    form = "%(asctime)s %(levelname)s %(name)s %(message)s"
    if request.text:
        handler.setFormatter(logging.Formatter(form))
    else:
        from pythonjsonlogger.orjson import OrjsonFormatter

        handler.setFormatter(OrjsonFormatter(form))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel("INFO")
    log = logging.getLogger("torture")
    if request.text:
        return _percent_calls(log)
    return LogCalls(
        lambda event, **fields: log.info(event, extra=fields),
        lambda event, **fields: log.exception(event, extra=fields),
        lambda: log.info("took %d ms", "x"),
        bind=lambda **bound: lambda event, **fields: log.info(event, extra={**bound, **fields}),
    )


def _percent_calls(log: Any) -> LogCalls:
    def adapt(write: Callable[..., Any]) -> Callable[..., Any]:
        def say(event: Any, **fields: Any) -> None:
            write(" ".join(["%s", *(f"{key}=%s" for key in fields)]), event, *fields.values())

        return say

    return LogCalls(adapt(log.info), adapt(log.exception), lambda: log.info("took %d ms", "x"))


def set_up_loguru(request: Request) -> LogCalls:
    """Set loguru up as its recipes on speed and security say."""
    from loguru import logger

    logger.remove()
    options: dict[str, Any] = {"watch": True} if request.watch else {}
    logger.add(
        str(request.path) if request.path else sys.stdout,
        format="{time:YYYY-MM-DDTHH:mm:ss.SSSSSS!UTC} {level} {name} {message} {extra}",
        level="INFO",
        serialize=not request.text,
        colorize=False,
        backtrace=False,
        diagnose=False,
        **options,
    )
    return LogCalls(
        logger.info, logger.exception, lambda: logger.info("took {:d} ms", "x"),
        bind=_bind_of(logger),
    )  # fmt: skip


def set_up_picologging(request: Request) -> LogCalls:
    """Set picologging up as it does stdlib's place."""
    import picologging
    import picologging.handlers

    handler: Any
    if request.path:
        kind: Any = (
            picologging.handlers.WatchedFileHandler if request.watch else picologging.FileHandler
        )
        handler = kind(str(request.path), encoding="utf-8")
    else:
        handler = picologging.StreamHandler(sys.stdout)
    handler.setFormatter(picologging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = picologging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(picologging.INFO)
    log = picologging.getLogger("torture")
    log.setLevel(picologging.INFO)
    return _percent_calls(log)


def set_up_logbook(request: Request) -> LogCalls:
    """Set logbook up with one handler for the application."""
    import logbook  # type: ignore[import-untyped]

    form = (
        "{record.time:%Y-%m-%dT%H:%M:%S.%f} {record.level_name} {record.channel} {record.message}"
    )
    options = {"level": "INFO", "format_string": form}
    if request.path:
        kind = logbook.MonitoringFileHandler if request.watch else logbook.FileHandler
        handler = kind(str(request.path), **options)
    else:
        handler = logbook.StreamHandler(sys.stdout, **options)
    handler.push_application()
    log = logbook.Logger("torture", level=logbook.INFO)

    def adapt(write: Callable[..., Any]) -> Callable[..., Any]:
        def say(event: Any, **fields: Any) -> None:
            names = ["{}", *(f"{key.replace('{', '{{')}={{}}" for key in fields)]
            write(" ".join(names), event, *fields.values())

        return say

    return LogCalls(adapt(log.info), adapt(log.exception), lambda: log.info("took {:d} ms", "x"))


def set_up_older(request: Request) -> LogCalls:
    """Set provide-foundation up: by the environment, and always to stderr."""
    if request.path:
        fd = os.open(request.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(fd, 2)
        os.close(fd)
    import provide.foundation

    get_logger: Any = provide.foundation.get_logger
    log = get_logger("torture")
    return _structlog_calls(log)


class Library:
    """Describe a library to the parent.

    Args:
        name: What the table calls it.
        set_up: Sets it up.
        module: What an application imports.
        forms: ``json``, ``text`` or both.
        stream: The descriptor of its standard stream.
        reserved: Its own keys: of the level, the time, the event and the logger.
        fields: Where in a line of JSON the fields are.
        interpreter: The variable that names its interpreter; empty for ours.
        environment: Variables that its process needs.
    """

    def __init__(
        self,
        name: str,
        set_up: Callable[[Request], LogCalls],
        module: str,
        forms: tuple[str, ...],
        *,
        stream: int = 1,
        reserved: tuple[str, str, str, str] = ("level", "timestamp", "event", "logger"),
        fields: tuple[str, ...] = (),
        interpreter: str = "",
        environment: dict[str, str] | None = None,
    ) -> None:
        self.name = name
        self.set_up = set_up
        self.module = module
        self.forms = forms
        self.stream = stream
        self.reserved = reserved
        self.fields = fields
        self.interpreter = interpreter
        self.environment = environment or {}


_BOTH = ("json", "text")
_TABLE = (
    Library("foundation", set_up_foundation, "provide.foundation", _BOTH),
    Library("structlog-orjson", set_up_structlog_orjson, "structlog", ("json",)),
    Library("structlog", set_up_structlog, "structlog", ("text",)),
    Library("logging", set_up_logging, "pythonjsonlogger.orjson", _BOTH,
            reserved=("levelname", "asctime", "message", "name")),
    Library("loguru", set_up_loguru, "loguru", _BOTH, fields=("record", "extra"),
            reserved=("level", "time", "message", "name")),
    Library("picologging", set_up_picologging, "picologging", ("text",)),
    Library("logbook", set_up_logbook, "logbook", ("text",)),
    Library("provide-foundation", set_up_older, "provide.foundation", _BOTH, stream=2,
            interpreter="PERF_LAB_PROVIDE_FOUNDATION",
            environment={
                "PROVIDE_LOG_LEVEL": "INFO",
                "PROVIDE_LOG_CONSOLE_FORMATTER": "json",
                "PROVIDE_LOG_DAS_EMOJI_ENABLED": "false",
                "PROVIDE_LOG_LOGGER_NAME_EMOJI_ENABLED": "false",
            }),
)  # fmt: skip

#: Every library by its name, in the order of the table's columns.
LIBRARIES: dict[str, Library] = {library.name: library for library in _TABLE}
