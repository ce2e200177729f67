"""Foundation itself, in the configuration that its production preset gives.

`FOUNDATION_LANE` in the environment selects the lane; without it the fast lane is measured, also
where the native one is installed. Of the extensions only those
take part that a workload or a set-up asks for, as if the others were not installed: people install
what they need. Behind the format a set-up may say

- `unmasked`: without the built-in list of secret keys
- `bare`: without the emoji that the workload asks for
- `metrics`: foundation-otel with every automatic metric, read by OpenTelemetry's SDK
- `no-span`, `span`: with trace correlation, outside of a span and inside of one
- `beside-structlog`: with something bound in structlog's context too
- `otlp`: with OTLP logs to a collector on loopback, which takes everything and keeps nothing
- the name of a feature of `features.py`: with that
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from contextlib import ExitStack
from typing import Any, cast

from perf_lab.rivals.features import BLOCKS, FEATURES
from perf_lab.rivals.stderr import point_stderr
from perf_lab.rivals.users_processors import PROCESSORS, add_host
from perf_lab.workloads.workload import Options
from provide.foundation import (
    LoggingConfig,
    OutputConfig,
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

__all__ = ["add_host", "bind_context", "clear_context", "close", "get_logger", "open_output"]


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
    more, lines, output = FEATURES.get(extra, ({}, {}, {}))
    sections.update(more)
    setup_telemetry(
        TelemetryConfig(
            logging=LoggingConfig(
                default_level=options.level,
                console_formatter=cast("Formatter", formatter),
                callsite=options.asks == "callsite",
                das_emoji_prefix_enabled=emoji,
                logger_name_emoji_prefix_enabled=emoji,
                enabled_emoji_sets=None if options.emoji == "sets" else (),
                redaction=Redaction(defaults=extra != "unmasked"),
                processors=PROCESSORS[: options.processors],
                extensions=sorted(installed),
                **lines,
                **_direct(path, options.output, output),
            ),
            **sections,
        )
    )
    blocks.close()
    if extra in BLOCKS:
        blocks.enter_context(BLOCKS[extra]())
    if extra == "beside-structlog":
        importlib.import_module("structlog").contextvars.bind_contextvars(tenant=42)
    # The native lane may leave what is asked for here to another one; a plain line it may not.
    plain = options.output in ("null", "file") and not (options.processors or options.asks)
    if os.environ["FOUNDATION_LANE"] == "native" and plain and stats().lane != "native":
        raise RuntimeError("foundation-native is not installed, or not compiled")


def _direct(path: str, output: str, more: dict[str, Any]) -> dict[str, Any]:
    """Return where lines go: to a path, to people on stderr, or to both.

    Args:
        path: The path.
        output: Which of these.
        more: What the output at the path has besides.
    """
    if output in ("null", "file"):
        path = os.path.abspath(path)
        return {"outputs": [OutputConfig(path, **more)]} if more else {"log_file": path}
    if output == "terminal":
        point_stderr(path)
        return {"output": "stderr"}
    point_stderr(f"{path}.console")
    people = OutputConfig("stderr", formatter="compact")
    return {"outputs": [people, OutputConfig(os.path.abspath(path), formatter="json")]}


#: The block in which lines are written, if there is one.
blocks = ExitStack()
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
    """Forget them, structlog's too."""
    clear_contextvars()
    if "structlog" in sys.modules:
        sys.modules["structlog"].contextvars.clear_contextvars()


def close() -> None:
    """Flush."""
    blocks.close()
    shutdown_telemetry()
