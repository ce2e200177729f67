"""OpenTelemetry for Foundation: trace correlation and OTLP logs will live here.

Two things are planned: a `fragment` stage that adds `trace_id`, `span_id` and `trace_flags` of the
current span to each line, and the export of lines as OTLP log records. Neither is written yet:
this release carries a version and no behaviour, registers nothing with core, and does not depend
on the OpenTelemetry packages.

May import: the standard library and the public names of `provide.foundation`.
"""

from provide.foundation.otel._version import __version__

__all__ = ["__version__"]
