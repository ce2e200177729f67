"""Which exporter reaches the collector, and with what; the exporters' packages are extras.

What the configuration leaves at None is not passed on, so that the exporter reads the variables
itself: it knows their forms for each signal.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from provide.foundation import ConfigurationError, OtlpConfig
from provide.foundation.otel.environment import text

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricExporter

GRPC = "grpc"
HTTP = "http/protobuf"
_PACKAGES = {
    HTTP: ("opentelemetry.exporter.otlp.proto.http", "otlp-http"),
    GRPC: ("opentelemetry.exporter.otlp.proto.grpc", "otlp-grpc"),
}


def choose_protocol(otlp: OtlpConfig, signal: str) -> str:
    """Return the protocol for ``logs`` or ``metrics``: what was asked for, else what is installed.

    Raises:
        ConfigurationError: Its exporter is not installed, or there is no such protocol.
    """
    variables = (f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    named = next((name for name in variables if text(name)), "otlp.protocol")
    asked = otlp.protocol or text(*variables)
    for protocol, (module, extra) in _PACKAGES.items():
        if asked in (None, protocol) and _is_installed(module):
            return protocol
        if asked == protocol:
            allowed = f"any, once foundation-otel[{extra}] is installed"
            raise ConfigurationError(named, asked, allowed)
    allowed = " | ".join(sorted(_PACKAGES))
    if asked is None:
        allowed += ", once foundation-otel[otlp-http] or foundation-otel[otlp-grpc] is installed"
    raise ConfigurationError(named, asked, allowed)


def exporter_arguments(otlp: OtlpConfig, protocol: str, signal: str) -> dict[str, Any]:
    """Return the arguments of an exporter's class, those that the configuration has.

    Args:
        otlp: The configuration.
        protocol: One that `choose_protocol` returned.
        signal: ``logs`` or ``metrics``.

    Raises:
        ConfigurationError: The file of certificates cannot be read.
    """
    arguments: dict[str, Any] = {}
    if otlp.endpoint is not None:
        path = f"/v1/{signal}" if protocol == HTTP else ""
        arguments["endpoint"] = otlp.endpoint.rstrip("/") + path
    if otlp.headers is not None:
        arguments["headers"] = dict(otlp.headers)
    if otlp.timeout_s is not None:
        arguments["timeout"] = otlp.timeout_s
    if otlp.certificate_file is not None:
        certificate = _read_certificate(otlp.certificate_file)
        if protocol == HTTP:
            arguments["certificate_file"] = otlp.certificate_file
        else:
            grpc: Any = import_module("grpc")  # it has no types
            arguments["credentials"] = grpc.ssl_channel_credentials(certificate)
    return arguments


def make_metric_exporter(otlp: OtlpConfig) -> MetricExporter:
    """Return what sends metrics to the collector.

    Raises:
        ConfigurationError: As `choose_protocol` and `exporter_arguments`.
    """
    protocol = choose_protocol(otlp, "metrics")
    arguments = exporter_arguments(otlp, protocol, "metrics")
    if protocol == HTTP:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

        return OTLPMetricExporter(**arguments)
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import (
        OTLPMetricExporter as GrpcMetricExporter,
    )

    return GrpcMetricExporter(**arguments)


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package above it
        return False


def _read_certificate(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        allowed = f"a file of certificates that can be read ({error})"
        raise ConfigurationError("otlp.certificate_file", path, allowed) from error
