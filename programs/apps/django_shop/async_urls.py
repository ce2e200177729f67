"""The views, those of items as coroutines."""

from __future__ import annotations

from django.urls import path

from .urls import answer_health, fail, show_item_async

urlpatterns = [
    path("items/<int:number>", show_item_async),
    path("fail/<int:number>", fail),
    path("health", answer_health),
]
