"""One run of a task, from what travelled with it to its one line; all queues share it."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any

from provide.foundation import (
    bind_contextvars,
    clear_contextvars,
    get_contextvars,
    get_logger,
)
from provide.foundation.integrations._event import CURRENT, Event
from provide.foundation.integrations._faults import report_fault
from provide.foundation.integrations._line import name_class
from provide.foundation.integrations._settings import is_request_id, is_wanted
from provide.foundation.integrations._task_settings import TaskSettings
from provide.foundation.integrations.trace_context import (
    bind_trace,
    current_traceparent,
    parse_traceparent,
    restore_trace,
)

#: The name under which the trace travels.
_TRACE = "traceparent"
#: How long the text of an exception may be in a line that does not have the exception itself.
_LONGEST_TEXT = 1024


def pack_context(settings: TaskSettings) -> dict[str, str]:
    """Return what travels with a task that is sent now: ids that are bound, and the trace."""
    bound = get_contextvars()
    packed = {}
    for name in settings.carry:
        value = bound.get(name)
        if isinstance(value, str) and is_request_id(value):
            packed[name] = value
    trace = current_traceparent()
    if trace is not None:
        packed[_TRACE] = trace
    return packed


def write_line(
    settings: TaskSettings,
    state: str,
    fields: Mapping[str, Any],
    error: BaseException | None = None,
    *,
    expected: bool = False,
    level: str | None = None,
) -> None:
    """Write the line of a task.

    Args:
        settings: How.
        state: What has become of it, in the words of the queue.
        fields: Further fields; those that are `None` are left out.
        error: Why.
        expected: Whether it counts as no failure, and comes without a traceback: a retry.
        level: The line's level; `None`: info, or by the error.
    """
    line = {name: value for name, value in fields.items() if value is not None}
    line["state"] = state
    if error is not None:
        line["error.type"] = name_class(type(error))
        if expected:
            line["error.message"] = _text_of(error)
        else:
            line["exc_info"] = (type(error), error, error.__traceback__)
    log = get_logger(settings.logger)
    by_error = "info" if error is None else "warning" if expected else "error"
    getattr(log, level or by_error)(settings.event, **line)


class Task(Event):
    """Bind one task's context, and write its line.

    Args:
        settings: How.
        system: The queue's name, as ``messaging.system`` has it.
        task_id: Its id; a retry may have the same one.
        name: The name of what is run.
        queue: Where it came from.
    """

    __slots__ = (
        "_earlier_trace",
        "_outer",
        "_settings",
        "_started",
        "name",
        "queue",
        "retries",
        "system",
        "task_id",
    )

    def __init__(
        self, settings: TaskSettings, system: str, task_id: str, name: str, queue: str | None
    ) -> None:
        super().__init__()
        self._settings = settings
        self.system = system
        self.task_id = task_id
        self.name = name
        self.queue = queue
        #: How often it has been tried before, where its queue counts that.
        self.retries = 0
        self._started = 0.0
        self._outer: Event | None = None
        self._earlier_trace: object = None

    def begin(self, travelled: Mapping[str, Any]) -> None:
        """Bind the ids and the trace in the present context, until `leave`.

        Args:
            travelled: What `pack_context` has returned where the task was sent; values in it
                that are not valid are passed over.
        """
        settings = self._settings
        self.base = get_contextvars()
        self._outer = CURRENT.get()
        CURRENT.set(self)
        fields: dict[str, Any] = {"task_id": self.task_id, "task_name": self.name}
        for name in settings.carry:
            value = travelled.get(name)
            if isinstance(value, str) and is_request_id(value):
                fields[name] = value
        bind_contextvars(**{**self.base, **fields})
        header = travelled.get(_TRACE)
        # A task that is run in the place of its sender stays in the sender's trace.
        text = header if isinstance(header, str) else current_traceparent()
        self._earlier_trace = bind_trace(parse_traceparent(text or ""))
        self._started = perf_counter()
        if settings.bind is not None:
            try:
                bind_contextvars(**settings.bind(travelled))
            except Exception as error:  # a task goes on whatever fails: the function is the user's
                report_fault("bind", error)

    def finish(
        self,
        state: str,
        error: BaseException | None = None,
        *,
        expected: bool = False,
        failed: bool | None = None,
        **more: Any,
    ) -> None:
        """Write the task's line, unless it has been written or is not wanted.

        Args:
            state: What has become of it.
            error: Why.
            expected: Whether it counts as no failure.
            failed: Whether the line is written whatever `skip` and `sample` say; `None`: where
                there is an error that is not expected.
            **more: Further fields of the line.
        """
        if self.ended:
            return
        try:
            if failed is None:
                failed = error is not None and not expected
            settings = self._settings
            # Known by its id, so that all attempts of a task are treated alike.
            if failed or is_wanted(settings.skips, settings.sample, self.name, self.task_id):
                fields = {
                    **self.fields,
                    "messaging.system": self.system,
                    "queue": self.queue,
                    **more,
                    "duration_ms": round((perf_counter() - self._started) * 1000, 2),
                }
                if settings.sample < 1 and not failed:
                    fields["sample"] = settings.sample
                level = "error" if failed and error is None else None
                write_line(settings, state, fields, error, expected=expected, level=level)
        finally:
            self.ended = True

    def leave(self) -> None:
        """Bind what was bound before the task, in its own thread."""
        restore_trace(self._earlier_trace)
        clear_contextvars()
        if self.base:
            bind_contextvars(**self.base)
        CURRENT.set(self._outer)


def _text_of(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # the class is the user's; a line says what it can
        return ""
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "..."
