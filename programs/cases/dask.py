"""joblib, and Dask with a cluster of its own."""

from __future__ import annotations

from programs.program import Program
from programs.tasks import run_alone

PROGRAMS = [
    Program(
        name,
        distribution,
        run_alone("dask_app.py", kind),
        requests=500,
        quick=kind == "joblib",
        events=("item_shown", "stock read"),
        failing_events=("task_failed",),
        id_field="task_id",
    )
    for name, distribution, kind in (
        ("joblib, loky", "joblib", "joblib"),
        ("Dask, LocalCluster", "distributed", "dask"),
    )
]
