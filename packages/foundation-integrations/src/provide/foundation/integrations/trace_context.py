"""The trace that a request or task belongs to, by the header `traceparent`, on every line.

Where OpenTelemetry is in use, the trace goes into its context, and foundation-otel puts it on
lines. Where it is not, an extension of this package does, and needs nothing else.

Source: W3C Trace Context, https://www.w3.org/TR/trace-context/, section 3.2.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextvars import ContextVar
from importlib.util import find_spec
from typing import Any, cast

from provide.foundation import TelemetryConfig
from provide.foundation.extension import Extension, gather_constants
from provide.foundation.integrations._additions import Additions

__all__ = [
    "Trace",
    "bind_trace",
    "current_traceparent",
    "make_extension",
    "parse_cloud_trace",
    "parse_traceparent",
    "preview_extension",
    "restore_trace",
]

_HEADER = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
_CLOUD_HEADER = re.compile(r"([0-9a-f]{32})/(\d{1,20})(?:;o=([0-3]))?", re.ASCII)
_NO_TRACE = "0" * 32
_NO_SPAN = "0" * 16
#: What a line has besides its fields and what is the same in all lines.
_MEMBERS = ("timestamp", "level", "logger", "event", "trace_id", "span_id", "trace_flags")


class Trace:
    """Hold the ids of one trace; it never changes.

    Args:
        trace_id: 32 hexadecimal digits in lower case.
        span_id: The span of the caller, 16 such digits.
        flags: Two such digits; ``"01"``: the caller records it.
    """

    __slots__ = ("flags", "members", "span_id", "trace_id")

    def __init__(self, trace_id: str, span_id: str, flags: str) -> None:
        self.trace_id = trace_id
        self.span_id = span_id
        self.flags = flags
        text = f'"trace_id":"{trace_id}","span_id":"{span_id}","trace_flags":"{flags}"'
        #: What a line has of it, as JSON members.
        self.members = text.encode()

    @property
    def header(self) -> str:
        """Return the header that carries it on."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


#: Whether foundation-otel puts traces on lines, as the last set-up has found.
_by_otel = False
_CURRENT: ContextVar[Trace | None] = ContextVar("foundation_trace", default=None)


def parse_traceparent(header: str) -> Trace | None:
    """Return the trace that a header names; `None` if it is not valid, as the standard says."""
    # The length first: a header of any size costs no more than a glance.
    if not 55 <= len(header) <= 512:
        return None
    found = _HEADER.fullmatch(header)
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == "ff" or trace_id == _NO_TRACE or span_id == _NO_SPAN:
        return None
    if version == "00" and more:
        return None
    # The flags that are defined: "sampled", and "random" of level 2.
    return Trace(trace_id, span_id, f"{int(flags, 16) & 3:02x}")


def parse_cloud_trace(header: str) -> Trace | None:
    """Return the trace that Google's older header `X-Cloud-Trace-Context` names.

    It is ``TRACE/SPAN;o=FLAG``: the trace in hexadecimal digits, the span as a decimal number.

    Source: https://cloud.google.com/trace/docs/trace-context#legacy-http-header
    """
    found = _CLOUD_HEADER.fullmatch(header) if 34 <= len(header) <= 64 else None
    if found is None:
        return None
    trace_id, number, flag = found.groups()
    span = int(number)
    if trace_id == _NO_TRACE or not 0 < span < 1 << 64:
        return None
    return Trace(trace_id, f"{span:016x}", "01" if flag == "1" else "00")


def bind_trace(trace: Trace | None) -> object:
    """Put the ids of a trace on every later line of the present task or thread.

    A span of OpenTelemetry that is already there stays.

    Args:
        trace: What `parse_traceparent` has returned; `None`: no trace.

    Returns:
        What `restore_trace` takes to have it as it was.
    """
    if _by_otel and trace is not None:
        import opentelemetry.trace  # noqa: F401 - foundation-otel looks there, once it is loaded
    api = _find_otel()
    if api is None:
        earlier = _CURRENT.get()
        if earlier is not trace:
            _CURRENT.set(trace)
        return earlier
    if trace is None or api.get_current_span().get_span_context().is_valid:
        return None
    ids = api.SpanContext(
        int(trace.trace_id, 16),
        int(trace.span_id, 16),
        is_remote=True,
        trace_flags=api.TraceFlags(int(trace.flags, 16)),
    )
    context = sys.modules["opentelemetry.context"]
    before = context.get_current()
    made = api.set_span_in_context(api.NonRecordingSpan(ids), before)
    context.attach(made)
    return _Attached(before, made)


class _Attached:
    """Hold the contexts of OpenTelemetry before a trace was bound, and after."""

    __slots__ = ("before", "made")

    def __init__(self, before: object, made: object) -> None:
        self.before = before
        self.made = made


def restore_trace(earlier: object) -> None:
    """Put back what `bind_trace` has found, in the same task or thread."""
    if not isinstance(earlier, _Attached):
        if _CURRENT.get() is not earlier:
            _CURRENT.set(cast("Trace | None", earlier))
        return
    context = sys.modules["opentelemetry.context"]
    # What somebody has attached since, a span around the next request, is not ours to take away.
    if context.get_current() is earlier.made:
        # Set, not detached: the token may be of another context, which is an error there.
        context.attach(earlier.before)


def current_traceparent() -> str | None:
    """Return the header `traceparent` of the present context, to be sent on; `None`: no trace."""
    trace = _CURRENT.get()
    if trace is not None:
        return trace.header
    api = _find_otel()
    if api is None:
        return None
    span = api.get_current_span().get_span_context()
    if not span.is_valid:
        return None
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{int(span.trace_flags):02x}"


class _TraceFields:
    """Give the members of the present trace."""

    __slots__ = ("version_stamp",)

    def __init__(self) -> None:
        #: A trace never changes, so it says itself whether what it gave still holds.
        self.version_stamp: Callable[[], object] = _CURRENT.get

    def __call__(self) -> bytes:
        trace = _CURRENT.get()
        return trace.members if trace is not None else b""


def make_extension(config: TelemetryConfig) -> Extension | None:
    """Return what core asks for the trace of each line, and what other modules here add to it.

    The trace is foundation-otel's matter where that is installed.

    Args:
        config: The whole configuration.
    """
    global _by_otel
    allowed = config.logging.extensions
    _by_otel = (allowed is None or "foundation-otel" in allowed) and _has_otel()
    Additions.asked = True
    Additions.members = (*_MEMBERS, *gather_constants(config))
    trace_fields = Additions.trace_fields or (None if _by_otel else _TraceFields())
    if trace_fields is None and Additions.exporter is None:
        return None
    return Extension(
        "foundation-integrations",
        trace_fields=trace_fields,
        exporter=Additions.exporter,
        flush=Additions.flush,
    )


def preview_extension(config: TelemetryConfig) -> Extension | None:
    """Return what `make_extension` would."""
    return make_extension(config)


def _find_otel() -> Any:
    """Return OpenTelemetry's module of traces where foundation-otel writes what stands there."""
    api = sys.modules.get("opentelemetry.trace")
    # One that another thread is importing is not complete yet.
    return api if api is not None and _by_otel and hasattr(api, "get_current_span") else None


def _has_otel() -> bool:
    name = "provide.foundation.otel"
    return name in sys.modules or find_spec(name) is not None
