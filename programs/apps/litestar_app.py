"""The application that every web framework here has, in Litestar."""

from __future__ import annotations

import logging
from typing import Any

from litestar import Litestar, Request, get

from provide.foundation import get_logger, setup_telemetry
from provide.foundation.integrations import add_event_fields
from provide.foundation.integrations.litestar import FoundationLoggingConfig, install

setup_telemetry()
log = get_logger("shop")
stock = logging.getLogger("inventory")


@get("/items/{number:int}", sync_to_thread=False)
def show_item(request: Request[Any, Any, Any], number: int) -> dict[str, int]:
    """Write two lines, one by Litestar's own logger, and a field of the request's own line."""
    request.logger.info("item_shown", item=number)
    stock.info("stock read", extra={"item": number})
    add_event_fields(item=number)
    return {"item": number}


@get("/fail/{number:int}", sync_to_thread=True)
def fail(number: int) -> None:
    """Raise, in a thread."""
    raise RuntimeError(f"failure {number}")


@get("/health")
async def health() -> str:
    """Answer who asks whether the server is there."""
    return "ok"


app = Litestar([show_item, fail, health], logging_config=FoundationLoggingConfig())
install(app, skip=["/health"])
