"""The service: FastAPI under uvicorn, every line of it through Foundation.

`python -m demo.service` runs it on a socket that it inherits. Lines for people go to stderr, every
line goes to the file as JSON. Stdout is the demo's wire: "ready", and at the end Foundation's own
counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import BackgroundTasks, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from starlette.routing import Route

from demo import inventory
from demo.traffic import SERVICE_NAME, TOKEN_VARIABLE
from provide.foundation import (
    Console,
    LoggingConfig,
    OutputConfig,
    TelemetryConfig,
    get_logger,
    level_endpoint,
    setup_telemetry,
    shutdown_telemetry,
    stats,
)
from provide.foundation.config import DeliveryMode
from provide.foundation.integrations.asgi import RequestMiddleware

log = get_logger("shop")
item_log = get_logger("shop.items")
order_log = get_logger("shop.orders")


@asynccontextmanager
async def log_lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Log the start and the stop, and tell the demo when requests are welcome."""
    log.info("service started", python=sys.version.split()[0])
    print("ready", flush=True)
    yield
    log.info("service stopped")


app = FastAPI(lifespan=log_lifespan)
# Debug lines are kept until the request fails, and written at once for whoever may ask for them.
app.add_middleware(
    RequestMiddleware,
    logger="shop.http",
    buffer=True,
    override_token=os.environ.get(TOKEN_VARIABLE),
)


@app.get("/items/{sku}")
async def show_item(sku: str) -> dict[str, Any]:
    """Show one article."""
    pieces = await inventory.read_stock(sku)
    await item_log.ainfo("item shown", sku=sku, pieces=pieces)
    return {"sku": sku, "pieces": pieces}


@app.get("/items/{sku}/count")
def count_item(sku: str) -> dict[str, Any]:
    """Count one article; not async, so that it runs in the thread pool."""
    pieces = inventory.count_stock(sku)
    item_log.info("count shown", sku=sku, pieces=pieces)
    return {"sku": sku, "pieces": pieces}


@app.get("/items/{sku}/old")
async def show_old_item(sku: str) -> dict[str, Any]:
    """Look for an article that is gone."""
    try:
        return {"sku": sku, "pieces": await inventory.read_stock(sku, known=False)}
    except inventory.UnknownSku:
        raise HTTPException(404, f"{sku} is gone") from None


@app.post("/orders/{sku}", status_code=202)
async def take_order(sku: str, tasks: BackgroundTasks) -> dict[str, Any]:
    """Accept an order, and see to the rest after the answer."""
    order = order_log.bind(sku=sku)
    await inventory.reserve(sku, 2)
    order.info("order accepted", pieces=2, domain="order", action="create", status="success")

    async def send_receipt() -> None:
        await asyncio.sleep(inventory.LATENCY_S)
        order.info("receipt sent", background=True)

    tasks.add_task(send_receipt)
    tasks.add_task(inventory.restock, sku)
    return {"sku": sku, "pieces": 2}


@app.post("/shipments/{sku}")
async def ship(sku: str) -> None:
    """Fail: the warehouse does not answer."""
    await inventory.ship(sku)


@app.exception_handler(inventory.WarehouseDown)
async def answer_failure(request: Request, _error: Exception) -> JSONResponse:
    """Log the exception that is being handled, and answer 500."""
    order_log.exception("request failed", client=request.headers.get("user-agent"))
    return JSONResponse({"detail": "the warehouse does not answer"}, status_code=500)


def configure(log_file: str, *, colors: bool, delivery: DeliveryMode = "direct") -> TelemetryConfig:
    """Return the configuration: INFO and up for people, and as JSON into the file."""
    return TelemetryConfig(
        service_name=SERVICE_NAME,
        logging=LoggingConfig(
            console=Console(colors=colors),
            delivery=delivery,
            outputs=[
                # Debug lines that somebody has asked for are in the file.
                OutputConfig("stderr", level="INFO", formatter="key_value"),
                OutputConfig(log_file, formatter="json"),
            ],
        ),
    )


def follow(config: str) -> None:
    """Set up what a file says, now and whenever it changes or SIGHUP asks for it."""
    setup_telemetry(
        TelemetryConfig.from_file(config, watch=True, every_s=0.05, reload_on_signal=True)
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM, then flush and report."""
    parser = argparse.ArgumentParser(prog="demo.service")
    parser.add_argument("--socket", type=int, required=True, help="descriptor that listens")
    parser.add_argument("--log-file", required=True)
    parser.add_argument("--colors", action="store_true")
    parser.add_argument("--delivery", default="direct", choices=["direct", "background"])
    parser.add_argument("--config", help="a configuration file that is followed")
    given = parser.parse_args(arguments)

    # uvicorn stops gracefully and then raises the signal again for whoever had it before.
    signal.signal(signal.SIGTERM, lambda *_: None)
    # What `logging` itself leaves out, no block of ours can keep.
    logging.getLogger("inventory").setLevel(logging.DEBUG)
    if token := os.environ.get(TOKEN_VARIABLE):
        app.router.routes.append(Route("/levels", level_endpoint.asgi(token=token)))
    if given.config is None:
        setup_telemetry(configure(given.log_file, colors=given.colors, delivery=given.delivery))
    else:
        follow(given.config)
    try:
        with socket.socket(fileno=given.socket) as listener:
            # Without a log_config uvicorn's lines go the way of all others.
            config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=10)
            uvicorn.Server(config).run(sockets=[listener])
    finally:
        shutdown_telemetry()
        print(json.dumps(stats().as_dict()), flush=True)


if __name__ == "__main__":
    main()
