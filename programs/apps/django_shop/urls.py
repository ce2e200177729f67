"""The views."""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import path

from provide.foundation import get_logger
from provide.foundation.integrations import add_event_fields

log = get_logger("shop")
stock = logging.getLogger("inventory")


def show_item(_request: Any, number: int) -> Any:
    """Write two lines, and a field of the request's own line."""
    log.info("item_shown", item=number)
    stock.info("stock read", extra={"item": number})
    add_event_fields(item=number)
    return JsonResponse({"item": number})


async def show_item_async(request: Any, number: int) -> Any:
    """Do the same as a coroutine."""
    return show_item(request, number)


def fail(_request: Any, number: int) -> Any:
    """Raise."""
    raise RuntimeError(f"failure {number}")


async def answer_health(_request: Any) -> Any:
    """Answer who asks whether the server is there."""
    return HttpResponse("ok")


urlpatterns = [
    path("items/<int:number>", show_item),
    path("fail/<int:number>", fail),
    path("health", answer_health),
]
