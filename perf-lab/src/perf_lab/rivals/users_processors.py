"""The processors of the user's, which structlog and Foundation run; the first ones first."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

Event = MutableMapping[str, Any]


def add_host(_logger: Any, _method: str, event: Event) -> Event:
    """Add a field, as most processors do."""
    event["host"] = "web-1"
    return event


def rename_user(_logger: Any, _method: str, event: Event) -> Event:
    """Give a field the name that another team's tools expect."""
    if "user_name" in event:
        event["user"] = event.pop("user_name")
    return event


def mark_slow(_logger: Any, _method: str, event: Event) -> Event:
    """Look at a field, and add another one for some values of it."""
    if event.get("load", 0) > 10:
        event["slow"] = True
    return event


PROCESSORS: tuple[Callable[[Any, str, Event], Event], ...] = (add_host, rename_user, mark_slow)
