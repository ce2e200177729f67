"""OTLP receivers built on opentelemetry-proto's own definitions, and what reads their records.

Imported by the tests of foundation-otel, where the peers are installed.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import Any

from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1 import (
    metrics_service_pb2,
    metrics_service_pb2_grpc,
)

# They have no types.
grpc: Any = import_module("grpc")
_add_logs: Any = logs_service_pb2_grpc.add_LogsServiceServicer_to_server
_add_metrics: Any = metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server

TIME_LIMIT_S = 60
#: Variables that would change what a program does.
OURS = (
    "PROVIDE_", "FOUNDATION_", "OTEL_", "LOG_LEVEL", "PYTEST_", "REQUESTS_CA", "CURL_CA",
    "SSL_CERT",
)  # fmt: skip

#: Arguments: protocol, endpoint.
PROGRAM = """
import json, os, sys, time
from provide.foundation import *
from provide.foundation import LoggingConfig as L, OtlpConfig as O, TelemetryConfig as T

def setup(**otlp):
    given = {"logs": True, "protocol": sys.argv[1], "endpoint": sys.argv[2], "delay_s": 0.1}
    setup_telemetry(T(service_name="shop", logging=L(log_file="a.log", default_level="TRACE"),
                      otlp=O(**{**given, **otlp})))

def finish():
    shutdown_telemetry()
    print(json.dumps(stats().as_dict()["outputs"].get("otlp")))

log = get_logger("app.orders")
"""

Run = Callable[..., "Result"]


class Result:
    """Hold how a program ended: what it printed, and the stats that it left on its last line."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        assert done.returncode == 0, done.stderr
        self.stdout = done.stdout
        self.stderr = done.stderr

    @property
    def last(self) -> Any:
        """Return the last line of stdout as data."""
        return json.loads(self.stdout.splitlines()[-1])


class Collector:
    """Receive logs and metrics over OTLP; `mode` says what becomes of a request.

    Args:
        mode: ``take``, ``refuse`` (for good), ``busy`` (come back later) or ``hang``.
        max_bytes: A request with more is answered as servers do; None takes any over HTTP, and
            what gRPC's own server takes.
    """

    def __init__(self, mode: str = "take", max_bytes: int | None = None) -> None:
        self.mode = mode
        self.max_bytes = max_bytes
        self.refused_bytes: list[int] = []
        self.logs: list[Any] = []
        self.metrics: list[Any] = []
        self.headers: list[dict[str, str]] = []
        self.arrived = threading.Condition()
        self.released = threading.Event()

    def receive(self, request: Any, headers: dict[str, str]) -> str:
        """Keep a request if the mode says so, and return the mode."""
        mode = self.mode
        if mode == "hang":
            self.released.wait(TIME_LIMIT_S)
        elif mode == "take":
            with self.arrived:
                kind = self.logs if hasattr(request, "resource_logs") else self.metrics
                kind.append(request)
                self.headers.append(headers)
                self.arrived.notify_all()
        return mode

    def wait_for(self, count: int) -> None:
        """Wait until so many records have come."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.records) >= count, TIME_LIMIT_S)

    @property
    def records(self) -> list[tuple[dict[str, Any], str, Any]]:
        """Return resource, scope and record of every log record, in the order of arrival."""
        return [
            (read_attributes(resource.resource.attributes), scope.scope.name, record)
            for request in list(self.logs)
            for resource in request.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        ]

    @property
    def events(self) -> list[str]:
        """Return the names of all log records that are events, and the bodies of the others."""
        return [record.event_name or record.body.string_value for _, _, record in self.records]


class GrpcCollector(Collector):
    """Receive over gRPC."""

    protocol = "grpc"

    def start(self, port: int = 0, credentials: Any = None) -> int:
        """Listen on the loopback, and return the port."""
        options = [("grpc.so_reuseport", 0)]
        if self.max_bytes is not None:
            options.append(("grpc.max_receive_message_length", self.max_bytes))
        self.server = grpc.server(ThreadPoolExecutor(8), options=options)
        _add_logs(_Servicer(self, logs_service_pb2.ExportLogsServiceResponse), self.server)
        _add_metrics(_Servicer(self, metrics_service_pb2.ExportMetricsServiceResponse), self.server)
        address = f"127.0.0.1:{port}"
        if credentials is None:
            self.port = self.server.add_insecure_port(address)
        else:
            self.port = self.server.add_secure_port(
                address, grpc.ssl_server_credentials([credentials])
            )
        self.server.start()
        return int(self.port)

    def stop(self) -> None:
        """Cut every connection and listen no longer."""
        self.released.set()
        self.server.stop(grace=0).wait(TIME_LIMIT_S)


class _Servicer:
    def __init__(self, collector: Collector, response: Any) -> None:
        self.collector = collector
        self.response = response

    def Export(self, request: Any, context: Any) -> Any:
        """Answer one request."""
        headers = {pair.key: str(pair.value) for pair in context.invocation_metadata()}
        mode = self.collector.receive(request, headers)
        if mode == "refuse":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "refused")
        if mode in ("busy", "hang"):
            context.abort(grpc.StatusCode.UNAVAILABLE, "busy")
        return self.response()


class HttpCollector(Collector):
    """Receive protobuf over HTTP."""

    protocol = "http/protobuf"

    def start(self, port: int = 0, context: Any = None) -> int:
        """Listen on the loopback, and return the port."""
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                request: Any
                if self.path == "/v1/logs":
                    request = logs_service_pb2.ExportLogsServiceRequest()
                else:
                    request = metrics_service_pb2.ExportMetricsServiceRequest()
                if collector.max_bytes is not None and len(body) > collector.max_bytes:
                    collector.refused_bytes.append(len(body))
                    self.send_response(413)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                request.ParseFromString(body)
                headers = {key.lower(): value for key, value in self.headers.items()}
                mode = collector.receive(request, headers)
                try:
                    self.send_response({"take": 200, "refuse": 400}.get(mode, 503))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:  # the other side has given up
                    pass

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        if context is not None:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.server.handle_error = lambda *_: None  # type: ignore[method-assign]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.port = self.server.server_port
        return self.port

    def stop(self) -> None:
        """Listen no longer; a connection that is open may finish its request."""
        self.released.set()
        self.mode = "busy"
        self.server.shutdown()
        self.server.server_close()


#: The collectors by the name of their protocol.
COLLECTORS: dict[str, Any] = {"grpc": GrpcCollector, "http": HttpCollector}


def read_value(value: Any) -> Any:
    """Return an AnyValue of the wire as data."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [read_value(each) for each in value.array_value.values]
    if kind == "kvlist_value":
        return read_attributes(value.kvlist_value.values)
    return None if kind is None else getattr(value, kind)


def read_attributes(attributes: Any) -> dict[str, Any]:
    """Return attributes of the wire as a dict."""
    return {each.key: read_value(each.value) for each in attributes}
