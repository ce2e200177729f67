"""A web program that hands its work on to Celery."""

from __future__ import annotations

import celery_app  # type: ignore[import-not-found]
from fastapi import FastAPI

from provide.foundation.integrations.asgi import RequestMiddleware

app = FastAPI()
app.add_middleware(RequestMiddleware, skip=["/health"])


@app.get("/items/{number}")
def show_item(number: int) -> dict[str, int]:
    """Send a task."""
    celery_app.show_item.delay(number)
    return {"item": number}


@app.get("/fail/{number}")
def fail(number: int) -> None:
    """Raise, as the other web programs do."""
    raise RuntimeError(f"failure {number}")


@app.get("/health")
def health() -> str:
    """Answer who asks whether the server is there."""
    return "ok"
