"""Lines of the standard library's `logging` and `warnings`, into the same outputs.

It is attached by an explicit set-up only, and
taken back at shutdown. While it is attached, every handler that ends at stderr or stdout is set
aside, its filters excepted. Each record reaches our handler once: through the root logger, or,
where a logger keeps its records from the root (uvicorn's do), through that logger. Handlers that
write elsewhere stay.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from typing import Any, TextIO

from provide.foundation._bridges.frameworks.access_lines import Reader
from provide.foundation._bridges.handler_ends import (
    CONSOLE,
    OWN_FILES,
    UNKNOWN,
    Remainder,
    routes_of,
)
from provide.foundation._bridges.plain_records import Call
from provide.foundation._bridges.set_aside import SetAside
from provide.foundation._bridges.stdlib_handler import Around, Emit, FoundationHandler, Refuse
from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation.levels import TABLE, WARNING

#: The logger's name of captured warnings, as in stdlib logging.
WARNINGS_LOGGER = "py.warnings"


class _Attached:
    """Remember what `attach` found, and what it put in place."""

    def __init__(self, emit: Emit, call: Call, refuse: Refuse) -> None:
        self.set_aside = SetAside()
        self.handler = FoundationHandler(emit, call, refuse, self.set_aside)
        self.handlers: dict[logging.Logger, list[logging.Handler]] = {}
        #: Where our handler was put.
        self.placed: set[logging.Logger] = set()
        self.consoles: list[logging.Handler] = []
        self.listeners: list[Any] = []
        self.root_level = logging.getLogger().level
        self.our_level = logging.NOTSET
        self.last_resort = logging.lastResort
        self.our_last_resort = FoundationHandler(
            emit, call, refuse, self.set_aside, logging.WARNING
        )
        self.show_warning: Callable[..., None] = warnings.showwarning


_attached: _Attached | None = None


def attach(
    emit: Emit,
    call: Call,
    refuse: Refuse,
    outputs: Collection[logging.Handler] = (),
    files: Iterable[tuple[int, int]] = (),
    around: Around | None = None,
    readers: dict[str, Reader] | None = None,
) -> None:
    """Route `logging` and `warnings` through `emit`.

    A second call takes in what was configured since the first one.

    Args:
        emit: Takes what becomes a line.
        call: Takes what is one plain call of a logger, and says whether it has become a line.
        refuse: Is told of what does not.
        outputs: Handlers that get our lines: they must not get the records as well.
        files: Device and number of the files that our lines go to, likewise.
        around: What each record is taken in.
        readers: What reads the records of web servers and frameworks, by their loggers' names.
    """
    global _attached
    OWN_FILES.clear()
    OWN_FILES.update(files)
    if _attached is None:
        _attached = _Attached(emit, call, refuse)
        if logging.lastResort is not None:
            logging.lastResort = _attached.our_last_resort
    _attached.handler.around = _attached.our_last_resort.around = around
    _attached.handler.readers = _attached.our_last_resort.readers = readers or {}
    known = logging.getLogger().manager.loggerDict
    # A parent stands before its children, and so has our handler before they are looked at.
    named = [known[name] for name in sorted(known)]
    for bare in [each for each in _attached.placed if _attached.handler not in each.handlers]:
        # Somebody has configured logging anew: what stood there before, no record would meet.
        _attached.placed.discard(bare)
        _attached.set_aside.forget(bare)
    for owner in (logging.getLogger(), *named):
        if isinstance(owner, logging.Logger):
            _take_over(owner, _attached, outputs)
    if warnings.showwarning is not _show_warning:
        _attached.show_warning = warnings.showwarning
        warnings.showwarning = _show_warning
    follow_levels()


def take_in(around: Around | None) -> None:
    """Take each record in something from now on, while `logging` is routed through us."""
    if _attached is not None:
        _attached.handler.around = _attached.our_last_resort.around = around


def detach() -> None:
    """Give `logging` and `warnings` back as they were found; idempotent."""
    global _attached
    was = _attached
    if was is None:
        return
    root = logging.getLogger()
    for owner, found in was.handlers.items():
        removed = [h for h in found if h not in owner.handlers and h not in was.consoles]
        added = [h for h in owner.handlers if h not in found and h is not was.handler]
        owner.handlers = [h for h in found if h not in removed] + added
    for listener in was.listeners:
        listener.handlers = tuple(
            h.handler if isinstance(h, Remainder) else h for h in listener.handlers
        )
    if root.level == was.our_level:
        root.setLevel(was.root_level)
    if logging.lastResort is was.our_last_resort:
        logging.lastResort = was.last_resort
    if warnings.showwarning is _show_warning:
        warnings.showwarning = was.show_warning
    _attached = None  # not before: an interrupt must leave it to be done again


def follow_levels() -> None:
    """Let stdlib's root logger pass what any of our loggers would write, and no more."""
    if _attached is not None:
        _attached.our_level = TABLE.lowest()
        logging.getLogger().setLevel(_attached.our_level)


