"""The application that every web framework here has, in plain Starlette."""

from __future__ import annotations

import logging

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from provide.foundation import get_logger, setup_telemetry
from provide.foundation.integrations import add_event_fields
from provide.foundation.integrations.asgi import RequestMiddleware

setup_telemetry()
log = get_logger("shop")
stock = logging.getLogger("inventory")


async def show_item(request: Request) -> Response:
    """Write two lines, and a field of the request's own line."""
    number = request.path_params["number"]
    log.info("item_shown", item=number)
    stock.info("stock read", extra={"item": number})
    add_event_fields(item=number)
    return JSONResponse({"item": number})


def fail(request: Request) -> Response:
    """Raise, in a thread."""
    raise RuntimeError(f"failure {request.path_params['number']}")


async def health(request: Request) -> Response:
    """Answer who asks whether the server is there."""
    return PlainTextResponse("ok")


app = Starlette(
    routes=[
        Mount("/items", routes=[Route("/{number:int}", show_item)]),
        Route("/fail/{number:int}", fail),
        Route("/health", health),
    ],
    middleware=[Middleware(RequestMiddleware, skip=["/health"])],
)
