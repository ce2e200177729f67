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
- the name of a feature of features.toml: with that
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from perf_lab.rivals import handlers
from perf_lab.rivals.catalogue import SETUPS, Feature
from perf_lab.rivals.library import Library, point_stderr
from perf_lab.rivals.users_processors import PROCESSORS, add_host
from perf_lab.workloads.workload import Options
from provide import foundation
from provide.foundation import LoggingConfig, OutputConfig, Redaction, TelemetryConfig, stats

if TYPE_CHECKING:
    from provide.foundation.config import Formatter, RecordView

_NONE = Feature("none", "nothing")


def lets_pass(record: RecordView) -> bool:
    """Look at the level and at a field, as filters do."""
    return record.level > 10 and record.fields.get("path") != "/healthz"


class Foundation(Library):
    """Foundation, called by its own logger."""

    contextvars = foundation
    add_host = staticmethod(add_host)
    get_logger: Any = staticmethod(foundation.get_logger)

    def open_output(self, setup: str, path: str, options: Options) -> None:
        """Set Foundation up to write to `path` in the format that `setup` names."""
        formatter, _, extra = setup.partition(":")
        feature = SETUPS.get(extra, _NONE)
        emoji = bool(options.emoji) and extra != "bare"
        os.environ.setdefault("FOUNDATION_LANE", "fast")
        installed = {"foundation-emoji"} if emoji else set()
        sections = dict(feature.telemetry)
        if extra == "watched":  # a file that never changes
            file = Path(__file__).with_name("watched.json")
            sections["source"] = TelemetryConfig.from_file(file, watch=True).source
        for each in ("metrics", "span") if options.telemetry else (extra,):
            if each in ("metrics", "no-span", "span", "otlp"):
                installed.add("foundation-otel")
                sections.update(_prepare(each))
        logging = LoggingConfig(
            default_level=options.level, console_formatter=cast("Formatter", formatter),
            callsite=options.asks == "callsite", redaction=Redaction(defaults=extra != "unmasked"),
            das_emoji_prefix_enabled=emoji, logger_name_emoji_prefix_enabled=emoji,
            enabled_emoji_sets=None if options.emoji == "sets" else (),
            processors=PROCESSORS[: options.processors], extensions=sorted(installed),
            **feature.logging, **_direct(path, options.output, feature),
        )  # fmt: skip
        foundation.setup_telemetry(TelemetryConfig(logging=logging, **sections))
        self.opened.close()
        if extra in ("buffered", "after-buffered"):
            self.opened.enter_context(foundation.buffered())
        if extra == "after-buffered":
            self.opened.close()
        if extra == "beside-structlog":
            importlib.import_module("structlog").contextvars.bind_contextvars(tenant=42)
        # The native lane may leave what is asked for here to another one; a plain line it may not.
        plain = options.output in ("null", "file") and not (options.processors or options.asks)
        if os.environ["FOUNDATION_LANE"] == "native" and plain and stats().lane != "native":
            raise RuntimeError("foundation-native is not installed, or not compiled")

    def clear_context(self) -> None:
        """Forget the fields of the context, structlog's too."""
        super().clear_context()
        if "structlog" in sys.modules:
            sys.modules["structlog"].contextvars.clear_contextvars()

    def close(self) -> None:
        """Flush."""
        super().close()
        foundation.shutdown_telemetry()


class OverLogging(Foundation):
    """Lines of logging that Foundation takes over."""

    imports = "logging"
    Adapter = handlers.Adapter

    def __init__(self) -> None:
        super().__init__()
        handlers.collect_less()

    def get_logger(self, name: str) -> Any:
        """Return logging's logger of a name."""
        logger = self.library.getLogger(name)
        logger.setLevel(self.library.INFO)
        return logger


class OverStructlog(Foundation):
    """Lines of structlog that Foundation takes over.

    The logger is made as modules make theirs: unbound, and bound with its first line.
    """

    imports = "structlog"

    def get_logger(self, name: str) -> Any:
        """Return structlog's logger of a name."""
        return self.library.get_logger(name)

    def bind_context(self, fields: dict[str, Any]) -> None:
        """Bind fields to structlog's context."""
        self.library.contextvars.bind_contextvars(**fields)


def _direct(path: str, output: str, feature: Feature) -> dict[str, Any]:
    """Return where lines go: to a path, to people on stderr, or to both."""
    if output in ("null", "file"):
        path = os.path.abspath(path)
        more = {**feature.output, **({"filter": lets_pass} if feature.name == "filter" else {})}
        return {"outputs": [OutputConfig(path, **more)]} if more else {"log_file": path}
    if output == "terminal":
        point_stderr(path)
        return {"output": "stderr"}
    point_stderr(f"{path}.console")
    people = OutputConfig("stderr", formatter="compact")
    return {"outputs": [people, OutputConfig(os.path.abspath(path), formatter="json")]}


@cache
def _prepare(name: str) -> dict[str, Any]:
    """Make ready, once, what foundation-otel needs; return what it adds to the configuration."""
    match name:
        case "metrics":
            from opentelemetry import metrics
            from opentelemetry.sdk.metrics import MeterProvider
            from opentelemetry.sdk.metrics.export import InMemoryMetricReader

            metrics.set_meter_provider(MeterProvider([InMemoryMetricReader()]))
        case "no-span":
            importlib.import_module("opentelemetry.trace")
        case "span":
            from opentelemetry import context, trace
            from opentelemetry.sdk.trace import TracerProvider

            span = TracerProvider().get_tracer("perf-lab").start_span("benchmark")
            context.attach(trace.set_span_in_context(span))
        case "otlp":
            said = _collector().stdout
            assert said is not None
            address = said.readline().strip()
            sent = foundation.OtlpConfig(logs=True, endpoint=address, protocol="http/protobuf")
            return {"otlp": sent}
    return {}


@cache
def _collector() -> subprocess.Popen[str]:
    """Start what takes lines for OTLP; it ends when its stdin does, with this process."""
    command = [sys.executable, "-c", _COLLECTOR]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


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
