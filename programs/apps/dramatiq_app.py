"""The tasks that every queue here has, in dramatiq."""

from __future__ import annotations

import logging
import os
from typing import Any

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import CurrentMessage

from provide.foundation import get_logger, setup_telemetry
from provide.foundation.integrations import add_event_fields
from provide.foundation.integrations.dramatiq import install

setup_telemetry()
broker: Any = RedisBroker(url=os.environ.get("BROKER", ""))  # type: ignore[no-untyped-call]
broker.add_middleware(CurrentMessage())
dramatiq.set_broker(broker)
install(broker)

log = get_logger("shop")
stock = logging.getLogger("inventory")


@dramatiq.actor
def show_item(number: int) -> None:
    """Write two lines, print one, and add a field to the task's own line."""
    log.info("item_shown", item=number)
    stock.info("stock read", extra={"item": number})
    print("item", "printed")
    add_event_fields(item=number)


@dramatiq.actor(max_retries=0)
def fail(number: int) -> None:
    """Raise."""
    raise RuntimeError(f"failure {number}")


@dramatiq.actor(max_retries=1, min_backoff=10, max_backoff=20)
def try_twice(number: int) -> None:
    """Raise at the first attempt."""
    message = CurrentMessage.get_current_message()
    if message is not None and not message.options.get("retries"):
        raise ConnectionError(f"away {number}")
    show_item.fn(number)


KINDS = {"items": show_item, "fail": fail, "retry": try_twice}


def send(tasks: dict[str, str]) -> None:
    """Send tasks, each with the id that it is given."""
    for task_id, path in tasks.items():
        _, kind, number = path.split("/")
        message = KINDS[kind].message(int(number))
        broker.enqueue(message.copy(message_id=task_id))
