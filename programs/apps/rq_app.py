"""The tasks that every queue here has, in RQ."""

from __future__ import annotations

import logging
import os

from redis import Redis
from rq import Retry, get_current_job

from provide.foundation import get_logger
from provide.foundation.integrations import add_event_fields
from provide.foundation.integrations.rq import Queue

log = get_logger("shop")
stock = logging.getLogger("inventory")


def show_item(number: int) -> None:
    """Write two lines, print one, and add a field to the task's own line."""
    log.info("item_shown", item=number)
    stock.info("stock read", extra={"item": number})
    print("item", "printed")
    add_event_fields(item=number)


def fail(number: int) -> None:
    """Raise."""
    raise RuntimeError(f"failure {number}")


def try_twice(number: int) -> None:
    """Raise at the first attempt."""
    job = get_current_job()
    if job is not None and job.retries_left:
        raise ConnectionError(f"away {number}")
    show_item(number)


def send(tasks: dict[str, str]) -> None:
    """Send tasks, each with the id that it is given."""
    queue = Queue(connection=Redis.from_url(os.environ["BROKER"]))
    for task_id, path in tasks.items():
        _, kind, number = path.split("/")
        if kind == "retry":
            queue.enqueue(try_twice, int(number), job_id=task_id, retry=Retry(max=1))
        else:
            queue.enqueue(fail if kind == "fail" else show_item, int(number), job_id=task_id)
