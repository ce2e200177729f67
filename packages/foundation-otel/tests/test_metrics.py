"""Metrics: Foundation's own and the application's, through real readers and real peers."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from otlp_collector import OURS, Run, read_attributes

ROOT = Path(__file__).parents[3]

#: The metrics example of the founding document, as it stands there.
EXAMPLE = """
from provide.foundation.metrics import get_meter

meter = get_meter("performance_monitoring")
message_counter = meter.create_counter("messages_logged_total")
latency_histogram = meter.create_histogram("log_latency_seconds")
# Metrics are automatically collected and exported
"""

SERVE = """
import json, sys, time, urllib.request
from provide.foundation import *
from provide.foundation import LoggingConfig as L, MetricsConfig as M, TelemetryConfig as T
from provide.foundation.metrics import get_meter, prometheus_port

def scrape():
    address = f"http://127.0.0.1:{prometheus_port()}/metrics"
    return urllib.request.urlopen(address, timeout=10).read().decode()
"""


def read_samples(text: str) -> dict[str, float]:
    """Return the samples of a scrape, without the labels that name the scope."""
    samples = {}
    for row in text.splitlines():
        if not row.startswith("#"):
            name, _, value = row.rpartition(" ")
            name = re.sub(r'otel_scope_\w+="[^"]*",?', "", name).replace(",}", "}")
            samples[name.replace("{}", "")] = float(value)
    return samples


def test_example_without_sdk(run: Run) -> None:
    """The example runs with nothing set up; its instruments do nothing."""
    script = EXAMPLE + "message_counter.add(1)\nlatency_histogram.record(0.1)\nprint('[]')\n"

    assert [] == run(script).last


def test_example_beside_own_metrics(run: Run) -> None:
    """The example's instruments and ours keep their own counts in one process."""
    script = f"""{SERVE}
{EXAMPLE}
setup_telemetry(T(service_name="shop", logging=L(log_file="a.log"), metrics=M(prometheus_port=0)))
for number in range(640):
    logger.info("order_placed", number=number)
for number in range(3):
    logger.error("order_failed")
message_counter.add(5, {{"queue": "a"}})
latency_histogram.record(0.25)
scrape()
print(json.dumps(scrape()))
"""
    samples = read_samples(run(script).last)

    assert 640 == samples['foundation_messages_logged_total{level="info",output="a.log"}']
    assert 3 == samples['foundation_messages_logged_total{level="error",output="a.log"}']
    assert 5 == samples['messages_logged_total{queue="a"}']
    assert 1 == samples["log_latency_seconds_count"]
    assert 0.25 == samples["log_latency_seconds_sum"]
    # One call in 64, at each level: 10 and 1.
    assert 11 == samples["foundation_log_latency_seconds_count"]
    assert 0 < samples["foundation_log_latency_seconds_sum"] < 1


def test_dropped_lines_are_metrics(run: Run) -> None:
    """A line that an output could not write is counted by reason."""
    script = f"""{SERVE}
setup_telemetry(T(logging=L(log_file="/dev/full"), metrics=M(prometheus_port=0)))
for _ in range(4):
    logger.info("lost")
print(json.dumps(scrape()))
"""
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full")
    samples = read_samples(run(script).last)

    assert 4 == samples['foundation_messages_dropped_total{output="/dev/full",reason="enospc"}']


def test_metrics_over_otlp(collector: Any, run: Run) -> None:
    """Counts reach a collector, in the types that OpenTelemetry has for them."""
    script = """
import sys
from provide.foundation import *
setup_telemetry(TelemetryConfig(
    service_name="shop", logging=LoggingConfig(log_file="a.log"),
    metrics=MetricsConfig(exporters=["otlp"]),
    otlp=OtlpConfig(protocol=sys.argv[1], endpoint=sys.argv[2]),
))
for number in range(100):
    logger.info("order_placed")
"""
    run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    (resource,) = collector.metrics[-1].resource_metrics
    found = {m.name: m for scope in resource.scope_metrics for m in scope.metrics}
    (point,) = found["foundation.messages.logged"].sum.data_points
    assert "shop" == read_attributes(resource.resource.attributes)["service.name"]
    assert found["foundation.messages.logged"].sum.is_monotonic
    assert 100 == point.as_int
    assert {"level": "info", "output": "a.log"} == read_attributes(point.attributes)
    latency = found["foundation.log.latency"]
    assert "s" == latency.unit
    assert "1 call in 64" in latency.description
    assert 2 == latency.histogram.data_points[0].count


