"""Values as OTLP can hold them, and what a line says of itself under OpenTelemetry's names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provide.foundation.extension import format_exception

_SMALLEST_INT, _LARGEST_INT = -(1 << 63), (1 << 63) - 1


def describe(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return exception, stack and call site under OpenTelemetry's names.

    Source: https://opentelemetry.io/docs/specs/semconv/attributes-registry/
    """
    found: dict[str, Any] = {}
    exception = details.get("exception")
    if isinstance(exception, Mapping):
        found["exception.type"] = make_value(exception.get("type"))
        found["exception.message"] = make_value(exception.get("message"))
        found["exception.stacktrace"] = make_encodable(format_exception(exception))
    elif exception is not None:  # the text of a processor that has rendered it
        found["exception.stacktrace"] = make_encodable(str(exception))
    if details.get("stack_trace"):  # as Python prints it, which an output wants
        found["exception.stacktrace"] = make_encodable(str(details["stack_trace"]))
    if details.get("stack"):
        found["code.stacktrace"] = make_encodable(str(details["stack"]))
    callsite = details.get("callsite")
    if callsite:
        found["code.file.path"] = make_value(callsite.get("file"))
        found["code.line.number"] = make_value(callsite.get("line"))
        found["code.function.name"] = make_value(callsite.get("function"))
    return found


def make_value(value: Any) -> Any:
    """Return a plain value as OTLP can hold it: integers have 64 bits, texts no lone surrogates."""
    kind = type(value)
    if kind is str:
        return make_encodable(value)
    if kind is int and not _SMALLEST_INT <= value <= _LARGEST_INT:
        return str(value)
    if kind is list or kind is tuple:
        return [make_value(each) for each in value]
    if isinstance(value, Mapping):
        return {str(make_value(key)): make_value(each) for key, each in value.items()}
    return value


def make_encodable(text: str) -> str:
    """Return a text with its lone surrogates written out, as protobuf takes UTF-8 only."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
