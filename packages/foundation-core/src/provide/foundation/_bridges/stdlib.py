"""Lines of the standard library's `logging` and `warnings`, into the same outputs.

It is attached by an explicit set-up only, and taken back at shutdown. While it is attached, every
handler that ends at stderr or stdout is set aside, its filters excepted. Each record reaches our
handler once: when it comes to the root logger, or, where a logger keeps its records from the root
(uvicorn's do), when it comes to a handler that is set aside there. Handlers that write elsewhere
stay. `capture/walk.py` sees to it, and so to handlers that somebody adds later.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from typing import TextIO

from provide.foundation._bridges.capture.configuring import Configurers, Disabling
from provide.foundation._bridges.capture.levels import OwnLevels
from provide.foundation._bridges.capture.root_level import RootLevel
from provide.foundation._bridges.capture.walk import ASIDE, Walk
from provide.foundation._bridges.frameworks.access_lines import Reader
from provide.foundation._bridges.handler_ends import OWN_FILES
from provide.foundation._bridges.plain_records import Call
from provide.foundation._bridges.set_aside import Judge, SetAside, say_left
from provide.foundation._bridges.stdlib_handler import Around, Emit, FoundationHandler, Refuse
from provide.foundation.levels import TABLE, WARNING

#: The logger's name of captured warnings, as in stdlib logging.
WARNINGS_LOGGER = "py.warnings"


class _Attached:
    """Remember what `attach` found, and what it put in place."""

    def __init__(self, emit: Emit, call: Call, refuse: Refuse) -> None:
        self.set_aside = SetAside()
        self.disabling = Disabling()
        self.handler = FoundationHandler(
            emit, call, refuse, self.set_aside, begun=self.disabling.watch
        )
        self.judge = Judge(self.handler, self.set_aside)
        self.walk: Walk | None = None
        self.root_level = RootLevel()
        self.configurers: Configurers | None = None
        self.own_levels: OwnLevels | None = None
        self.last_resort = logging.lastResort
        self.our_last_resort = FoundationHandler(
            emit, call, refuse, self.set_aside, logging.WARNING
        )
        self.show_warning: Callable[..., None] = warnings.showwarning

    def leave_root(self) -> None:
        """Say, once, that records of the root have come by and are not ours any more."""
        say_left("root", self.judge.remover)


_attached: _Attached | None = None


def attach(
    emit: Emit,
    call: Call,
    refuse: Refuse,
    outputs: Collection[logging.Handler] = (),
    files: Iterable[tuple[int, int]] = (),
    around: Around | None = None,
    readers: dict[str, Reader] | None = None,
    *,
    again: bool = True,
    own_levels: bool = False,
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
        again: Whether what others configure later is taken over as well.
        own_levels: Whether levels of modules reach loggers with levels of their own.
    """
    global _attached
    OWN_FILES.clear()
    OWN_FILES.update(files)
    if _attached is None:
        _attached = _Attached(emit, call, refuse)
        if logging.lastResort is not None:
            logging.lastResort = _attached.our_last_resort
    was = _attached
    was.handler.around = was.our_last_resort.around = around
    was.handler.readers = was.our_last_resort.readers = readers or {}
    was.disabling.restore()
    was.disabling.keep = again
    was.disabling.watch()
    was.judge.judge_all(outputs)
    _watch(was, again)
    if own_levels and was.own_levels is None:
        was.own_levels = OwnLevels()
    elif not own_levels and was.own_levels is not None:
        was.own_levels.give_back()
        was.own_levels = None
    if warnings.showwarning is not _show_warning:
        was.show_warning = warnings.showwarning
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
    if was.configurers is not None:
        was.configurers.give_back()
    if was.own_levels is not None:
        was.own_levels.give_back()
    if was.walk is not None:
        was.walk.end()
    root = logging.getLogger()
    # A list of its own: a thread may be walking through the one that stands there.
    root.handlers = [each for each in root.handlers if each is not was.handler]
    was.judge.give_back()
    was.root_level.give_back()
    was.disabling.give_back()
    if logging.lastResort is was.our_last_resort:
        logging.lastResort = was.last_resort
    if warnings.showwarning is _show_warning:
        warnings.showwarning = was.show_warning
    _attached = None  # not before: an interrupt must leave it to be done again


def follow_levels() -> None:
    """Let stdlib's root logger pass what any of our loggers would write, and no more."""
    if _attached is not None:
        _attached.root_level.put(TABLE.lowest())
        if _attached.own_levels is not None:
            _attached.own_levels.put()


def take(record: logging.LogRecord) -> bool:
    """Take a record, if `logging` is captured; say whether that is so."""
    was = _attached
    if was is None:
        return False
    was.handler.take(record)
    return True


def leads_here(logger: logging.Logger) -> bool:
    """Say whether records of a logger become lines of ours."""
    step: logging.Logger | None = logger
    while _attached is not None and step is not None:
        known = _attached.judge.verdicts.by_id
        if step.parent is None or any(known.get(id(each)) == ASIDE for each in step.handlers):
            return True
        step = step.parent if step.propagate else None
    return False


def _watch(ours: _Attached, again: bool) -> None:
    """Meet every record from now on, and notice who configures."""
    judge = ours.judge
    if ours.configurers is not None:
        ours.configurers.give_back()
        ours.configurers = None
    before = ours.walk
    leave = None if again else ours.leave_root
    ours.walk = Walk(
        ours.handler,
        ours.handler.take,
        judge.verdicts.by_id,
        judge.judge if again else judge.judge_later,
        leave,
        before,
    )
    # Behind it: a thread that logs meanwhile finds the handlers as they were, or the walk.
    root = logging.getLogger()
    if ours.handler not in root.handlers:
        # It stands where the first console does, so that others find a handler that takes records.
        aside = [judge.verdicts.by_id.get(id(each)) == ASIDE for each in root.handlers]
        place = aside.index(True) if True in aside else 0
        root.handlers = [*root.handlers[:place], ours.handler, *root.handlers[place:]]
    if again:
        ours.root_level.watch()
    else:
        ours.root_level.ignore()
        ours.configurers = Configurers(ours.handler, judge.meet_later, judge.remover)


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