def test_standard_variables(run: Run, collector: Any, tmp_path: Path) -> None:
    """The standard variables alone start the export of metrics, time after time."""
    path = "/v1/metrics" if collector.protocol != "grpc" else ""
    # The program stays until the collector has heard of it three times, however slow the machine.
    script = """
import os, time
from provide.foundation import logger
logger.info("a")
while not os.path.exists("heard"):
    time.sleep(0.02)
"""

    def tell() -> None:
        while len(collector.metrics) < 3:
            time.sleep(0.02)
        (tmp_path / "heard").touch()

    threading.Thread(target=tell, daemon=True).start()
    run(
        script,
        OTEL_METRICS_EXPORTER="otlp",
        OTEL_EXPORTER_OTLP_PROTOCOL=collector.protocol,
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=f"http://127.0.0.1:{collector.port}{path}",
        OTEL_METRIC_EXPORT_INTERVAL="100",
    )

    assert len(collector.metrics) >= 3


def test_provider_of_the_application(run: Run) -> None:
    """A MeterProvider that the application sets, before or after, is used and not replaced."""
    script = """
import json, sys
from provide.foundation import *
from opentelemetry.metrics import get_meter_provider, set_meter_provider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

reader = InMemoryMetricReader()
provider = MeterProvider([reader])
exporters = ["console"] if sys.argv[1] == "before" else None
config = TelemetryConfig(logging=LoggingConfig(log_file="a.log"),
                         metrics=MetricsConfig(exporters=exporters))
if sys.argv[1] == "before":
    set_meter_provider(provider)
    setup_telemetry(config)
else:
    setup_telemetry(config)
    set_meter_provider(provider)
logger.info("counted")
assert get_meter_provider() is provider
data = json.loads(reader.get_metrics_data().to_json())
scopes = [scope for part in data["resource_metrics"] for scope in part["scope_metrics"]]
found = {metric["name"]: metric for scope in scopes for metric in scope["metrics"]}
print(json.dumps(found["foundation.messages.logged"]["data"]["data_points"][0]["value"]))
"""
    assert 1 == run(script, "before").last
    assert 1 == run(script, "after").last


def test_registry_of_the_application(run: Run) -> None:
    """Metrics go into a registry that the application serves itself; no port is opened."""
    script = f"""{SERVE}
from prometheus_client import CollectorRegistry, generate_latest
registry = CollectorRegistry()
setup_telemetry(T(logging=L(log_file="a.log"), metrics=M(prometheus_registry=registry)))
logger.info("counted")
assert prometheus_port() is None
print(json.dumps(generate_latest(registry).decode()))
"""
    samples = read_samples(run(script).last)

    assert 1 == samples['foundation_messages_logged_total{level="info",output="a.log"}']


def test_own_metrics_can_be_switched_off(run: Run) -> None:
    """With `enabled` off, the application's instruments are all there is."""
    script = f"""{SERVE}
setup_telemetry(T(logging=L(log_file="a.log"), metrics=M(prometheus_port=0, enabled=False)))
get_meter("app").create_counter("orders").add(2)
logger.info("uncounted")
print(json.dumps(scrape()))
"""
    text = run(script).last

    assert 2 == read_samples(text)["orders_total"]
    assert "foundation_messages" not in text


def test_busy_port_is_an_error(run: Run) -> None:
    """A port that somebody has is a ConfigurationError that names the field."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        script = f"""{SERVE}
try:
    setup_telemetry(T(logging=L(log_file="a.log"), metrics=M(prometheus_port=int(sys.argv[1]))))
except ConfigurationError as error:
    print(json.dumps(error.field))
"""
        assert "metrics.prometheus_port" == run(script, str(taken.getsockname()[1])).last


def test_nothing_is_imported_for_nothing(run: Run) -> None:
    """A set-up that exports nothing imports nothing of OpenTelemetry."""
    script = """
import json, sys
from provide.foundation import *
setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file="a.log")))
logger.info("plain")
print(json.dumps([name for name in sys.modules if name.startswith("opentelemetry")]))
"""
    assert [] == run(script).last


SERVICE = """
import sys, time
from provide.foundation import *
setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file="a.log"),
                                metrics=MetricsConfig(prometheus_port=0)))
from provide.foundation.metrics import prometheus_port
print(prometheus_port(), flush=True)
for number in range(1234):
    logger.info("order_placed", number=number)
for number in range(56):
    logger.warning("stock_low", number=number)
