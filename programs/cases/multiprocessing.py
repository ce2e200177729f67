"""Pools of processes, started in each way."""

from __future__ import annotations

from programs.program import Program
from programs.tasks import run_alone

PROGRAMS = [
    Program(
        f"multiprocessing, {kind}, {method}",
        "foundation-core",
        run_alone("multiprocessing_app.py", kind, method),
        requests=2000,
        quick=(kind, method) == ("pool", "spawn"),
        events=("item_shown", "stock read"),
        failing_events=("task_failed",),
        id_field="task_id",
    )
    for kind in ("pool", "executor")
    for method in ("spawn", "forkserver", "fork")
]
