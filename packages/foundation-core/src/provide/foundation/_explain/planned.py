"""Sinks that open and write nothing, in the place of those that a set-up would make.

What decides about lanes and formats asks for a sink's class and for a few attributes of it, so each
stands in as an instance of that class which nobody has initialised.
"""

from __future__ import annotations

import os
from typing import Any

from provide.foundation._output.output import Sink


class PlannedQueue(Sink):
    """Stand in for a sink that hands lines over to another one in background delivery.

    Args:
        inner: The other one.
    """

    def __init__(self, inner: Sink) -> None:
        self.inner = inner

    @property
    def destination(self) -> Sink:
        """The sink that would write."""
        return self.inner


class PlannedSender(Sink):
    """Stand in for a function that takes lines in batches."""

    KIND = "a callable, in batches"


def plan_sink(kind: Any, *arguments: Any, **named: Any) -> Sink:
    """Return a stand-in for the sink that a class or a function would make of its arguments.

    It takes the place of `make_sink` where `open_outputs` is to open nothing.
    """
    if not isinstance(kind, type):  # what opens batches
        sender: Any = PlannedSender()
        sender.label = name_target(arguments[0])
        return PlannedQueue(sender)
    if kind.destination is not Sink.destination:  # type: ignore[attr-defined]  # it is a queue
        return PlannedQueue(arguments[0])
    sink: Any = object.__new__(kind)
    sink.label = name_target(arguments[0])
    return sink  # type: ignore[no-any-return]


def name_target(target: Any) -> str:
    """Return what `stats()` would call an output that writes to a target."""
    if isinstance(target, str):
        return target
    found = getattr(target, "name", None) or getattr(target, "__qualname__", None)
    return type(target).__name__ if found is None else str(found)


def label_of(sink: Sink) -> str:
    """Return what `stats()` calls a sink, or would call it."""
    destination: Any = sink.destination
    label = getattr(destination, "label", None)
    return str(destination.counts.name if label is None else label)


def find_trouble(sink: Sink) -> str | None:
    """Return why a planned log file could not be opened, as far as that shows without opening it.

    `None` as well for a sink that is none of ours: a set-up has opened its file.
    """
    destination: Any = sink.destination
    path = getattr(destination, "label", None)
    if path is None:
        return None
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        return "its folder does not exist"
    if os.path.isdir(path):
        return "it is a folder"
    if not os.access(path if os.path.exists(path) else folder, os.W_OK):
        return "it may not be written"
    return None