sys.stdin.read()
"""


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("prometheus") is None and "CI" not in os.environ,  # which has to have it
    reason="Debian's prometheus is missing",
)
def test_prometheus_counts_every_line(tmp_path: Path) -> None:
    """A real Prometheus scrapes a service, and its query API returns exactly the lines logged."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    service = subprocess.Popen(
        [sys.executable, "-c", SERVICE], cwd=tmp_path, env=kept, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert service.stdout is not None
    target = service.stdout.readline().strip()
    (tmp_path / "p.yml").write_text(
        "global: {scrape_interval: 1s}\n"
        "scrape_configs:\n"
        f"  - {{job_name: shop, static_configs: [{{targets: ['127.0.0.1:{target}']}}]}}\n",
        encoding="utf-8",
    )
    server = subprocess.Popen(
        ["prometheus", "--config.file=p.yml", "--storage.tsdb.path=d",
         f"--web.listen-address=127.0.0.1:{port}"],
        cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        expected = {"info": "1234", "warning": "56"}
        found: dict[str, str] = {}
        deadline = time.monotonic() + 40
        while found != expected and time.monotonic() < deadline:
            time.sleep(0.5)
            query = urllib.parse.quote("sum by (level) (foundation_messages_logged_total)")
            try:
                address = f"http://127.0.0.1:{port}/api/v1/query?query={query}"
                with urllib.request.urlopen(address, timeout=5) as answer:
                    result = json.load(answer)["data"]["result"]
            except OSError:  # it is not up yet
                continue
            found = {each["metric"]["level"]: each["value"][1] for each in result}
        assert expected == found
    finally:
        server.terminate()
        server.wait(20)
        service.communicate("", timeout=20)


@pytest.mark.parametrize("formatter", ["json", "key_value", "compact"])
def test_bytes_of_every_output(formatter: str, run: Run) -> None:
    """The bytes counted of an output are those of its file, whichever way the lines have come."""
    script = f"""{SERVE}
import os
log_config = L(log_file="a.log", console_formatter=sys.argv[1])
setup_telemetry(T(logging=log_config, metrics=M(prometheus_port=0)))
for number in range(50):
    logger.info("plain", number=number, text="caf\u00e9")
    logger.bind(order=number).warning("nested", many=[1, {{"a": "b" * number}}])
try:
    raise ValueError("no stock")
except ValueError:
    logger.exception("failed")
print(json.dumps([scrape(), os.path.getsize("a.log")]))
"""
    text, size = run(script, formatter).last

    assert size == read_samples(text)['foundation_sink_bytes_total{output="a.log"}']


@pytest.mark.skipif("not hasattr(__import__('os'), 'fork')")
@pytest.mark.parametrize("provider", ["ours", "application"])
def test_fork_counts_from_nothing(provider: str, run: Run) -> None:
    """A forked child's own metrics count its own lines, and its series begin at the fork."""
    script = f"""{SERVE}
import os, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads
from prometheus_client import CollectorRegistry, generate_latest
registry = CollectorRegistry()
if sys.argv[1] == "application":
    from opentelemetry.exporter.prometheus import PrometheusMetricReader
    from opentelemetry.metrics import set_meter_provider
    from opentelemetry.sdk.metrics import MeterProvider
    from prometheus_client import REGISTRY as registry
    set_meter_provider(MeterProvider([PrometheusMetricReader()]))
    config = M()
else:
    config = M(prometheus_registry=registry)
setup_telemetry(T(logging=L(log_file="a.log"), metrics=config))
for number in range(200):
    logger.info("parent", number=number)
logger.error("parent")
generate_latest(registry)
read, write = os.pipe()
child = os.fork()
if child == 0:
    before = generate_latest(registry).decode()
    for number in range(3):
        logger.info("child", number=number)
    after = generate_latest(registry).decode()
    os.write(write, json.dumps([before, after]).encode())
    os._exit(0)
os.close(write)
with open(read) as pipe:
    told = json.load(pipe)
assert os.waitpid(child, 0)[1] == 0
logger.info("parent")
print(json.dumps([*told, generate_latest(registry).decode()]))
"""
    before, after, parent = (read_samples(text) for text in run(script, provider).last)
    name = 'foundation_messages_logged_total{{level="{}",output="a.log"}}'

    assert {} == {key: value for key, value in before.items() if key.startswith("foundation")}
    assert 3 == after[name.format("info")]
    assert name.format("error") not in after
    assert after.get("foundation_log_latency_seconds_count", 0) <= 1
    assert 201 == parent[name.format("info")]
    assert 1 == parent[name.format("error")]


@pytest.mark.skipif("not hasattr(__import__('os'), 'fork')")
def test_fork_begins_new_series_over_otlp(run: Run, collector: Any) -> None:
    """What a child exports has counted from the fork on, under a start time of its own."""
    script = """
import os, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from provide.foundation import *
setup_telemetry(TelemetryConfig(
    service_name="shop", logging=LoggingConfig(log_file="a.log"),
    metrics=MetricsConfig(exporters=["otlp"]),
    otlp=OtlpConfig(protocol=sys.argv[1], endpoint=sys.argv[2]),
))
from opentelemetry.metrics import get_meter_provider
for number in range(100):
    logger.info("parent")
get_meter_provider().force_flush()
child = os.fork()
if child == 0:
    for number in range(7):
        logger.info("child")
    get_meter_provider().force_flush()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    points = [
        point
        for request in collector.metrics
        for resource in request.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == "foundation.messages.logged"
        for point in metric.sum.data_points
    ]
    assert [7, 100] == sorted({point.as_int for point in points})
    starts = {point.as_int: point.start_time_unix_nano for point in points}
    assert starts[7] > starts[100]
