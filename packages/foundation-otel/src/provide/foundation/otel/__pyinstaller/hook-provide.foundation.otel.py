"""What PyInstaller cannot see of foundation-otel: its metadata, and what OpenTelemetry looks up."""

from importlib.util import find_spec

from PyInstaller.utils.hooks import collect_entry_point, collect_submodules, copy_metadata

#: Where OpenTelemetry looks for its own parts, with metadata alone.
_GROUPS = (
    "opentelemetry_context",
    "opentelemetry_environment_variables",
    "opentelemetry_id_generator",
    "opentelemetry_meter_provider",
    "opentelemetry_propagator",
    "opentelemetry_resource_detector",
    "opentelemetry_tracer_provider",
)
#: Exporters are imported by name, when a configuration asks for them.
_EXPORTERS = (
    "opentelemetry.exporter.otlp.proto.grpc",
    "opentelemetry.exporter.otlp.proto.http",
    "opentelemetry.exporter.prometheus",
)


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ImportError:  # a package above it is missing
        return False


datas = copy_metadata("foundation-otel")
hiddenimports = [
    name
    for package in ("provide.foundation.otel", "provide.foundation.metrics")
    for name in collect_submodules(package, filter=lambda name: "__" not in name)
]
for _group in _GROUPS:
    _datas, _names = collect_entry_point(_group)
    datas += _datas
    hiddenimports += _names
for _exporter in filter(_is_there, _EXPORTERS):
    hiddenimports += collect_submodules(_exporter)
