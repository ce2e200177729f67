"""The application in FastAPI under ddtrace, whose lines also say what ddtrace itself says."""

from __future__ import annotations

import logging

from ddtrace.trace import tracer
from fastapi import FastAPI

from provide.foundation import get_logger, setup_telemetry
from provide.foundation.integrations.asgi import RequestMiddleware
from provide.foundation.integrations.ddtrace import add_datadog_ids

add_datadog_ids()
setup_telemetry()
log = get_logger("shop")
stock = logging.getLogger("inventory")
app = FastAPI()
app.add_middleware(RequestMiddleware, skip=["/health"])


@app.get("/items/{number}")
async def show_item(number: int) -> dict[str, int]:
    """Write two lines, one of them with the ids of ddtrace's own interface."""
    ids = tracer.get_log_correlation_context()
    log.info("item_shown", item=number, api_trace=ids["dd.trace_id"], api_span=ids["dd.span_id"])
    with tracer.trace("stock"):
        stock.info("stock read", extra={"item": number})
    return {"item": number}


@app.get("/fail/{number}")
def fail(number: int) -> None:
    """Raise, in a thread."""
    raise RuntimeError(f"failure {number}")


@app.get("/health")
async def health() -> str:
    """Answer who asks whether the server is there."""
    return "ok"
