"""Handlers are taken over whole: handlers of logging set aside, structlog's loggers, clocks."""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import os
import queue
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import every_line, manner, read

_CARD = "4111" * 4


def _set_up_again() -> None:
    """Set Foundation up once more, now that the application has configured its own logging."""
    from provide.foundation import LoggingConfig, TelemetryConfig, setup_telemetry

    setup_telemetry(
        TelemetryConfig(logging=LoggingConfig(output="stdout", console_formatter="json"))
    )


def _log_through(stage: Stage, name: str) -> None:
    """Let the calls that follow go through a logger of logging."""
    log = logging.getLogger(name)
    stage.log.info = lambda event, **fields: log.warning(event, extra=fields)


class _Mask(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = record.getMessage().replace(_CARD, "****")
        record.args = ()
        return True


class _AddRequest(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = "r-1"
        return "/health" not in record.getMessage()


def _filtered(performance: Performance) -> str:
    found = every_line(performance)
    if found.startswith("counted"):  # what a filter drops is counted, and asked for
        found = KEPT
    if found != KEPT:
        return found
    data = performance.data + performance.aside
    if _CARD.encode() in data:
        return "card number in clear"
    if b"/health" in data:
        return "health check written"
    records = read(performance).records.values()
    return KEPT if all(r.get("request_id") == "r-1" for r in records) else "no request id"


@case(23, _filtered, output="stream", form="json", only=("foundation",), quick=True)
def filters_of_the_console(stage: Stage) -> None:
    """Filters that mask, add a request id and drop health checks, on consoles set aside."""
    console = logging.StreamHandler()
    console.addFilter(_Mask())
    console.addFilter(_AddRequest())
    records: queue.SimpleQueue[Any] = queue.SimpleQueue()
    logging.getLogger().addHandler(console)
    queued = logging.getLogger("queued")
    queued.propagate = False
    queued.addHandler(logging.handlers.QueueHandler(records))
    listener = logging.handlers.QueueListener(records, console)
    listener.start()
    _set_up_again()
    for name in ("lib", "queued", "queued.part"):
        _log_through(stage, name)
        logging.getLogger(name).warning("GET /health")
        write = stage.log.info
        stage.log.info = lambda event, w=write, **fields: w(f"{event} card {_CARD}", **fields)
        for _ in range(20):
            stage.call()
    listener.stop()


class _Sink:
    def log(self, text: str) -> None:
        sys.stdout.write(text + "\n")


class _SinkHandler(logging.Handler):
    """Write as the runtime of AWS Lambda does: through an object that holds no stream."""

    def __init__(self) -> None:
        super().__init__()
        self.log_sink = _Sink()

    def emit(self, record: logging.LogRecord) -> None:
        self.log_sink.log(self.format(record))


class _WrappingHandler(logging.Handler):
    """Write as absl's handler does: through a handler of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._current_handler = logging.StreamHandler(sys.stdout)

    def handle(self, record: logging.LogRecord) -> bool:
        return bool(self.filter(record)) and bool(self._current_handler.handle(record))


@case(23, every_line, output="stream", form="json", only=("foundation",), quick=True)
def consoles_without_a_stream(stage: Stage) -> None:
    """Handlers that reach the console through sinks, handlers, paths, queues and memory."""
    records: queue.SimpleQueue[Any] = queue.SimpleQueue()
    listener = logging.handlers.QueueListener(records, logging.StreamHandler(sys.stdout))
    listener.start()
    handlers = {
        "sink": _SinkHandler(),
        "wrapping": _WrappingHandler(),
        "path": logging.FileHandler("/dev/stdout"),
        "descriptor": logging.StreamHandler(os.fdopen(os.dup(1), "w")),
        "queue": logging.handlers.QueueHandler(records),
        "memory": logging.handlers.MemoryHandler(1, target=logging.StreamHandler(sys.stdout)),
    }
    for name, handler in handlers.items():
        handler.setFormatter(logging.Formatter("%(message)s %(end)s"))
        logging.getLogger(name).addHandler(handler)
    _set_up_again()
    for name in handlers:
        _log_through(stage, name)
        for _ in range(20):
            stage.call()
    listener.stop()


def _masked_lines(performance: Performance) -> str:
    found = every_line(performance)
    data = performance.data + performance.aside
    return "card number in clear" if found == KEPT and _CARD.encode() in data else found


@case(23, _masked_lines, output="stream", form="json", only=("foundation",))
def loggers_of_structlog_from_before(stage: Stage) -> None:
    """Loggers of structlog that were bound, or cached, before the set-up."""
    import structlog

    from provide.foundation import shutdown_telemetry

    shutdown_telemetry()
    structlog.configure(
        processors=[structlog.processors.JSONRenderer()], cache_logger_on_first_use=True
    )
    cached, bound = structlog.get_logger(), structlog.get_logger().bind(a=1)
    cached.bind()
    _set_up_again()
    for log in (cached, bound, bound.bind(b=2)):
        stage.log.info = lambda event, w=log.info, **fields: w(event, api_key=_CARD, **fields)
        for _ in range(20):
            stage.call()


def _plain_events(performance: Performance) -> str:
    found = every_line(performance)
    codes = any(mark in performance.data for mark in (b"[31m", b"[0m", b"u001b", b"-\\n"))
    return "terminal codes in the line" if found == KEPT and codes else found


@case(23, _plain_events, output="stream", form="json", only=("foundation", "logging"))
def colours_of_a_library(stage: Stage) -> None:
    """Messages of logging with colours and a line end, as werkzeug's have them."""
    log = logging.getLogger("werkzeug")
    stage.log.info = lambda event, **fields: log.warning(f"\x1b[31m{event}\x1b[0m\n", extra=fields)
    for _ in range(20):
        stage.call()


def _captured(performance: Performance) -> str:
    found = manner(performance)
    if found:
        return found
    if performance.facts["captured"] != performance.facts["expected"]:
        return f"captured {performance.facts['captured']} of {performance.facts['expected']}"
    return "level left behind" if performance.facts["level"] != 20 else KEPT


@case(23, _captured, output="stream", form="json", only=("foundation",))
def capture_in_tests(stage: Stage) -> None:
    """Captures of a test that sets up, resets and sets levels meanwhile."""
    from provide.foundation import get_logger, reset_for_testing, set_level
    from provide.foundation.testing import capture_logs

    log = get_logger("app")
    with capture_logs() as captured:
        log.info("1")
        _set_up_again()
        log.info("2")
        reset_for_testing()
        set_level("DEBUG")
        log.debug("3")
        _log_through(stage, "lib")
        _set_up_again()
        logging.getLogger("lib").info("4")
        set_level("ERROR")
    stage.facts.update(captured=len(captured), expected=4, level=log.get_effective_level())


class _Proxy:
    """Stand in the place of a standard stream as Celery's does: log the text, once."""

    def __init__(self, logger: logging.Logger | None = None) -> None:
        self.local = threading.local()
        if logger is not None:
            self.logger = logger

    def write(self, text: str) -> int:
        if getattr(self.local, "inside", False):
            return 0
        self.local.inside = True
        try:
            if text.strip():
                logger = getattr(self, "logger", logging.getLogger("redirected"))
                logger.warning(text.rstrip("\n"))
            return len(text)
        finally:
            self.local.inside = False

    def flush(self) -> None:
        pass


def _call_often(stage: Stage) -> None:
    for _ in range(50):
        stage.call()


def _log_beside(stage: Stage, stream: Any) -> None:
    sys.stdout = sys.stderr = stream
    for _ in range(3):
        stage.call()
    stage.in_threads(4, _call_often)
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__


@case(23, every_line, output="stream", quick=True)
def stream_into_logging(stage: Stage) -> None:
    """The standard streams are replaced by an object that writes into logging."""
    _log_beside(stage, _Proxy())


@case(23, every_line, output="stream")
def stream_into_its_logger(stage: Stage) -> None:
    """The same, by an object that keeps its logger, as Celery's and Airflow's do."""
    _log_beside(stage, _Proxy(logging.getLogger("redirected")))


@case(
    23,
    every_line,
    output="stream",
    only=("foundation",),
    options={"delivery": "background"},
)
def stream_into_logging_in_background(stage: Stage) -> None:
    """The same, where a thread writes."""
    _log_beside(stage, _Proxy())
    from provide.foundation import flush

    flush()


def _then(performance: Performance) -> str:
    found = every_line(performance)
    if found != KEPT:
        return found
    wrong = [
        name
        for name, record in read(performance).records.items()
        if record["timestamp"].startswith("2001-02-03T04:05:06.75") != (record["frozen"] is True)
    ]
    return f"{len(wrong)} lines of another time" if wrong else KEPT


@contextlib.contextmanager
def _frozen_clock() -> Iterator[None]:
    """Put functions in the place of the clock's, in every module, as freezegun does."""
    ns = 981173106750000000
    fakes = {time.time: lambda: ns / 1e9, time.time_ns: lambda: ns}
    changed = []
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            for real, fake in fakes.items():
                if value is real:
                    changed.append((module, name, real))
                    setattr(module, name, fake)
    try:
        yield
    finally:
        for module, name, real in changed:
            setattr(module, name, real)


@case(23, _then, form="json", only=("foundation",))
def clock_of_a_test(stage: Stage) -> None:
    """A test puts functions of its own in the place of the clock's, as freezegun does."""
    for _ in range(3):
        stage.call(frozen=False)
        with _frozen_clock():
            stage.call(frozen=True)
            stage.call(frozen=True)
        stage.call(frozen=False)
