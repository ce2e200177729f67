"""The application that every web framework here has, in FastAPI."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from fastapi import FastAPI

from provide.foundation import flush, get_logger, setup_telemetry
from provide.foundation.integrations import add_event_fields
from provide.foundation.integrations.asgi import RequestMiddleware

setup_telemetry()
log = get_logger("shop")
stock = logging.getLogger("inventory")


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Pass on what waits for Sentry or OTLP: uvicorn ends by SIGTERM, without exit handlers."""
    yield
    flush(10)


app = FastAPI(lifespan=lifespan)
#: For servers that write exceptions in their own way.
EXCEPTIONS: Literal["raise", "log"] = "log" if os.environ.get("EXCEPTIONS") == "log" else "raise"
app.add_middleware(RequestMiddleware, skip=["/health"], exceptions=EXCEPTIONS)


@app.get("/items/{number}")
async def show_item(number: int) -> dict[str, int]:
    """Write two lines, and a field of the request's own line."""
    log.info("item_shown", item=number)
    stock.info("stock read", extra={"item": number})
    add_event_fields(item=number)
    return {"item": number}


@app.get("/fail/{number}")
def fail(number: int) -> None:
    """Raise, in a thread."""
    raise RuntimeError(f"failure {number}")


@app.get("/health")
async def health() -> str:
    """Answer who asks whether the server is there."""
    return "ok"
