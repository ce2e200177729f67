"""What core gets of this distribution at set-up; OpenTelemetry is imported where it is asked for.

A program that neither exports anything nor imports OpenTelemetry itself pays for none of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from time import monotonic
from types import ModuleType
from typing import TYPE_CHECKING, Any

import provide.foundation.otel.counts  # noqa: F401  from here on a fork is noticed
from provide.foundation import MetricsConfig, OtlpConfig, TelemetryConfig
from provide.foundation.extension import Exporter, Extension, ImportWatch, gather_constants
from provide.foundation.otel.correlation import Correlation
from provide.foundation.otel.environment import flag, listed

if TYPE_CHECKING:
    from provide.foundation.otel.export import Export

_LOG_EXPORTERS = ("otlp", "console")


def make_extension(config: TelemetryConfig) -> Extension | None:
    """Return what is added to each line under a configuration, and start the export.

    Args:
        config: The whole configuration; `metrics` and `otlp` are read, the service's name, and
            whether the lines of `logging` come here.

    Raises:
        ConfigurationError: An exporter's package is not installed, an address cannot be served on,
            or a variable of OpenTelemetry has a value that is not allowed.
    """
    correlation = Correlation()
    stops: list[Callable[[], None]] = [correlation.stop]
    exporter: Exporter | None = None
    flush: Callable[[float], bool] | None = None
    if not flag("OTEL_SDK_DISABLED"):
        metrics, otlp = config.metrics or MetricsConfig(), config.otlp or OtlpConfig()
        exported = _exports_lines(otlp)
        constants = gather_constants(config)
        stops.append(_start_metrics(constants, metrics, otlp, exported))
        if exported:
            from provide.foundation.otel.export import start_export  # the SDK, 150 ms

            caller = [name for name in ("thread", "task") if getattr(config.logging, name)]
            export = start_export(constants, otlp, caller)
            exporter, flush = export, _flush_both(export)
            stops.append(export.stop)
            if config.logging.capture_stdlib:
                from provide.foundation.otel.handlers import set_aside

                stops.append(set_aside())
    correlation.start()

    def stop() -> None:
        for each in stops:
            each()

    return Extension(
        "foundation-otel", trace_fields=correlation, exporter=exporter, stop=stop, flush=flush
    )


def preview_extension(config: TelemetryConfig) -> Extension:
    """Return what `make_extension` would add to each line, and start nothing.

    Args:
        config: The whole configuration.

    Raises:
        ConfigurationError: A variable of OpenTelemetry has a value that is not allowed.
    """
    exported = not flag("OTEL_SDK_DISABLED") and _exports_lines(config.otlp or OtlpConfig())
    exporter = _export_nothing if exported else None
    return Extension("foundation-otel", trace_fields=Correlation(), exporter=exporter)


def _export_nothing(*_line: Any) -> None:
    """Stand in for an export that nobody has started."""


def _flush_both(export: Export) -> Callable[[float], bool]:
    """Return what flushes the export, and then the LoggerProvider that it hands lines to."""
    from provide.foundation.otel.log_adapter import flush_provider

    def flush(timeout_s: float) -> bool:
        deadline = monotonic() + timeout_s
        done = export.flush(timeout_s)
        return flush_provider(max(deadline - monotonic(), 0.0)) and done

    return flush


def _exports_lines(otlp: OtlpConfig) -> bool:
    if otlp.logs is not None:
        return otlp.logs
    return "otlp" in listed("OTEL_LOGS_EXPORTER", _LOG_EXPORTERS)


def _start_metrics(
    constants: Mapping[str, Any], metrics: MetricsConfig, otlp: OtlpConfig, exported: bool
) -> Callable[[], None]:
    """Start metrics now, or when the application imports OpenTelemetry's; return what stops it."""
    asked = metrics.wants_export or listed(
        "OTEL_METRICS_EXPORTER", ("otlp", "prometheus", "console")
    )
    if asked:
        from provide.foundation.metrics.provider import start_metrics  # the SDK, 150 ms

        start_metrics(constants, metrics, otlp, exported=exported)
        return lambda: None

    def offer(_module: ModuleType) -> None:
        from provide.foundation.metrics.own import OWN

        OWN.enabled = metrics.enabled
        OWN.offer(exported=exported)

    name = "opentelemetry.metrics"
    if name in sys.modules:
        offer(sys.modules[name])
        return lambda: None
    watch = ImportWatch(name, offer)
    watch.start()
    return watch.stop
