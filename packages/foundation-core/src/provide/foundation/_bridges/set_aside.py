"""The filters of handlers of `logging` that are set aside: they go on working.

A handler that is set aside writes nothing any more; its filters still see each record that would
have reached it, before the record becomes a line of ours. It imports what handlers are made of,
the counters and the diagnostics.

Where several such handlers stand on a record's way, the line is written once if at least one of
them would have written it. Their filters run in the order in which `logging` would have run them,
and each gets what the one before it has left, so that what any of them masks is masked. A
handler's level says whether it has a voice; where none is low enough, Foundation's level has let
the record through, and all of them have one.
"""

from __future__ import annotations

import logging
from typing import Any

from provide.foundation._bridges.handler_ends import Route
from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._process.interrupts import let_through

#: Why a record becomes no line.
FILTERED = "filtered"
FILTER_FAILED = "filter_failed"


class SetAside:
    """Remember which handlers were set aside from which logger, and run their filters."""

    def __init__(self) -> None:
        self.routes: dict[logging.Logger, list[Route]] = {}
        #: All handlers on these routes.
        self._handlers: tuple[logging.Handler, ...] = ()

    def add(self, owner: logging.Logger, routes: list[Route]) -> None:
        """Take handlers in that stood on a logger."""
        self.routes[owner] = [*self.routes.get(owner, ()), *routes]
        self._note_handlers()

    def forget(self, owner: logging.Logger) -> None:
        """Let the handlers of a logger go: somebody has configured it anew."""
        self.routes.pop(owner, None)
        self._note_handlers()

    def _note_handlers(self) -> None:
        routes = [route for found in self.routes.values() for route in found]
        self._handlers = tuple({h: None for route in routes for h in route.handlers})

    def run_filters(self, record: Any) -> tuple[Any, str]:
        """Run the filters that a record would have met.

        Returns:
            The record that they leave, and ""; or the record, and why it is not to be written.
        """
        routes = self._on_the_way(record) if self._has_filters() else []
        if not routes:
            return record, ""
        level = record.levelno
        present = [r for r in routes if isinstance(level, int) and r.level <= level] or routes
        wanted = False
        verdicts: dict[int, bool] = {}
        for route in present:
            for handler in route.handlers:
                verdict = verdicts.get(id(handler))
                if verdict is None:
                    try:
                        result: Any = handler.filter(record)
                    except Exception as error:  # a log call never raises: the filter is the user's
                        let_through()
                        _say_failed(handler, error)
                        # What the filter was to mask must not come out; what an earlier handler
                        # would have written by now may.
                        return record, "" if wanted else FILTER_FAILED
                    verdict = verdicts[id(handler)] = bool(result)
                    if isinstance(result, logging.LogRecord):
                        record = result
                if not verdict:
                    break
            else:
                wanted = True
        return record, "" if wanted else FILTERED

    def end_process(self, record: Any) -> None:
        """Give a record of absl's `fatal` to absl's own handler, which ends the process after it.

        Source: absl.logging.PythonHandler.emit, 2.5.
        """
        for route in self._on_the_way(record):
            route.handlers[0].handle(record)

    def _has_filters(self) -> bool:
        for handler in self._handlers:  # a loop: any() takes three times as long, for each record
            if handler.filters or type(handler).filter is not logging.Filterer.filter:
                return True
        return False

    def _on_the_way(self, record: Any) -> list[Route]:
        """Return the handlers that were set aside between a record's logger and the root."""
        root = logging.getLogger()
        name, known = str(record.name), root.manager.loggerDict
        step: Any = known.get(name)
        while not isinstance(step, logging.Logger):  # a logger that only its children have made
            name, dot, _ = name.rpartition(".")
            step = known.get(name) if dot else root
        found: list[Route] = []
        while step is not None:
            found += self.routes.get(step, ())
            step = step.parent if step.propagate else None
        return found


def _say_failed(handler: logging.Handler, error: Exception) -> None:
    COUNTERS.fault("filter")
    kind = type(handler)
    DIAGNOSTICS.report(
        f"filter:{kind.__module__}.{kind.__qualname__}",
        "a filter of a handler of logging failed",
        {"handler": f"{kind.__module__}.{kind.__qualname__}", "error": type(error).__name__},
    )
