"""A function of AWS Lambda."""

from __future__ import annotations

import logging
from typing import Any

from provide.foundation import get_logger, setup_telemetry
from provide.foundation.integrations import add_event_fields
from provide.foundation.integrations.aws_lambda import log_invocations

setup_telemetry()
log = get_logger("shop")
stock = logging.getLogger("inventory")


@log_invocations
def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Write two lines, and a field of the invocation's own line; or raise."""
    _, kind, number = event["path"].split("/")
    if kind == "fail":
        raise RuntimeError(f"failure {number}")
    log.info("item_shown", item=int(number))
    stock.info("stock read", extra={"item": int(number)})
    add_event_fields(item=int(number))
    return {"item": int(number)}
