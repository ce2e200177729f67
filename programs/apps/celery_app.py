"""The tasks that every queue here has, in Celery."""

from __future__ import annotations

import logging
import os
from typing import Any

from celery import Celery

from provide.foundation import get_logger, setup_telemetry
from provide.foundation.integrations import add_event_fields
from provide.foundation.integrations.celery import install

setup_telemetry()
app = Celery("shop", broker=os.environ.get("BROKER"), set_as_current=True)
app.conf.update(worker_redirect_stdouts_level="INFO", broker_connection_retry_on_startup=True)
install(app)

log = get_logger("shop")
stock = logging.getLogger("inventory")


@app.task
def show_item(number: int) -> None:
    """Write two lines, print one, and add a field to the task's own line."""
    log.info("item_shown", item=number)
    stock.info("stock read", extra={"item": number})
    print("item", "printed")
    add_event_fields(item=number)


@app.task
def fail(number: int) -> None:
    """Raise."""
    raise RuntimeError(f"failure {number}")


@app.task(bind=True, max_retries=1)
def try_twice(self: Any, number: int) -> None:
    """Raise at the first attempt."""
    if self.request.retries == 0:
        raise self.retry(exc=ConnectionError(f"away {number}"), countdown=0)
    show_item.run(number)


KINDS = {"items": show_item, "fail": fail, "retry": try_twice}


def send(tasks: dict[str, str]) -> None:
    """Send tasks, each with the id that it is given."""
    for task_id, path in tasks.items():
        _, kind, number = path.split("/")
        KINDS[kind].apply_async((int(number),), task_id=task_id)
