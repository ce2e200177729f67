"""The exporter of lines, and what tells why a collector has refused a request.

OpenTelemetry's log exporters are not stable yet; of them, the log adapter uses what is made here.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from provide.foundation.otel.environment import text
from provide.foundation.otel.exporters import HTTP

_CREDENTIAL_PROVIDERS = (
    "OTEL_PYTHON_EXPORTER_OTLP_HTTP_LOGS_CREDENTIAL_PROVIDER",
    "OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER",
)
_HTTP_TOO_LARGE = 413
# What gRPC's own servers say: in C and Go, in Java.
_TOO_LARGE = ("larger than max", "exceeds maximum size")


def import_log_exporter(protocol: str) -> Any:
    """Return the module of a protocol's exporter of lines, everything it needs imported."""
    package = "grpc"
    if protocol == HTTP:
        package = "http"
        import_module("requests")  # the exporter does it later, perhaps in the moment of a fork
    return import_module(f"opentelemetry.exporter.otlp.proto.{package}._log_exporter")


def make_log_exporter(protocol: str, arguments: dict[str, Any]) -> tuple[Any, SizeWatch]:
    """Return an exporter, and what sees of its answers that a request was too large.

    The exporters return no more than failure, and write the reason to their logs.

    Args:
        protocol: One that `choose_protocol` returned.
        arguments: Those of the exporter's class.
    """
    kind, watch = import_log_exporter(protocol).OTLPLogExporter, SizeWatch()
    if protocol != HTTP:
        exporter = kind(**arguments)
        # It makes its stub anew when the collector has been away, with the same function.
        make_stub = getattr(exporter, "_stub", None)
        if make_stub is not None:
            exporter._stub = lambda channel: _WatchedStub(make_stub(channel))
            exporter._client = _WatchedStub(exporter._client)
        return exporter, watch
    if not any(text(name) for name in _CREDENTIAL_PROVIDERS):  # they bring a session of their own
        requests = import_module("requests")
        session = requests.Session()
        session.hooks["response"].append(watch.see_response)
        arguments = {**arguments, "session": session}
    return kind(**arguments), watch


class TooLarge(Exception):
    """Say that a request has more bytes than the collector takes."""


class SizeWatch:
    """Remember whether the latest answer over HTTP was that the request is too large."""

    def __init__(self) -> None:
        self.too_large = False

    def see_response(self, response: Any, *_: Any, **__: Any) -> None:
        """Look at an answer."""
        self.too_large = response.status_code == _HTTP_TOO_LARGE


class _WatchedStub:
    """Pass requests on to the stub of a gRPC exporter, which would repeat one that is too large.

    Args:
        stub: The stub.
    """

    def __init__(self, stub: Any) -> None:
        self._stub = stub

    def Export(self, *arguments: Any, **named: Any) -> Any:
        """Send one request.

        Raises:
            TooLarge: It has too many bytes; servers have the same code for having no room.
        """
        try:
            return self._stub.Export(*arguments, **named)
        except Exception as error:
            if hasattr(error, "code"):  # grpc.RpcError, which has no types
                given: Any = error
                said = str(given.details())
                exhausted = getattr(given.code(), "name", "") == "RESOURCE_EXHAUSTED"
                if exhausted and any(part in said for part in _TOO_LARGE):
                    raise TooLarge from error
            raise
