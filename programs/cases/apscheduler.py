"""APScheduler, with each kind of executor."""

from __future__ import annotations

from typing import Any

from programs.cases.celery import TASKS
from programs.program import Program
from programs.tasks import run_alone

_TASKS: dict[str, Any] = {**TASKS, "events": ("item_shown", "stock read", "task_finished")}

PROGRAMS = [
    Program(
        f"APScheduler, {kind}",
        "apscheduler",
        run_alone("apscheduler_app.py", kind),
        requests=1000,
        quick=kind == "threads",
        **_TASKS,
    )
    for kind in ("threads", "processes", "asyncio")
]
