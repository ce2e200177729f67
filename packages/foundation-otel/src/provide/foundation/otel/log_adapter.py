"""Everything that touches OpenTelemetry's log modules, which are not stable yet.

Their names begin with an underscore, and they change between minor versions. The names that are
used here are the same from 1.39 to 1.45, and every test of the export runs on both ends. The
functions here run in the export's own thread, except `make_destination`.
"""

from __future__ import annotations

import enum
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from opentelemetry._logs import LogRecord, SeverityNumber, get_logger_provider
from opentelemetry.context import Context
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from provide.foundation import OtlpConfig
from provide.foundation.extension import LEVEL_NAMES
from provide.foundation.otel.attributes import describe, make_encodable, make_value
from provide.foundation.otel.environment import milliseconds, text
from provide.foundation.otel.events import find_name
from provide.foundation.otel.exporters import choose_protocol, exporter_arguments
from provide.foundation.otel.lines import Record, Trace
from provide.foundation.otel.log_exporter import (
    SizeWatch,
    TooLarge,
    import_log_exporter,
    make_log_exporter,
)
from provide.foundation.otel.resource import make_own_instance, make_resource

# OpenTelemetry's numbers of the levels: https://opentelemetry.io/docs/specs/otel/logs/data-model/
_SEVERITIES = {
    5: SeverityNumber.TRACE,
    10: SeverityNumber.DEBUG,
    20: SeverityNumber.INFO,
    30: SeverityNumber.WARN,
    40: SeverityNumber.ERROR,
    50: SeverityNumber.FATAL,
}
_MOST_KEPT = 1024
# They write a line for each batch that fails; the export says it once itself.
_EXPORTERS_LOGGERS = (
    "opentelemetry.exporter.otlp.proto.http._log_exporter",
    "opentelemetry.exporter.otlp.proto.grpc.exporter",
)


class Outcome(enum.Enum):
    """Say what became of a request."""

    TAKEN = "taken"
    REFUSED = "refused"
    #: It has more bytes than the collector takes at once; a smaller one may be taken.
    TOO_LARGE = "too large"


class Destination(Protocol):
    """Be where batches of lines go."""

    def export(self, batch: Sequence[Record]) -> Outcome:
        """Send a batch in one request; it may raise, and take its time."""

    def shutdown(self) -> None:
        """Give connections back."""


def make_destination(constants: Mapping[str, Any], otlp: OtlpConfig) -> Callable[[], Destination]:
    """Check that lines can be exported, and return what makes the destination.

    It is made in the thread that exports, and anew in a child after a fork.

    Raises:
        ConfigurationError: The exporter is not installed, or something that it needs is wrong.
    """
    if _has_provider():
        return partial(ProviderDestination, names_in_bodies=otlp.names_in_bodies)
    protocol = choose_protocol(otlp, "logs")
    arguments = exporter_arguments(otlp, protocol, "logs")
    if "timeout" not in arguments and not text(
        "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"
    ):
        timeout_s = milliseconds("OTEL_BLRP_EXPORT_TIMEOUT")
        if timeout_s is not None:
            arguments["timeout"] = timeout_s
    # Made now: the SDK asks its detectors in threads, which an ending interpreter starts no more.
    resource, process = make_resource(constants), os.getpid()

    def make() -> ExporterDestination:
        own = resource if os.getpid() == process else make_own_instance(resource)
        exporter, watch = make_log_exporter(protocol, arguments)
        return ExporterDestination(exporter, own, watch, names_in_bodies=otlp.names_in_bodies)

    import_log_exporter(protocol)  # a package that is missing shows now
    return make


def _has_provider() -> bool:
    return not type(get_logger_provider()).__name__.startswith(("Proxy", "_Proxy"))


