"""A program that runs its jobs by APScheduler, in the kind of executor that it is told."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from typing import Any

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.executors.pool import ProcessPoolExecutor, ThreadPoolExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.schedulers.background import BackgroundScheduler

from provide.foundation import get_logger, setup_telemetry
from provide.foundation.integrations import add_event_fields
from provide.foundation.integrations.apscheduler import install

setup_telemetry()
log = get_logger("shop")
stock = logging.getLogger("inventory")


def show_item(number: int) -> None:
    """Write two lines, and add a field to the job's own line."""
    log.info("item_shown", item=number)
    stock.info("stock read", extra={"item": number})
    add_event_fields(item=number)


async def show_item_soon(number: int) -> None:
    """Do so in the event loop."""
    await asyncio.sleep(0)
    show_item(number)


def fail(number: int) -> None:
    """Raise."""
    raise RuntimeError(f"failure {number}")


def _add(scheduler: Any, tasks: dict[str, str], show: Any) -> None:
    install(scheduler)
    for task_id, path in tasks.items():
        _, kind, number = path.split("/")
        function = fail if kind == "fail" else show
        scheduler.add_job(function, args=(int(number),), id=task_id, misfire_grace_time=None)


async def _run_in_loop(tasks: dict[str, str]) -> None:
    scheduler = AsyncIOScheduler(executors={"default": AsyncIOExecutor()})
    _add(scheduler, tasks, show_item_soon)
    scheduler.start()
    while scheduler.get_jobs():
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    scheduler.shutdown()


def main() -> None:
    """Run the jobs that stdin names, and end."""
    kind, tasks = sys.argv[1], json.load(sys.stdin)
    if kind == "asyncio":
        asyncio.run(_run_in_loop(tasks))
        return
    executor = ThreadPoolExecutor(8) if kind == "threads" else ProcessPoolExecutor(2)
    scheduler = BackgroundScheduler(executors={"default": executor})
    _add(scheduler, tasks, show_item)
    scheduler.start()
    while scheduler.get_jobs():
        time.sleep(0.1)
    scheduler.shutdown()


if __name__ == "__main__":
    main()
