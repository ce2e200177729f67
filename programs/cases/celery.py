"""Celery's workers, with each kind of pool."""

from __future__ import annotations

from typing import Any

from programs.program import Program
from programs.tasks import serve_and_work, work

_WORKER = ("celery", "-A", "celery_app", "worker", "--loglevel", "INFO")
_EVENTS = ("item_shown", "stock read", "item printed", "task_finished")
#: What each of the tasks here writes.
TASKS: dict[str, Any] = {
    "events": _EVENTS,
    "failing_events": ("task_finished",),
    "other_events": {"retry": (*_EVENTS, "task_finished")},
    "id_field": "task_id",
}


def _worker(*options: str, **more: Any) -> Any:
    command = (*_WORKER, *options)
    return work(command, app="celery_app", ready=" ready.", retries=True, **more)


PROGRAMS = [
    Program(
        "Celery, prefork",
        "celery",
        _worker("--pool", "prefork", "--concurrency", "2", "--max-tasks-per-child", "50"),
        requests=1000,
        **TASKS,
    ),
    Program(
        "Celery, prefork, background delivery",
        "celery",
        _worker("--max-tasks-per-child", "20", PROVIDE_LOG_DELIVERY="background"),
        **TASKS,
    ),
    Program("Celery, threads", "celery", _worker("--pool", "threads"), **TASKS),
    Program("Celery, solo", "celery", _worker("--pool", "solo"), **TASKS),
    Program("Celery, gevent", "celery", _worker("--pool", "gevent"), requests=200, **TASKS),
]
PROGRAMS += [
    Program(
        "FastAPI and Celery, one request_id",
        "celery",
        serve_and_work(
            ("uvicorn", "celery_web_app:app", "--port", "{port}"), _WORKER, ready=" ready."
        ),
        requests=300,
        events=(*_EVENTS, "request_finished"),
    ),
]