class ExporterDestination:
    """Send batches through an exporter of the SDK, past its processors and their queues.

    Args:
        exporter: The exporter.
        resource: What is said of this process.
        watch: Knows why the exporter has failed.
        names_in_bodies: See `make_record`.
    """

    def __init__(
        self,
        exporter: LogRecordExporter,
        resource: Resource,
        watch: SizeWatch,
        *,
        names_in_bodies: bool,
    ) -> None:
        self._exporter: Any = exporter  # its methods have no types in every version
        self._names_in_bodies = names_in_bodies
        self._resource = resource
        self._watch = watch
        self._scopes: dict[str, InstrumentationScope] = {}
        self._contexts: dict[Trace | None, Context] = {}
        self._silence = _Silence(threading.get_ident())
        for name in _EXPORTERS_LOGGERS:
            logging.getLogger(name).addFilter(self._silence)

    def export(self, batch: Sequence[Record]) -> Outcome:
        """Build the records of a batch and send them in one request."""
        observed = time.time_ns()
        records = [
            ReadableLogRecord(
                make_record(
                    each,
                    find_context(each.trace, self._contexts),
                    observed,
                    names_in_bodies=self._names_in_bodies,
                ),
                self._resource,
                self._find_scope(each.logger),
            )
            for each in batch
        ]
        self._watch.too_large = False
        try:
            result = self._exporter.export(records)
        except TooLarge:
            return Outcome.TOO_LARGE
        if result is LogRecordExportResult.SUCCESS:
            return Outcome.TAKEN
        return Outcome.TOO_LARGE if self._watch.too_large else Outcome.REFUSED

    def shutdown(self) -> None:
        """Close the exporter's connection."""
        self._exporter.shutdown()
        for name in _EXPORTERS_LOGGERS:
            logging.getLogger(name).removeFilter(self._silence)

    def _find_scope(self, name: str) -> InstrumentationScope:
        scope = self._scopes.get(name)
        if scope is None:
            if len(self._scopes) >= _MOST_KEPT:
                self._scopes.clear()
            scope = self._scopes[name] = InstrumentationScope(make_encodable(name))
        return scope


class ProviderDestination:
    """Emit records through the LoggerProvider that the application has set.

    A record that it accepts counts as exported: its processors have queues and losses of their own.

    Args:
        names_in_bodies: See `make_record`.
    """

    def __init__(self, *, names_in_bodies: bool) -> None:
        self._names_in_bodies = names_in_bodies
        self._provider = get_logger_provider()
        self._contexts: dict[Trace | None, Context] = {}

    def export(self, batch: Sequence[Record]) -> Outcome:
        """Emit each line of a batch under the name of its logger."""
        observed = time.time_ns()
        for each in batch:
            context = find_context(each.trace, self._contexts)
            logger = self._provider.get_logger(make_encodable(each.logger))
            record = make_record(each, context, observed, names_in_bodies=self._names_in_bodies)
            logger.emit(record)
        return Outcome.TAKEN

    def shutdown(self) -> None:
        """Do nothing: the provider is the application's, and so is its end."""


def flush_provider(timeout_s: float) -> bool:
    """Have the application's LoggerProvider export what its processors hold.

    Args:
        timeout_s: Seconds that it may take.

    Returns:
        Whether it has done so in time; True where there is none.
    """
    flush = getattr(get_logger_provider(), "force_flush", None)
    if flush is None or not _has_provider():
        return True
    done: list[bool] = []
    # Processors take no notice of the limit, and a signal handler may have interrupted one.
    thread = threading.Thread(target=lambda: done.append(flush(int(timeout_s * 1000))), daemon=True)
    thread.start()
    thread.join(timeout_s)
    return bool(done and done[0])


class _Silence(logging.Filter):
    """Keep back what one thread logs.

    Args:
        thread: Its identifier.
    """

    def __init__(self, thread: int) -> None:
        super().__init__()
        self._thread = thread

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a record is another thread's."""
        return record.thread != self._thread


def make_record(
    line: Record, context: Context, observed_ns: int, *, names_in_bodies: bool
) -> LogRecord:
    """Return one line as a log record.

    An event of OpenTelemetry's has a name and no body.
    Source: https://opentelemetry.io/docs/specs/semconv/general/events/

    Args:
        line: The line.
        context: Its trace context.
        observed_ns: When it was taken from the queue, in nanoseconds since the epoch.
        names_in_bodies: Whether the name of such an event is its body, too.
    """
    name, fields = find_name(line.event, line.fields)
    body = None if name == line.event and not names_in_bodies else make_encodable(line.event)
    attributes = {str(make_value(key)): make_value(value) for key, value in fields.items()}
    if line.details is not None:
        attributes.update(describe(line.details))
    return LogRecord(
        timestamp=line.time_ns,
        observed_timestamp=observed_ns,
        context=context,
        severity_text=LEVEL_NAMES[line.level].upper(),
        severity_number=_SEVERITIES[line.level],
        body=body,
        attributes=attributes,
        event_name=None if name is None else make_encodable(name),
    )


def find_context(trace: Trace | None, known: dict[Trace | None, Context]) -> Context:
    """Return the trace context of a line; an empty one if it has none."""
    context = known.get(trace)
    if context is None:
        if len(known) >= _MOST_KEPT:
            known.clear()
        context = known[trace] = _make_context(trace)
    return context


def _make_context(trace: Trace | None) -> Context:
    span = SpanContext(0, 0, is_remote=False)
    if trace is not None:
        with suppress(TypeError, ValueError):  # members of another extension's
            trace_id, span_id, flags = trace
            span = SpanContext(
                int(trace_id, 16), int(span_id, 16), False, TraceFlags(int(flags, 16))
            )
    return set_span_in_context(NonRecordingSpan(span), Context())
