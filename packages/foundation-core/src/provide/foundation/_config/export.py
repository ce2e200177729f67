"""The configuration of metrics and of OTLP export.

Core acts on neither: foundation-otel reads both at set-up. They stand here so that one
`TelemetryConfig` holds everything, and so that a mistake shows without OpenTelemetry installed.
For a field that is None, foundation-otel reads the standard variable of OpenTelemetry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from provide.foundation._config.attributes import field, frozen
from provide.foundation._config.section import (
    Section,
    be_flag,
    be_flag_or_none,
    be_integer_or_none,
    be_text_or_none,
)
from provide.foundation._config.values.checks import (
    LONGEST_TIMEOUT_S,
    check_choice,
    check_level,
    check_names,
    check_path,
    check_seconds,
)
from provide.foundation._config.values.mappings import ModuleLevels
from provide.foundation.errors import ConfigurationError

METRIC_EXPORTERS = ("otlp", "prometheus", "console")
PROTOCOLS = ("grpc", "http/protobuf")


class Headers(ModuleLevels):
    """Map names of headers to their values, for good; its repr shows no value."""

    def __repr__(self) -> str:
        return repr(dict.fromkeys(self, "***"))


def _exporters(value: Sequence[str] | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    names = check_names(value, "metrics.exporters")
    return tuple(check_choice(name, "metrics.exporters", METRIC_EXPORTERS) for name in names)


def _export_interval_s(value: float | None) -> float | None:
    return None if value is None else _more_than_no_time(value, "metrics.export_interval_s")


def _be_registry_or_none(config: Any, attribute: Any, value: object) -> None:
    if value is not None and not callable(getattr(value, "register", None)):
        allowed = "a prometheus_client.CollectorRegistry"
        raise ConfigurationError(f"{config.SECTION}.{attribute.name}", value, allowed)


@frozen(kw_only=True, eq=False, repr=False)
class MetricsConfig(Section):
    """Hold which metrics there are, and where they go; foundation-otel acts on it.

    Instruments of the application, made through `provide.foundation.metrics.get_meter`, go to the
    same place. If the application has set a MeterProvider of its own, that one is used, and only
    `enabled` has a meaning.

    Args:
        enabled: Whether Foundation's own metrics are given out. Default True.
        exporters: Any of ``otlp``, ``prometheus`` and ``console``; an empty list is none. Default
            None, which means: what OTEL_METRICS_EXPORTER names, and ``prometheus`` where
            `prometheus_port` or `prometheus_registry` is given.
        export_interval_s: Seconds between two exports over OTLP or to the console, more than 0
            and up to 3,600. Default `None`: OTEL_METRIC_EXPORT_INTERVAL, which is in milliseconds,
            else 60.
        prometheus_host: The address that ``/metrics`` is served on. Default `None`:
            OTEL_EXPORTER_PROMETHEUS_HOST, else 127.0.0.1, which no other machine reaches.
        prometheus_port: Its port, 0 to 65,535; 0 takes any that is free. Default `None`:
            OTEL_EXPORTER_PROMETHEUS_PORT, else 9464.
        prometheus_registry: A `prometheus_client.CollectorRegistry` that the application serves
            itself; no port is opened then. Default None.

    Raises:
        ConfigurationError: A value is not allowed.
    """

    SECTION: ClassVar[str] = "metrics"

    enabled: bool = field(default=True, validator=be_flag)
    exporters: tuple[str, ...] | None = field(default=None, converter=_exporters)
    export_interval_s: float | None = field(default=None, converter=_export_interval_s)
    prometheus_host: str | None = field(default=None, validator=be_text_or_none)
    prometheus_port: int | None = field(default=None, validator=be_integer_or_none(0, 65_535))
    prometheus_registry: Any = field(default=None, validator=_be_registry_or_none)

    @property
    def wants_export(self) -> bool:
        """Return whether some way of export is switched on here, in so many words."""
        asked = (self.prometheus_port, self.prometheus_registry)
        return bool(self.exporters) or any(each is not None for each in asked)


def _level(value: str | int | None) -> str | None:
    return None if value is None else check_level(value, "otlp.level")


def _protocol(value: str | None) -> str | None:
    return None if value is None else check_choice(value, "otlp.protocol", PROTOCOLS)


def _be_endpoint_or_none(config: Any, attribute: Any, value: object) -> None:
    if value is not None and not (
        isinstance(value, str) and value.startswith(("http://", "https://"))
    ):
        allowed = "an address that begins with http:// or https://"
        raise ConfigurationError(f"{config.SECTION}.{attribute.name}", value, allowed)


def _headers(value: Mapping[str, str] | None) -> Mapping[str, str] | None:
    if value is None:
        return None
    given: object = value
    if isinstance(given, Mapping) and all(
        isinstance(part, str) for pair in given.items() for part in pair
    ):
        return Headers(given)
    # The value may hold a token, and an error is printed.
    raise ConfigurationError("otlp.headers", type(value), "a mapping of strings to strings")


def _certificate_file(value: str | None) -> str | None:
    return None if value is None else check_path(value, "otlp.certificate_file")


def _timeout_s(value: float | None) -> float | None:
    return None if value is None else _more_than_no_time(value, "otlp.timeout_s")


def _delay_s(value: float | None) -> float | None:
    return None if value is None else _more_than_no_time(value, "otlp.delay_s")


def _exit_timeout_s(value: float) -> float:
    return check_seconds(value, "otlp.exit_timeout_s")


def _more_than_no_time(value: object, field: str) -> float:
    seconds = check_seconds(value, field)
    if seconds > 0:
        return seconds
    allowed = f"a number of seconds of more than 0 and up to {LONGEST_TIMEOUT_S:.0f}"
    raise ConfigurationError(field, value, allowed)


@frozen(kw_only=True, eq=False, repr=False)
class OtlpConfig(Section):
    """Hold how telemetry leaves the process over OTLP; foundation-otel acts on it.

    `endpoint`, `protocol`, `headers`, `certificate_file` and `timeout_s` hold for metrics as well;
    the rest is for lines. If the application has set a LoggerProvider of its own, lines go there.

    Args:
        logs: Whether lines are exported as OTLP log records, beside the outputs. Default None,
            which means: if OTEL_LOGS_EXPORTER names ``otlp``.
        level: The lowest level that is exported, stored in upper case; it narrows what the
            loggers' own levels let through. Default None, all of that.
        endpoint: The collector, such as ``http://127.0.0.1:4318``; over HTTP, ``/v1/logs`` and
            ``/v1/metrics`` are added to it. Default `None`: OTEL_EXPORTER_OTLP_LOGS_ENDPOINT,
            OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT, else the loopback.
        protocol: ``grpc`` or ``http/protobuf``. Default `None`: OTEL_EXPORTER_OTLP_PROTOCOL and its
            forms for one signal, else the one that is installed, HTTP if both are.
        headers: Headers of every request, such as an access token. Default `None`:
            OTEL_EXPORTER_OTLP_HEADERS and its forms for one signal.
        certificate_file: The certificates that the collector's own is checked against, PEM.
            Default `None`: OTEL_EXPORTER_OTLP_CERTIFICATE and its forms for one signal, else those
            of the system.
        timeout_s: How many seconds one export may take with all its repetitions, more than 0 and
            up to 3,600. Default `None`: OTEL_EXPORTER_OTLP_TIMEOUT and its forms for one signal,
            for lines OTEL_BLRP_EXPORT_TIMEOUT (in milliseconds), else 10.
        queue_size: How many lines may wait for the export, 1 or more; a line that finds no place
            is dropped and counted. Default `None`: OTEL_BLRP_MAX_QUEUE_SIZE, else 65,536.
        batch_size: How many lines one request holds at most, 1 or more. Default `None`:
            OTEL_BLRP_MAX_EXPORT_BATCH_SIZE, else 512.
        delay_s: How many seconds a line waits for others to fill its batch, more than 0 and up to
            3,600. Default `None`: OTEL_BLRP_SCHEDULE_DELAY (in milliseconds), else 1.
        exit_timeout_s: How many seconds the exit of the program may wait for lines that have not
            been exported yet, 0 to 3,600; the rest is dropped and counted. Default 5.0.
        names_in_bodies: Whether a line whose event is a name, such as ``order_placed``, has it as
            its body as well as its EventName, for back ends that show bodies alone. Default False.

    Raises:
        ConfigurationError: A value is not allowed.
    """

    SECTION: ClassVar[str] = "otlp"

    logs: bool | None = field(default=None, validator=be_flag_or_none)
    level: str | None = field(default=None, converter=_level)
    endpoint: str | None = field(default=None, validator=_be_endpoint_or_none)
    protocol: str | None = field(default=None, converter=_protocol)
    headers: Mapping[str, str] | None = field(default=None, converter=_headers)
    certificate_file: str | None = field(default=None, converter=_certificate_file)
    timeout_s: float | None = field(default=None, converter=_timeout_s)
    queue_size: int | None = field(default=None, validator=be_integer_or_none(1))
    batch_size: int | None = field(default=None, validator=be_integer_or_none(1))
    delay_s: float | None = field(default=None, converter=_delay_s)
    exit_timeout_s: float = field(default=5.0, converter=_exit_timeout_s)
    names_in_bodies: bool = field(default=False, validator=be_flag)
