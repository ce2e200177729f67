"""Celery's own records: whose task they are about, and nothing that the task's line says."""

from __future__ import annotations

import logging
import re
from typing import Any

from provide.foundation.integrations._event import CURRENT
from provide.foundation.integrations._task import Task

#: ``shop.add[4c9f...]``, as Celery names a task in a message.
_NAMED = re.compile(r"([\w.<>-]+)\[([0-9A-Za-z][0-9A-Za-z._:-]{0,127})\]")
#: Of the task's process: each of its records with `data` says what the task's line says.
_TRACE = "celery.app.trace"
#: Of the worker's main process.
STRATEGY = "celery.worker.strategy"
_ABOUT_TASKS = (STRATEGY, "celery.worker.request", "celery.worker.state")

#: The exception that a task's line has in the worker's main process, by its identity.
_reported: BaseException | None = None


def clean_records() -> None:
    """Filter the records of Celery's loggers that are about tasks; idempotent."""
    for name in (_TRACE, *_ABOUT_TASKS):
        logger = logging.getLogger(name)
        if _clean not in logger.filters:
            logger.addFilter(_clean)


def forget_exception(exception: BaseException | None) -> None:
    """Take an exception out of the record that is to follow: a task's line has it."""
    global _reported
    _reported = exception


def _clean(record: logging.LogRecord) -> bool:
    data: Any = record.__dict__.get("data")
    if isinstance(data, dict) and "id" in data:
        # A task that is received has a line as well, with more ids: see `_report_received_task`.
        if record.name == STRATEGY or (record.name == _TRACE and _writes_line(data["id"])):
            return False
        # The arguments and the traceback as texts: the one may be secret, the other is there.
        del record.__dict__["data"]
        _name_task(record, str(data.get("name")), str(data["id"]))
    elif record.name != _TRACE:
        found = _NAMED.search(_message_of(record))
        if found is not None:
            _name_task(record, found[1], found[2])
        if record.exc_info and _reported is not None and record.exc_info[1] is _reported:
            record.exc_info = None
            forget_exception(None)
    return True


def _writes_line(task_id: object) -> bool:
    event = CURRENT.get()
    return isinstance(event, Task) and event.task_id == task_id


def _name_task(record: logging.LogRecord, name: str, task_id: str) -> None:
    record.__dict__.setdefault("task_id", task_id)
    record.__dict__.setdefault("task_name", name)


def _message_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # a log call never raises: arguments may not fit
        return ""
