"""The application that every web framework here has, in aiohttp."""

from __future__ import annotations

import logging
import sys

from aiohttp import web

from provide.foundation import get_logger, setup_telemetry
from provide.foundation.integrations import add_event_fields
from provide.foundation.integrations.aiohttp import AccessLogger, install

setup_telemetry()
log = get_logger("shop")
stock = logging.getLogger("inventory")


async def show_item(request: web.Request) -> web.Response:
    """Write two lines, and a field of the request's own line."""
    number = int(request.match_info["number"])
    log.info("item_shown", item=number)
    stock.info("stock read", extra={"item": number})
    add_event_fields(item=number)
    return web.json_response({"item": number})


async def fail(request: web.Request) -> web.Response:
    """Raise."""
    raise RuntimeError(f"failure {request.match_info['number']}")


async def health(request: web.Request) -> web.Response:
    """Answer who asks whether the server is there."""
    return web.Response(text="ok")


app = web.Application()
install(app, skip=["/health"])
app.router.add_get("/items/{number}", show_item)
app.router.add_get("/fail/{number}", fail)
app.router.add_get("/health", health)

if __name__ == "__main__":
    web.run_app(app, port=int(sys.argv[1]), access_log_class=AccessLogger, print=None)
