"""A function of Google Cloud, which answers all paths."""

from __future__ import annotations

import logging

import functions_framework
from flask import Request, current_app

from provide.foundation import get_logger, setup_telemetry
from provide.foundation.integrations import add_event_fields
from provide.foundation.integrations.flask import install

setup_telemetry()
app = current_app._get_current_object()  # type: ignore[attr-defined]
install(app, skip=["/health"])
log = get_logger("shop")
stock = logging.getLogger("inventory")


@functions_framework.http
def answer(request: Request) -> tuple[dict[str, int], int]:
    """Write two lines, and a field of the request's own line; or raise."""
    if request.path == "/health":
        return {}, 200
    _, kind, number = request.path.split("/")
    if kind == "fail":
        raise RuntimeError(f"failure {number}")
    log.info("item_shown", item=int(number))
    stock.info("stock read", extra={"item": int(number)})
    add_event_fields(item=int(number))
    return {"item": int(number)}, 200
