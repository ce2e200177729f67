"""Foundation itself, in the configuration that its production preset gives.

`FOUNDATION_LANE` in the environment selects the lane; without it the fast lane is measured, also
where the native one is installed. Of the extensions only those
take part that a workload or a set-up asks for, as if the others were not installed: people install
what they need. Behind the format a set-up may say

- `unmasked`: without the built-in list of secret keys
- `bare`: without the emoji that the workload asks for
- `metrics`: foundation-otel with every automatic metric, read by OpenTelemetry's SDK
- `no-span`, `span`: with trace correlation, outside of a span and inside of one
- `otlp`: with OTLP logs to a collector on loopback, which takes everything and keeps nothing
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import MutableMapping
from typing import Any, cast

from workloads import Options

from provide.foundation import (
    LoggingConfig,
    Redaction,
    TelemetryConfig,
    bind_contextvars,
    clear_contextvars,
    get_logger,
    setup_telemetry,
    shutdown_telemetry,
    stats,
)
from provide.foundation.config import Formatter

__all__ = ["bind_context", "clear_context", "close", "get_logger", "open_output"]


def add_host(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
    """Be the processor of the user's."""
    event["host"] = "web-1"
    return event


def open_output(setup: str, path: str, options: Options) -> None:
    """Set Foundation up to write to `path` in the format that `setup` names."""
    formatter, _, extra = setup.partition(":")
    emoji = bool(options.emoji) and extra != "bare"
    os.environ.setdefault("FOUNDATION_LANE", "fast")
    installed.clear()
    installed.update({"foundation-emoji"} if emoji else ())
    sections: dict[str, Any] = {}
    for each in ("metrics", "span") if options.telemetry else (extra,):
        if each in TELEMETRY:
            installed.add("foundation-otel")
            sections.update(TELEMETRY[each]())
    setup_telemetry(
        TelemetryConfig(
            logging=LoggingConfig(
                default_level=options.level,
                console_formatter=cast("Formatter", formatter),
                log_file=os.path.abspath(path),
                das_emoji_prefix_enabled=emoji,
                logger_name_emoji_prefix_enabled=emoji,
                enabled_emoji_sets=None if options.emoji == "sets" else (),
                redaction=Redaction(defaults=extra != "unmasked"),
                processors=[add_host] if options.processor else [],
                extensions=sorted(installed),
            ),
            **sections,
        )
    )
    lane = "processor" if options.processor else "native"  # the user's processors run in Python
    if os.environ["FOUNDATION_LANE"] == "native" and lane != stats().lane:
        raise RuntimeError("foundation-native is not installed, or not compiled")


#: The distributions whose extensions take part.
installed: set[str] = set()


def _use_metrics() -> dict[str, Any]:
    from opentelemetry import metrics
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    global reader
    if reader is None:
        reader = InMemoryMetricReader()
        metrics.set_meter_provider(MeterProvider([reader]))
    return {}


def _use_correlation() -> dict[str, Any]:
    importlib.import_module("opentelemetry.trace")
    return {}


def _enter_span() -> dict[str, Any]:
    from opentelemetry import context, trace
    from opentelemetry.sdk.trace import TracerProvider

    if not trace.get_current_span().get_span_context().is_valid:
        span = TracerProvider().get_tracer("perf-lab").start_span("benchmark")
        context.attach(trace.set_span_in_context(span))
    return {}


def _use_otlp() -> dict[str, Any]:
    from provide.foundation import OtlpConfig

    global collector
    if collector is None:
        collector = subprocess.Popen(
            [sys.executable, "-c", _COLLECTOR], stdout=subprocess.PIPE, stdin=subprocess.PIPE
        )
    if not addresses:
        assert collector.stdout is not None
        addresses.append(collector.stdout.readline().decode().strip())
    return {"otlp": OtlpConfig(logs=True, endpoint=addresses[0], protocol="http/protobuf")}


#: What a set-up adds to the configuration.
TELEMETRY = {
    "metrics": _use_metrics,
    "no-span": _use_correlation,
    "span": _enter_span,
    "otlp": _use_otlp,
}
reader: Any = None
collector: subprocess.Popen[bytes] | None = None
addresses: list[str] = []
_COLLECTOR = """
import sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Collector(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass
server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
print("http://127.0.0.1:%d" % server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()  # until the benchmark is gone
"""


def bind_context(fields: dict[str, Any]) -> None:
    """Bind fields to the context."""
    bind_contextvars(**fields)


def clear_context() -> None:
    """Forget them."""
    clear_contextvars()


def close() -> None:
    """Flush."""
    shutdown_telemetry()
