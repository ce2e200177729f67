"""A program that has its tasks done by processes, started in the way that it is told."""

from __future__ import annotations

import json
import logging
import multiprocessing
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from provide.foundation import TelemetryConfig, bound_contextvars, get_logger, setup_telemetry
from provide.foundation.integrations.multiprocessing import WorkerSetup, with_context

log = get_logger("shop")
stock = logging.getLogger("inventory")


def show_item(number: int) -> None:
    """Write two lines."""
    log.info("item_shown", item=number)
    stock.info("stock read", extra={"item": number})


def fail(number: int) -> None:
    """Raise."""
    raise RuntimeError(f"failure {number}")


def _submit_all(submit: Callable[..., Any], tasks: dict[str, str]) -> None:
    results = []
    for task_id, path in tasks.items():
        _, kind, number = path.split("/")
        with bound_contextvars(task_id=task_id):
            function = with_context(fail if kind == "fail" else show_item)
            results.append((task_id, submit(function, int(number))))
    for task_id, result in results:
        try:
            result()
        except RuntimeError:
            log.exception("task_failed", task_id=task_id)


def main() -> None:
    """Do the tasks that stdin names."""
    kind, method = sys.argv[1:]
    config = TelemetryConfig.production(service_name="shop")
    setup_telemetry(config)
    tasks = json.load(sys.stdin)
    context = multiprocessing.get_context(method)
    if kind == "executor":
        with ProcessPoolExecutor(2, context, WorkerSetup(config)) as executor:
            _submit_all(lambda f, n: executor.submit(f, n).result, tasks)
        return
    pool = context.Pool(2, WorkerSetup(config), maxtasksperchild=100)
    _submit_all(lambda f, n: pool.apply_async(f, (n,)).get, tasks)
    pool.close()
    pool.join()


if __name__ == "__main__":
    main()
