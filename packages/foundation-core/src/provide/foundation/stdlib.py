"""Lines of the standard library's `logging` and `warnings`, into the same outputs.

Imports levels only. It is attached by an explicit set-up only, and taken back at shutdown. While
it is attached, every handler that writes to stderr or stdout is set aside, and each record reaches
our handler once: through the root logger, or, where a logger keeps its records from the root
(uvicorn's do), through that logger. Handlers that write elsewhere stay.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

from provide.foundation.levels import LEVEL_NAMES, TABLE, WARNING, nearest_level

#: The logger's name of captured warnings, as in stdlib logging.
WARNINGS_LOGGER = "py.warnings"

#: The attributes that every record has; whatever else it has came through `extra`.
#: Source: logging.LogRecord (3.11 to 3.13); `message` and `asctime` are added by formatters.
_RECORD_ATTRIBUTES = frozenset(
    logging.LogRecord("", 0, "", 0, "", None, None).__dict__.keys() | {"message", "asctime"}
)

Emit = Callable[..., None]


class FoundationHandler(logging.Handler):
    """Give each record to Foundation: level, `extra`, exception and stack kept.

    Args:
        emit: `setup.emit_foreign`.
        level: The lowest level of stdlib's that is taken.
    """

    def __init__(self, emit: Emit, level: int = logging.NOTSET) -> None:
        super().__init__(level)
        self.write = emit

    # A filter may return another record from Python 3.12 on, which typeshed's 3.11 does not say.
    def handle(self, record: Any) -> Any:
        """Filter one record and write it, without the handler's lock: a fork could leave it held.

        Source: logging.Handler.handle, 3.13.
        """
        passed: Any = self.filter(record)
        if passed:
            self.emit(passed if isinstance(passed, logging.LogRecord) else record)
        return passed

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; nothing that it holds can make this raise an `Exception`."""
        fields = {k: v for k, v in record.__dict__.items() if k not in _RECORD_ATTRIBUTES}
        if "stacklevel" in fields:  # else it would be taken as the parameter of a call
            fields["stacklevel_"] = fields.pop("stacklevel")
        name = str(record.name)
        if name.startswith("uvicorn"):
            fields.pop("color_message", None)  # the same message, with terminal colours
        event: object = record.msg
        args: Any = record.args or ()
        if not isinstance(args, tuple):
            args = (args,)
        if type(record).getMessage is not logging.LogRecord.getMessage:
            try:
                event, args = record.getMessage(), ()
            except Exception:  # promise 1: the class is the user's
                fields.setdefault("args", record.args)
                args = ()
        if record.levelno not in LEVEL_NAMES:
            fields.setdefault("stdlib_level", record.levelname)
        if record.exc_info:
            fields["exc_info"] = record.exc_info
        elif record.exc_text:  # the traceback of a record from another process
            fields.setdefault("exc_text", record.exc_text)
        if record.stack_info:
            fields["stack_info"] = record.stack_info
        self.write(
            nearest_level(record.levelno),
            name,
            event,
            fields,
            args=args,
            seconds=record.created,
            callsite={"file": record.pathname, "line": record.lineno, "function": record.funcName},
        )


class _Attached:
    """Remember what `attach` found, and what it put in place."""

    def __init__(self, emit: Emit) -> None:
        self.handler = FoundationHandler(emit)
        self.handlers: dict[logging.Logger, list[logging.Handler]] = {}
        self.set_aside: list[logging.Handler] = []
        self.root_level = logging.getLogger().level
        self.our_level = logging.NOTSET
        self.last_resort = logging.lastResort
        self.our_last_resort = FoundationHandler(emit, logging.WARNING)
        self.show_warning: Callable[..., None] = warnings.showwarning


_attached: _Attached | None = None


def attach(emit: Emit) -> None:
    """Route `logging` and `warnings` through `emit`.

    A second call takes in what was configured since the first one.
    """
    global _attached
    if _attached is None:
        _attached = _Attached(emit)
        if logging.lastResort is not None:
            logging.lastResort = _attached.our_last_resort
    known = logging.getLogger().manager.loggerDict
    # A parent stands before its children, and so has our handler before they are looked at.
    named = [known[name] for name in sorted(known)]
    for owner in (logging.getLogger(), *named):
        if isinstance(owner, logging.Logger):
            _take_over(owner, _attached)
    if warnings.showwarning is not _show_warning:
        _attached.show_warning = warnings.showwarning
        warnings.showwarning = _show_warning
    follow_levels()


def detach() -> None:
    """Give `logging` and `warnings` back as they were found; idempotent."""
    global _attached
    was, _attached = _attached, None
    if was is None:
        return
    root = logging.getLogger()
    for owner, found in was.handlers.items():
        removed = [h for h in found if h not in owner.handlers and h not in was.set_aside]
        added = [h for h in owner.handlers if h not in found and h is not was.handler]
        owner.handlers = [h for h in found if h not in removed] + added
    if root.level == was.our_level:
        root.setLevel(was.root_level)
    if logging.lastResort is was.our_last_resort:
        logging.lastResort = was.last_resort
    if warnings.showwarning is _show_warning:
        warnings.showwarning = was.show_warning


def follow_levels() -> None:
    """Let stdlib's root logger pass what any of our loggers would write, and no more."""
    if _attached is not None:
        _attached.our_level = TABLE.lowest()
        logging.getLogger().setLevel(_attached.our_level)


def _take_over(owner: logging.Logger, ours: _Attached) -> None:
    """Set a logger's console handlers aside, and see that its records reach us, once."""
    consoles = [handler for handler in owner.handlers if _is_console(handler)]
    present = ours.handler in owner.handlers
    is_root = owner.parent is None
    needed = is_root or (bool(consoles or present) and not _reaches(owner, ours.handler))
    if not consoles and present == needed:
        return
    found = ours.handlers.setdefault(owner, [])
    found += [h for h in owner.handlers if h not in found and h is not ours.handler]
    ours.set_aside += consoles
    # One assignment: a thread that logs meanwhile finds the old handlers or ours.
    others = [h for h in owner.handlers if h not in consoles and h is not ours.handler]
    owner.handlers = [ours.handler, *others] if needed else others


def _reaches(owner: logging.Logger, handler: logging.Handler) -> bool:
    """Say whether a logger passes its records on to a logger that has this handler."""
    step: logging.Logger | None = owner
    while step is not None and step.propagate:
        step = step.parent
        if step is not None and handler in step.handlers:
            return True
    return False


def _is_console(handler: logging.Handler) -> bool:
    """Say whether a handler writes to stderr or stdout, through whichever object."""
    # rich's handler holds a console, whose file that is.
    stream = getattr(handler, "stream", None) or getattr(
        getattr(handler, "console", None), "file", None
    )
    if stream is None:
        return False
    if any(stream is s for s in (sys.stderr, sys.stdout, sys.__stderr__, sys.__stdout__)):
        return True
    try:
        return stream.fileno() in (1, 2)
    except Exception:  # promise 1: a stream is anything with a `write`, and may be closed
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
