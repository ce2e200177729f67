"""Functions of AWS Lambda: one line an invocation, its id on all lines, nothing lost by the freeze.

The platform freezes the process between two invocations, and may end it there: what waits in a
queue by then is late, or lost. So queues are emptied before the handler's answer goes out.

May import: the standard library and the public names of `provide.foundation`.
"""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any, Literal, TypeVar, overload

from provide.foundation import ConfigurationError, bound_contextvars, flush, get_logger
from provide.foundation.integrations._event import CURRENT, Event
from provide.foundation.integrations._line import name_class
from provide.foundation.integrations.trace_context import Trace, bind_trace, restore_trace

__all__ = ["log_invocations"]

_Result = TypeVar("_Result")
_Handler = Callable[[Any, Any], _Result]
#: Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html, tracing header.
_XRAY = re.compile(
    r"Root=1-([0-9a-f]{8})-([0-9a-f]{24});Parent=([0-9a-f]{16})(?:;Sampled=([01]))?.*", re.ASCII
)
#: Seconds that are left for the answer itself when queues have been emptied.
_FOR_THE_ANSWER_S = 0.1


class _Process:
    """Hold what one process of a function knows."""

    #: Whether no invocation has begun here.
    is_cold = True
    #: The invocation whose exception is on a line: the runtime need not print it.
    logged: str | None = None


@overload
def log_invocations(handler: _Handler[_Result], /) -> _Handler[_Result]: ...


@overload
def log_invocations(
    *,
    logger: str = "aws.lambda",
    event: str = "invocation_finished",
    exceptions: Literal["log", "raise"] = "log",
    flush_timeout_s: float = 2.0,
) -> Callable[[_Handler[_Result]], _Handler[_Result]]: ...


def log_invocations(
    handler: _Handler[Any] | None = None,
    /,
    *,
    logger: str = "aws.lambda",
    event: str = "invocation_finished",
    exceptions: Literal["log", "raise"] = "log",
    flush_timeout_s: float = 2.0,
) -> Any:
    """Decorate a handler: bind the id of each invocation, write its line, and flush.

    The line has the function's name, version and memory, whether this was a cold start, the
    duration, the milliseconds that were left, and what `add_event_fields` has gathered. The trace
    of X-Ray is on all lines. An exception goes on to the runtime, so that the invocation fails.

    Args:
        handler: The handler, where the decorator is used without parentheses.
        logger: The name of the logger that writes the line.
        event: That line's event.
        exceptions: ``"log"`` puts an exception on the line and keeps the runtime from printing it
            once more; ``"raise"`` leaves it to the runtime.
        flush_timeout_s: Seconds that queues may take to be emptied; never longer than the time
            that the invocation has left.

    Raises:
        ConfigurationError: An argument is not valid.
    """
    if exceptions not in ("log", "raise"):
        raise ConfigurationError("exceptions", exceptions, '"log" or "raise"')
    if flush_timeout_s < 0:
        raise ConfigurationError("flush_timeout_s", flush_timeout_s, "seconds, 0 or more")
    log = get_logger(logger)

    def decorate(inner: _Handler[_Result]) -> _Handler[_Result]:
        if exceptions == "log":
            _quieten_runtime()

        @functools.wraps(inner)
        def call(given: Any, context: Any) -> _Result:
            invocation = _Invocation(context)
            earlier = bind_trace(_read_trace(os.environ.get("_X_AMZN_TRACE_ID", "")))
            token = CURRENT.set(invocation)
            try:
                with bound_contextvars(request_id=invocation.request_id):
                    try:
                        result = inner(given, context)
                    except BaseException as error:
                        line = invocation.finish(error)
                        if exceptions == "log":
                            line["exc_info"] = error
                            _Process.logged = invocation.request_id
                        log.error(event, **line)
                        raise
                    log.info(event, **invocation.finish())
                    return result
            finally:
                CURRENT.reset(token)
                restore_trace(earlier)
                flush(min(flush_timeout_s, invocation.remaining_s()))

        return call

    return decorate if handler is None else decorate(handler)


class _Invocation(Event):
    """Gather what the line of one invocation says."""

    __slots__ = ("_context", "_is_cold", "_started", "request_id")

    def __init__(self, context: Any) -> None:
        super().__init__()
        self._context = context
        self._started = perf_counter()
        self._is_cold, _Process.is_cold = _Process.is_cold, False
        #: The id that the platform gave; "" where a test calls the handler without a context.
        self.request_id = str(getattr(context, "aws_request_id", ""))

    def finish(self, error: BaseException | None = None) -> dict[str, Any]:
        """Return the fields of the line."""
        self.ended = True
        memory = str(getattr(self._context, "memory_limit_in_mb", ""))
        line = {
            **self.fields,
            "faas.name": getattr(self._context, "function_name", None),
            "faas.version": getattr(self._context, "function_version", None),
            "faas.max_memory": int(memory) * 1024 * 1024 if memory.isdecimal() else None,
            "faas.coldstart": self._is_cold,
            "duration_ms": round((perf_counter() - self._started) * 1000, 2),
            "remaining_ms": self._remaining_ms(),
            "error.type": None if error is None else name_class(type(error)),
        }
        return {name: value for name, value in line.items() if value is not None}

    def remaining_s(self) -> float:
        """Return the seconds that queues may take, by what the invocation has left."""
        left = self._remaining_ms()
        return 60.0 if left is None else max(left / 1000 - _FOR_THE_ANSWER_S, 0.0)

    def _remaining_ms(self) -> int | None:
        ask = getattr(self._context, "get_remaining_time_in_millis", None)
        return int(ask()) if ask is not None else None


def _read_trace(header: str) -> Trace | None:
    """Return the trace of X-Ray's header, as OpenTelemetry writes its ids."""
    found = _XRAY.fullmatch(header) if len(header) <= 512 else None
    if found is None:
        return None
    seconds, rest, parent, sampled = found.groups()
    return Trace(seconds + rest, parent, "01" if sampled == "1" else "00")


def _quieten_runtime() -> None:
    """Keep the runtime from printing an exception that is on a line.

    It prints what a handler raises, in a format of its own, and has no switch for that. Where its
    function has another name, both come out.

    Source: awslambdaric/bootstrap.py, handle_event_request and log_error (2.0 to 4.2).
    """
    runtime: Any = sys.modules.get("awslambdaric.bootstrap")
    before: Any = getattr(runtime, "log_error", None)
    if before is None or hasattr(before, "__wrapped__"):
        return

    @functools.wraps(before)
    def log_error(error_result: Any, log_sink: Any) -> None:
        request_id = error_result.get("requestId")
        if request_id and request_id == _Process.logged:
            _Process.logged = None
            return
        before(error_result, log_sink)

    runtime.log_error = log_error
