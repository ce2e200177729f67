"""RQ's workers: a process for each job, and the simple one."""

from __future__ import annotations

from typing import Any

from programs.cases.celery import TASKS
from programs.program import Program
from programs.tasks import work


def _worker(name: str) -> Any:
    kind = f"provide.foundation.integrations.rq.{name}"
    command = ["rq", "worker", "--url", "{broker}", "--worker-class", kind]
    return work(command, app="rq_app", ready="Listening on", retries=True)


PROGRAMS = [
    Program("RQ, a process for each job", "rq", _worker("Worker"), requests=300, **TASKS),
    Program("RQ, simple worker", "rq", _worker("SimpleWorker"), requests=500, quick=True, **TASKS),
]
