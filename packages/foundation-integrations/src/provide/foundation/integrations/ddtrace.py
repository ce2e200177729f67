"""The ids of Datadog's tracer on every line, by one call of `add_datadog_ids`.

ddtrace puts them on records of `logging`, and on nothing else. Behind that call all lines have the
trace and the span that ddtrace is in, records of `logging` among them, and ddtrace leaves records
as they are. What it says itself is lines, too.

May import: the standard library, ddtrace and the public names of `provide.foundation`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from provide.foundation import get_logger
from provide.foundation.extension import DIAGNOSTICS, LEVEL_NAMES, LEVELS, TRACE, let_through
from provide.foundation.integrations._additions import Additions
from provide.foundation.integrations._frameworks import need

need("ddtrace", "3.0", __name__)

import ddtrace  # noqa: E402 - the check comes first
from ddtrace.trace import tracer  # noqa: E402

__all__ = ["add_datadog_ids"]


class _TraceFields:
    """Give the ids of the span that is active, as `trace_id` and `span_id`.

    The schema ``datadog`` writes them as `dd.trace_id` and `dd.span_id`, in the digits of ddtrace.
    """

    __slots__ = ("version_stamp",)

    def __init__(self) -> None:
        #: The active span or context itself: its ids never change.
        self.version_stamp: Callable[[], object] = tracer.context_provider.active

    def __call__(self) -> bytes:
        active: Any = tracer.context_provider.active()
        if active is None or not active.trace_id or not active.span_id:
            return b""
        return b'"trace_id":"%032x","span_id":"%016x"' % (active.trace_id, active.span_id)


def add_datadog_ids() -> None:
    """Put the ids of Datadog's tracer on every line from the next set-up on.

    Call it before `setup_telemetry`. It may be called any number of times.
    """
    if Additions.trace_fields is not None:
        return
    Additions.trace_fields = _TraceFields()
    if Additions.asked:
        DIAGNOSTICS.report_once(
            "ddtrace", "lines get Datadog's ids from the next set-up on: call this before that",
            {"function": f"{__name__}.add_datadog_ids"},
        )  # fmt: skip
    # Records that become lines would have them twice.
    settings: Any = ddtrace.config
    if hasattr(settings, "_logs_injection"):
        settings._logs_injection = False
    owner = logging.getLogger("ddtrace")
    plain = [each for each in owner.handlers if type(each) is logging.StreamHandler]
    owner.handlers = [*(each for each in owner.handlers if each not in plain), _Handler()]
    owner.propagate = False


class _Handler(logging.Handler):
    """Write what ddtrace says as lines, behind Foundation's end as well.

    ddtrace sends its last traces when the interpreter ends, and says then which it has lost.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            level = max((each for each in LEVELS if each <= record.levelno), default=TRACE)
            write = getattr(get_logger(record.name), LEVEL_NAMES[level])
            write(record.getMessage(), exc_info=record.exc_info or None)
        except Exception:  # as every handler: what logs goes on
            let_through()
            self.handleError(record)
