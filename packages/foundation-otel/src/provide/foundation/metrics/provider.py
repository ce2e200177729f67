"""The MeterProvider that `setup_telemetry` makes where the application has set none.

OpenTelemetry takes one MeterProvider a process, for good. So the first set-up that asks for an
export makes it; a later one that asks for something else is told that it comes too late.
"""

from __future__ import annotations

import atexit
import inspect
import threading
from collections.abc import Mapping
from typing import Any

from opentelemetry import metrics as api
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    ConsoleMetricExporter,
    MetricReader,
    PeriodicExportingMetricReader,
)

from provide.foundation import ConfigurationError, MetricsConfig, OtlpConfig
from provide.foundation.extension import DIAGNOSTICS, call_holding
from provide.foundation.metrics.own import OWN, offer_own_metrics
from provide.foundation.otel.environment import listed, milliseconds, number, text
from provide.foundation.otel.exporters import make_metric_exporter
from provide.foundation.otel.resource import make_resource

_EXPORTERS = ("otlp", "prometheus", "console")


class _State:
    """Hold what the first set-up that asked for an export has made."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.provider: MeterProvider | None = None
        self.asked: object = None
        self.port: int | None = None


_STATE = _State()


def wanted_exporters(config: MetricsConfig) -> tuple[str, ...]:
    """Return the exporters that a configuration asks for, or the environment where it is silent.

    Raises:
        ConfigurationError: OTEL_METRICS_EXPORTER names one that there is not.
    """
    if config.exporters is not None:
        names = config.exporters
    elif config.wants_export:
        names = ()
    else:
        names = listed("OTEL_METRICS_EXPORTER", _EXPORTERS)
    serves = config.prometheus_port is not None or config.prometheus_registry is not None
    return (*names, "prometheus") if serves and "prometheus" not in names else tuple(names)


def start_metrics(
    constants: Mapping[str, Any], config: MetricsConfig, otlp: OtlpConfig, *, exported: bool = False
) -> None:
    """Offer Foundation's own metrics, and make a MeterProvider if one is needed.

    Args:
        constants: What all lines have alike.
        config: What is exported, and where to.
        otlp: How OTLP reaches the collector.
        exported: Whether lines go out over OTLP.

    Raises:
        ConfigurationError: A package is missing, an address cannot be served on, or a variable's
            value is not allowed.
    """
    OWN.enabled = config.enabled
    names = wanted_exporters(config)
    # But for the process id: the provider of a forked child is the parent's.
    shared = {name: value for name, value in constants.items() if name != "pid"}
    call_holding(_STATE.lock, _make_provider, shared, names, config, otlp)
    offer_own_metrics(exported=exported)


def _make_provider(
    constants: Mapping[str, Any], names: tuple[str, ...], config: MetricsConfig, otlp: OtlpConfig
) -> None:
    asked = (constants, names, config, otlp)
    if _STATE.provider is not None:
        if asked != _STATE.asked:
            DIAGNOSTICS.report_once(
                "otel:metrics", "metrics go where the first set-up sent them", {"asked": names}
            )
    elif names and not has_provider():
        readers = [_make_reader(name, config, otlp) for name in dict.fromkeys(names)]
        provider = MeterProvider(readers, make_resource(constants), shutdown_on_exit=False)
        api.set_meter_provider(provider)
        _STATE.provider, _STATE.asked = provider, asked
        atexit.register(_stop, provider, otlp.exit_timeout_s)


def has_provider() -> bool:
    """Say whether the application has set a MeterProvider already."""
    return not type(api.get_meter_provider()).__name__.startswith("_Proxy")


def served_port() -> int | None:
    """Return the port of ``/metrics``, or None."""
    return _STATE.port


def _make_reader(name: str, config: MetricsConfig, otlp: OtlpConfig) -> MetricReader:
    if name == "prometheus":
        return _serve_prometheus(config)
    exporter = ConsoleMetricExporter() if name == "console" else make_metric_exporter(otlp)
    interval_s = config.export_interval_s
    if interval_s is None:
        interval_s = milliseconds("OTEL_METRIC_EXPORT_INTERVAL")
    return PeriodicExportingMetricReader(
        exporter, export_interval_millis=None if interval_s is None else interval_s * 1000
    )


def _serve_prometheus(config: MetricsConfig) -> MetricReader:
    try:
        from opentelemetry.exporter.prometheus import PrometheusMetricReader
        from prometheus_client import CollectorRegistry, start_http_server
    except ImportError as error:
        allowed = "any, once foundation-otel[prometheus] is installed"
        raise ConfigurationError("metrics.exporters", "prometheus", allowed) from error
    registry: Any = config.prometheus_registry
    if registry is not None:
        return _make_prometheus_reader(PrometheusMetricReader, registry)
    registry = CollectorRegistry()
    host = config.prometheus_host or text("OTEL_EXPORTER_PROMETHEUS_HOST") or "127.0.0.1"
    port = config.prometheus_port
    if port is None:
        port = number("OTEL_EXPORTER_PROMETHEUS_PORT", 0, 65_535)
    port = 9464 if port is None else port
    try:
        server, _ = start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        allowed = f"a port of {host} that is free ({error})"
        raise ConfigurationError("metrics.prometheus_port", port, allowed) from error
    _STATE.port = server.server_port
    return _make_prometheus_reader(PrometheusMetricReader, registry)


def _make_prometheus_reader(kind: Any, registry: Any) -> MetricReader:
    made: MetricReader
    if "registry" in inspect.signature(kind).parameters:
        made = kind(registry=registry)
        return made
    # With 1.39 every reader goes into the registry of the process, and its end looks there too.
    from prometheus_client import REGISTRY

    class Reader(kind):  # type: ignore[misc]
        def shutdown(self, timeout_millis: float = 30_000, **_: Any) -> None:
            registry.unregister(self._collector)

    made = Reader()
    REGISTRY.unregister(made._collector)
    registry.register(made._collector)
    return made


def _stop(provider: MeterProvider, timeout_s: float) -> None:
    try:
        provider.shutdown(timeout_millis=max(timeout_s, 0.001) * 1000)
    except Exception:  # shut-down never raises: no traceback of ours over the end of a program
        DIAGNOSTICS.report_once("otel:exit", "metrics could not be exported at exit", {})