def _take_over(
    owner: logging.Logger, ours: _Attached, outputs: Collection[logging.Handler]
) -> None:
    """Set a logger's console handlers aside, and see that its records reach us, once."""
    present = ours.handler in owner.handlers
    consoles, leaves = [], False
    for handler in owner.handlers:
        if handler is ours.handler:
            continue
        if any(handler is output for output in outputs):
            consoles.append(handler)
            continue
        routes = routes_of(handler)
        ends = [route for route in routes if route.end == CONSOLE]
        if ends and len(ends) == len(routes):
            consoles.append(handler)
        elif ends and all(route.listener is not None for route in ends):
            leaves = True
            for route in ends:
                _leave_listener(route.listener, route.handlers[-1], ours)
        elif ends or any(route.end == UNKNOWN for route in routes):
            _say_unknown(owner, handler)
            continue
        ours.set_aside.add(owner, ends)
    is_root = owner.parent is None
    needed = is_root or (bool(consoles or leaves or present) and not _reaches(owner, ours.handler))
    if not consoles and present == needed:
        return
    found = ours.handlers.setdefault(owner, [])
    found += [h for h in owner.handlers if h not in found and h is not ours.handler]
    ours.consoles += consoles
    # It stands where the first of them stood: what a filter does to a record is seen by the
    # handlers that saw it before. One assignment: a thread that logs meanwhile finds the old
    # handlers or ours.
    replaced = (ours.handler, *consoles)
    place = next((n for n, h in enumerate(owner.handlers) if h in replaced), 0)
    others = [h if h not in replaced else None for h in owner.handlers]
    if needed:
        ours.placed.add(owner)
        others.insert(place, ours.handler)
    owner.handlers = [h for h in others if h is not None]


def _leave_listener(listener: Any, console: logging.Handler, ours: _Attached) -> None:
    """Take a console out of the handlers behind a queue; queued records still come out."""
    if listener not in ours.listeners:
        ours.listeners.append(listener)
    listener.handlers = tuple(Remainder(h) if h is console else h for h in listener.handlers)


def _say_unknown(owner: logging.Logger, handler: logging.Handler) -> None:
    kind = f"{type(handler).__module__}.{type(handler).__qualname__}"
    DIAGNOSTICS.report_once(
        f"handler:{kind}",
        "a handler of logging stays, as nobody can tell where it writes: if that is stderr or "
        "stdout, lines come twice",
        {"handler": kind, "of": owner.name},
    )


def _reaches(owner: logging.Logger, handler: logging.Handler) -> bool:
    """Say whether a logger passes its records on to a logger that has this handler."""
    step: logging.Logger | None = owner
    while step is not None and step.propagate:
        step = step.parent
        if step is not None and handler in step.handlers:
            return True
    return False


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Write a warning as a line; one that is meant for a file goes there.

    After `detach` it does what Python does: `warnings.catch_warnings` may put it back at any time.
    """
    attached = _attached
    if attached is None or file is not None:
        stream = sys.stderr if file is None else file
        if stream is not None:
            with suppress(OSError):  # as in warnings._showwarnmsg_impl
                stream.write(warnings.formatwarning(message, category, filename, lineno, line))
        return
    place = {"file": filename, "line": lineno}
    fields = {"category": category.__qualname__, **place}
    attached.handler.write(WARNING, WARNINGS_LOGGER, message, fields, callsite=place)
