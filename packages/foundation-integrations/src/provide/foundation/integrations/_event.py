"""The fields that one request or task gathers for the line at its end."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any


class Event:
    """Hold what is known of one request or task while it runs.

    Threads and tasks that are started within it share it.
    """

    __slots__ = ("base", "ended", "fields")

    def __init__(self) -> None:
        #: The context fields that were bound before it began.
        self.base: dict[str, Any] = {}
        #: The fields of its last line.
        self.fields: dict[str, Any] = {}
        #: Whether its last line has been written.
        self.ended = False


CURRENT: ContextVar[Event | None] = ContextVar("foundation_event", default=None)


def add_event_fields(**fields: Any) -> None:
    """Add fields to the one line that is written at the end of the present request or task.

    The line has each field once, with the value that was given last. Outside of a request, and
    after its end, nothing happens: code may call this wherever it runs. Any thread may call it.

    Args:
        **fields: Names and values. Those of the line itself, such as ``duration_ms`` and
            ``request_id``, stay the line's own: a field of such a name gets an underscore behind.
    """
    event = CURRENT.get()
    if event is not None and not event.ended:
        event.fields.update(fields)
