"""A program that has its tasks done by joblib or by Dask."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from multiprocessing_app import fail, log, show_item  # type: ignore[import-not-found]

from provide.foundation import TelemetryConfig, bound_contextvars, setup_telemetry
from provide.foundation.integrations.multiprocessing import WorkerSetup, with_context


def _bind_all(tasks: dict[str, str]) -> list[tuple[str, Callable[[int], None], int]]:
    bound: list[tuple[str, Callable[[int], None], int]] = []
    for task_id, path in tasks.items():
        _, kind, number = path.split("/")
        with bound_contextvars(task_id=task_id):
            function = with_context(fail if kind == "fail" else show_item)
        bound.append((task_id, function, int(number)))
    return bound


def run_dask(tasks: dict[str, str]) -> None:
    """Have two workers with nannies do them."""
    from dask import distributed

    dask: Any = distributed
    cluster = dask.LocalCluster(2, threads_per_worker=2, dashboard_address=None, preload="dask_app")
    with cluster, dask.Client(cluster) as client:
        submitted = [
            (task_id, client.submit(function, number, key=task_id))
            for task_id, function, number in _bind_all(tasks)
        ]
        for task_id, future in submitted:
            _report(task_id, future.result)
        # Else a worker may ask for a scheduler that has gone before it.
        client.retire_workers()


def run_joblib(config: TelemetryConfig, tasks: dict[str, str]) -> None:
    """Have loky's workers do them."""
    from joblib import Parallel, delayed, parallel_config

    with parallel_config("loky", n_jobs=2, initializer=WorkerSetup(config)):
        for task_id, error in Parallel()(delayed(_try)(*each) for each in _bind_all(tasks)):
            if error is not None:
                _report(task_id, _raiser(error))


def _try(
    task_id: str, function: Callable[[int], None], number: int
) -> tuple[str, Exception | None]:
    try:
        function(number)
    except RuntimeError as error:
        return task_id, error
    return task_id, None


def _raiser(error: Exception) -> Callable[[], None]:
    def raise_it() -> None:
        raise error

    return raise_it


def _report(task_id: str, get: Callable[[], Any]) -> None:
    try:
        get()
    except RuntimeError:
        log.exception("task_failed", task_id=task_id)


def dask_setup(worker: object) -> None:
    """Set up in a worker of Dask, which loads this module for that."""
    setup_telemetry(TelemetryConfig.production())


if __name__ == "__main__":
    production = TelemetryConfig.production()
    setup_telemetry(production)
    if sys.argv[1] == "dask":
        run_dask(json.load(sys.stdin))
    else:
        run_joblib(production, json.load(sys.stdin))
