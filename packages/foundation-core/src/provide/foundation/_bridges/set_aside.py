"""Handlers of `logging` that are set aside: which ones, and their filters, which go on working.

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
from collections.abc import Collection, Container
from typing import Any

from provide.foundation._bridges.capture.entry import EntryHandler
from provide.foundation._bridges.capture.walk import ASIDE, STAYS, THEIRS, Verdicts
from provide.foundation._bridges.handler_ends import (
    CONSOLE,
    UNKNOWN,
    Remainder,
    Route,
    routes_of,
)
from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._process.interrupts import let_through

#: Why a record becomes no line.
FILTERED = "filtered"
FILTER_FAILED = "filter_failed"


class SetAside:
    """Remember which handlers are set aside, and run their filters."""

    def __init__(self) -> None:
        #: The ways through each of them, by its identity; they hold the handler itself.
        self.routes: dict[int, list[Route]] = {}
        #: All handlers on these routes.
        self._handlers: tuple[logging.Handler, ...] = ()

    def add(self, handler: logging.Handler, routes: list[Route]) -> None:
        """Take a handler in."""
        self._replace({**self.routes, id(handler): routes})

    def leave(self, handler: logging.Handler) -> None:
        """Let a handler go: it is an output, and gets our lines."""
        self._replace({each: r for each, r in self.routes.items() if each != id(handler)})

    def keep(self, known: Container[int]) -> None:
        """Let all handlers go but those with the identities that are known."""
        self._replace({each: routes for each, routes in self.routes.items() if each in known})

    def _replace(self, fresh: dict[int, list[Route]]) -> None:
        routes = [route for found in fresh.values() for route in found]
        self._handlers = tuple({id(h): h for route in routes for h in route.handlers}.values())
        self.routes = fresh

    def run_filters(self, record: Any) -> tuple[Any, str]:
        """Run the filters that a record would have met.

        Returns:
            The record that they leave, and ""; or the record, and why it is not to be written.
        """
        routes = self.on_the_way(record) if self._has_filters() else []
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
        for route in self.on_the_way(record):
            route.handlers[0].handle(record)

    def _has_filters(self) -> bool:
        for handler in self._handlers:  # a loop: any() takes three times as long, for each record
            if handler.filters or type(handler).filter is not logging.Filterer.filter:
                return True
        return False

    def on_the_way(self, record: Any) -> list[Route]:
        """Return the ways through handlers that are set aside between a logger and the root."""
        root = logging.getLogger()
        name, known = str(record.name), root.manager.loggerDict
        step: Any = known.get(name)
        while not isinstance(step, logging.Logger):  # a logger that only its children have made
            name, dot, _ = name.rpartition(".")
            step = known.get(name) if dot else root
        found: list[Route] = []
        while step is not None:
            for handler in step.handlers:
                found += self.routes.get(id(handler), ())
            step = step.parent if step.propagate else None
        return found


class Judge:
    """Say what becomes of handlers, and set those aside that end where our lines go.

    Any thread may judge, while it logs: two that judge the same handler come to the same result.

    Args:
        ours: Our handler, which stands on the root.
        set_aside: Takes in those that are set aside.
    """

    def __init__(self, ours: logging.Handler, set_aside: SetAside) -> None:
        self.verdicts = Verdicts(set_aside.keep)
        self._ours = ours
        self._set_aside = set_aside
        self._outputs: Collection[logging.Handler] = ()
        self._listeners: list[Any] = []
        #: Who has taken our handler away from the root, where that is noticed.
        self.remover: dict[str, Any] = {}

    def judge_all(self, outputs: Collection[logging.Handler]) -> None:
        """Judge every handler that stands on a logger now, and none by what was known before.

        Args:
            outputs: Handlers that get our lines: they must not get the records as well.
        """
        self._outputs = outputs
        # Another one: threads that log meanwhile go by the earlier verdicts.
        self.verdicts = Verdicts(self._set_aside.keep)
        self.judge(self._ours, logging.getLogger())
        known = logging.getLogger().manager.loggerDict
        for owner in (logging.getLogger(), *[known[name] for name in sorted(known)]):
            if not isinstance(owner, logging.Logger):
                continue
            for handler in tuple(owner.handlers):
                if id(handler) not in self.verdicts.by_id:
                    self.judge(handler, owner)
        self._set_aside.keep(self.verdicts.by_id)

    def judge(self, handler: logging.Handler, owner: logging.Logger) -> str:
        """Say what becomes of a handler that stands on a logger."""
        if handler is self._ours:
            return self.verdicts.note(handler, ASIDE)
        if any(handler is output for output in self._outputs):
            self._set_aside.leave(handler)
            return self.verdicts.note(handler, ASIDE)
        is_entry = isinstance(handler, EntryHandler)
        routes = [Route((handler,), CONSOLE)] if is_entry else routes_of(handler)
        ends = [route for route in routes if route.end == CONSOLE]
        verdict = ASIDE if ends and len(ends) == len(routes) else STAYS
        is_queued = all(route.listener is not None for route in ends)
        if verdict == STAYS and (ends or any(route.end == UNKNOWN for route in routes)):
            if not (ends and is_queued):
                self.verdicts.note(handler, STAYS)  # before its report, which may be handed on
                _say_unknown(owner, handler)
                return STAYS
            for route in ends:
                self._leave_listener(route.listener, route.handlers[-1])
        if ends:
            self._set_aside.add(handler, ends)
        return self.verdicts.note(handler, verdict)

    def judge_later(self, handler: logging.Handler, owner: logging.Logger) -> str:
        """Say what becomes of a handler that was added after the set-up, by somebody."""
        return self.meet_later(handler, owner, self.remover if owner.parent is None else {})

    def meet_later(
        self, handler: logging.Handler, owner: logging.Logger, place: dict[str, Any]
    ) -> str:
        """Leave a console that is added after the set-up to whoever adds it, and say who that is.

        Args:
            handler: Any handler that is added.
            owner: Its logger.
            place: Who adds it.
        """
        known = self.verdicts.by_id.get(id(handler))
        if known is not None:
            return known
        if handler is self._ours or isinstance(handler, EntryHandler):
            return self.judge(handler, owner)
        if not any(route.end == CONSOLE for route in routes_of(handler)):
            return self.verdicts.note(handler, STAYS)
        self.verdicts.note(handler, THEIRS)
        say_left(owner.name, place)
        return THEIRS

    def give_back(self) -> None:
        """Let the listeners of queues have the handlers that they had."""
        for listener in self._listeners:
            listener.handlers = tuple(
                h.handler if isinstance(h, Remainder) else h for h in listener.handlers
            )

    def _leave_listener(self, listener: Any, console: logging.Handler) -> None:
        """Take a console out of the handlers behind a queue; queued records still come out."""
        if listener not in self._listeners:
            self._listeners.append(listener)
        listener.handlers = tuple(Remainder(h) if h is console else h for h in listener.handlers)


def say_left(name: str, place: dict[str, Any]) -> None:
    """Say, once for each place, that `logging` is left to whoever has configured it there.

    Args:
        name: The logger's name.
        place: Who has configured it.
    """
    DIAGNOSTICS.report_once(
        f"configured:{place.get('file')}:{place.get('line')}",
        "logging was configured again: what it writes to stderr or stdout no longer comes here",
        {"of": name, **place},
    )


def _say_unknown(owner: logging.Logger, handler: logging.Handler) -> None:
    kind = f"{type(handler).__module__}.{type(handler).__qualname__}"
    DIAGNOSTICS.report_once(
        f"handler:{kind}",
        "a handler of logging stays, as nobody can tell where it writes: if that is stderr or "
        "stdout, lines come twice",
        {"handler": kind, "of": owner.name},
    )


def _say_failed(handler: logging.Handler, error: Exception) -> None:
    COUNTERS.fault("filter")
    kind = type(handler)
    DIAGNOSTICS.report(
        f"filter:{kind.__module__}.{kind.__qualname__}",
        "a filter of a handler of logging failed",
        {"handler": f"{kind.__module__}.{kind.__qualname__}", "error": type(error).__name__},
    )
