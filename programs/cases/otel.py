"""OpenTelemetry's auto-instrumentation around a web program, and a collector that takes OTLP."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from programs.program import Failure, Program, Run
from programs.receiver import Receiver, receiving
from programs.web import serve


def instrument(logs: str, handler: str) -> Callable[[Path, int], Run]:
    """Return what serves the application.

    Args:
        logs: The value of OTEL_LOGS_EXPORTER.
        handler: Whether OpenTelemetry puts a handler of its own on the root logger.
    """

    def run(folder: Path, count: int) -> Run:
        with receiving() as collector:
            served = serve(
                "opentelemetry-instrument", "uvicorn", "fastapi_app:app", "--port", "{port}",
                OTEL_SERVICE_NAME="shop", OTEL_METRICS_EXPORTER="none",
                OTEL_LOGS_EXPORTER=logs, OTEL_BLRP_SCHEDULE_DELAY="200",
                OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED=handler,
                OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
                OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{collector.port}",
            )(folder, count)  # fmt: skip
            _check_traces(served)
            if logs == "otlp":
                _check_records(collector, served)
        return served

    return run


def _check_traces(served: Run) -> None:
    """See that each line within a request has the trace of its span, and no other request's."""
    lines = [json.loads(row) for row in served.written.splitlines() if row.startswith(b"{")]
    traces: dict[str, set[str]] = {}
    for line in lines:
        if line["event"] in ("item_shown", "stock read", "request_finished"):
            traces.setdefault(line["request_id"], set()).add(line.get("trace_id", ""))
    if set(map(len, traces.values())) != {1} or {""} in traces.values():
        raise Failure("lines of a request have none or several traces")
    if len(set.union(*traces.values())) != len(traces):
        raise Failure("requests share a trace")


def _check_records(collector: Receiver, served: Run) -> None:
    """See that the collector has each line once."""
    wanted: Counter[tuple[str, str]] = Counter()
    for request_id, path in served.requests.items():
        if path.startswith("/items"):
            wanted["item_shown", request_id] += 1
            wanted["stock read", request_id] += 1

    def found() -> Counter[tuple[str, str]]:
        counts: Counter[tuple[str, str]] = Counter()
        for path, body in list(collector.bodies):
            if path == "/v1/logs":
                for resource in ExportLogsServiceRequest.FromString(body).resource_logs:
                    for scope in resource.scope_logs:
                        for record in scope.log_records:
                            values = {each.key: each.value for each in record.attributes}
                            text = record.event_name or record.body.string_value
                            if text in ("item_shown", "stock read") and "request_id" in values:
                                counts[text, values["request_id"].string_value] += 1
        return counts

    collector.wait_for(lambda: found().total() >= wanted.total(), f"{wanted.total()} records")
    if found() != wanted:
        raise Failure(f"records came twice: {(found() - wanted).most_common(3)}")


PROGRAMS = [
    Program(
        "opentelemetry-instrument, FastAPI", "opentelemetry-distro",
        instrument("otlp", "true"), quick=True,
    ),
    Program(
        "opentelemetry-instrument, no handler", "opentelemetry-distro",
        instrument("none", "false"),
    ),
]  # fmt: skip
