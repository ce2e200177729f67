"""Log the tasks of a Celery application: `install(app)` beside `setup_telemetry()`.

Each task has its id and name on all of its lines, the id of the request that has sent it, and one
line at its end. Celery leaves `logging` as it is, prints of tasks become lines, and the banner of a
worker becomes a record.

Source: Celery's signals, https://docs.celeryq.dev/en/stable/userguide/signals.html
"""

from __future__ import annotations

import logging
import sys
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Any, Unpack
from weakref import WeakKeyDictionary

from provide.foundation import flush, get_logger, setup_telemetry
from provide.foundation.integrations._celery import programs
from provide.foundation.integrations._celery.records import (
    STRATEGY,
    clean_records,
    forget_exception,
)
from provide.foundation.integrations._event import CURRENT
from provide.foundation.integrations._frameworks import need
from provide.foundation.integrations._prints import end_prints
from provide.foundation.integrations._task import Task, pack_context, write_line
from provide.foundation.integrations._task_settings import TaskOptions, TaskSettings

if TYPE_CHECKING:
    from celery import Celery

need("celery", "5.3", __name__)

from celery import signals  # noqa: E402 - not before it is known to be there
from celery.exceptions import Reject  # noqa: E402

__all__ = ["install"]

_SYSTEM = "celery"
#: The applications that are logged.
_INSTALLED: WeakKeyDictionary[Any, TaskSettings] = WeakKeyDictionary()


def install(app: Celery, **settings: Unpack[TaskOptions]) -> None:
    """Log an application's tasks, in its workers and where they are sent from.

    It is called once where the application is made, in any process that imports that module: the
    web server's, the worker's, the scheduler's. A second call replaces the settings of the first.

    Args:
        app: The application.
        **settings: The arguments of `provide.foundation.integrations.TaskSettings`.

    Raises:
        ConfigurationError: A setting is not valid.
    """
    _INSTALLED[app] = TaskSettings(**settings)
    for signal, receiver in (
        (signals.setup_logging, _set_up_logging),
        (signals.before_task_publish, _send_context),
        (signals.task_received, _report_received_task),
        (signals.task_prerun, _begin_task),
        (signals.task_postrun, _finish_task),
        (signals.task_failure, _report_lost_task),
        (signals.task_revoked, _report_revoked_task),
        (signals.worker_process_init, programs.prepare_child),
        (signals.worker_process_shutdown, _flush),
        (signals.celeryd_init, programs.silence_worker),
        (signals.celeryd_after_setup, programs.announce_worker),
        (signals.worker_shutting_down, programs.announce_shutdown),
        (signals.beat_init, programs.prepare_beat),
    ):
        # By its name, so that a second call connects nothing twice.
        signal.connect(receiver, weak=False, dispatch_uid=f"{__name__}.{receiver.__name__}")
    programs.silence_beat(app)
    clean_records()


def _set_up_logging(logfile: str | None = None, **_more: Any) -> None:
    """Be there: a receiver of this signal keeps Celery from configuring `logging` itself."""
    if not logging.getLogger().handlers:  # nobody else has either, and its lines would be lost
        setup_telemetry()
    if logfile:
        get_logger(__name__).warning("celery's --logfile is not used", logfile=logfile)


def _flush(**_more: Any) -> None:
    flush()


def _send_context(headers: dict[str, Any] | None = None, **_more: Any) -> None:
    # The signal does not say which application sends; most programs have one.
    settings = next(iter(_INSTALLED.values()), None)
    if headers is not None and settings is not None:
        for name, value in pack_context(settings).items():
            # OpenTelemetry's own instrumentation may have put its trace there.
            headers.setdefault(name, value)


def _report_received_task(request: Any, **_more: Any) -> None:
    """Write in the place of Celery's own record what that one cannot have: the ids."""
    settings = _INSTALLED.get(request.task.app)
    if settings is not None:
        travelled = request.request_dict
        ids = {name: travelled.get(name) for name in (*settings.carry, "eta")}
        known = {name: value for name, value in ids.items() if value is not None}
        fields = {"task_id": request.id, "task_name": request.name, **known}
        get_logger(STRATEGY).info("task_received", **fields)


def _begin_task(task_id: str, task: Any, **_more: Any) -> None:
    settings = _INSTALLED.get(task.app)
    if settings is None:
        return
    request = task.request
    delivery = request.delivery_info or {}
    queue = delivery.get("routing_key") or delivery.get("exchange") or None
    event = Task(settings, _SYSTEM, task_id, request.get("shadow") or task.name, queue)
    # Headers of a message are attributes of the request, unless they came by the older protocol.
    event.begin({**(request.get("headers") or {}), **vars(request)})


def _finish_task(
    task_id: str, task: Any, retval: Any = None, state: str | None = None, **_more: Any
) -> None:
    event = CURRENT.get()
    if not isinstance(event, Task) or event.task_id != task_id:
        return
    end_prints()
    request, error = task.request, None
    if state in ("FAILURE", "REJECTED", "RETRY") and isinstance(retval, BaseException):
        error = retval
    if state == "RETRY" and isinstance(getattr(error, "exc", None), BaseException):
        error = error.exc  # type: ignore[union-attr]
    more = {"retries": request.retries, "worker": request.hostname}
    try:
        if state is not None:
            expected = state != "FAILURE" or isinstance(error, task.throws or ())
            event.finish(state, error, expected=expected, **more)
        elif request.is_eager:
            # It goes on to the caller, who sees to it.
            event.finish("FAILURE", sys.exc_info()[1], expected=True, failed=True, **more)
        # Else the process is about to end, which the worker's main process reports.
    finally:
        event.leave()


def _report_lost_task(
    sender: Any, task_id: str, exception: BaseException | None = None, **_more: Any
) -> None:
    """Write the line of a task whose process could not: it was killed, or ran out of time."""
    settings = _INSTALLED.get(sender.app)
    event = CURRENT.get()
    if settings is None or (isinstance(event, Task) and event.task_id == task_id):
        return
    # One that is rejected has written its line. Of a time limit, the pool tells, and the request.
    if isinstance(exception, Reject) or _is_told(task_id, type(exception)):
        return
    fields = _fields_of(settings, sender, task_id, sender.request)
    write_line(settings, "FAILURE", fields, exception)
    forget_exception(exception)


def _report_revoked_task(
    sender: Any, request: Any = None, terminated: bool = False, expired: bool = False, **_more: Any
) -> None:
    settings = _INSTALLED.get(sender.app)
    if settings is None or request is None:
        return
    how = {"terminated": terminated or None, "expired": expired or None}
    fields = {**_fields_of(settings, sender, request.id, request), **how}
    write_line(settings, "REVOKED", fields, level="warning")


def _fields_of(settings: TaskSettings, task: Any, task_id: str, request: Any) -> dict[str, Any]:
    """Return what the worker's main process knows of a task: nothing is bound there."""
    delivery = request.delivery_info or {}
    return {
        "task_id": task_id,
        "task_name": task.name,
        **{name: request.get(name) for name in settings.carry},
        "messaging.system": _SYSTEM,
        "queue": delivery.get("routing_key"),
        "retries": request.retries,
        "worker": request.hostname,
    }


#: Tasks that were lost lately: id, kind of exception, and when.
_told: deque[tuple[str, type, float]] = deque(maxlen=64)


def _is_told(task_id: str, kind: type) -> bool:
    now = monotonic()
    known = any(each[:2] == (task_id, kind) and now - each[2] < 1 for each in _told)
    _told.append((task_id, kind, now))
    return known
