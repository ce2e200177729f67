"""OpenTelemetry for Foundation: trace ids on every line, metrics, and lines as OTLP records.

Installing the distribution is enough: core finds `make_extension` through its entry point. What
is exported, and where to, stands in `provide.foundation.MetricsConfig` and `OtlpConfig`, or in
OpenTelemetry's own variables.
"""

from provide.foundation.otel._version import __version__
from provide.foundation.otel.extension import make_extension, preview_extension

__all__ = ["__version__", "make_extension", "preview_extension"]
