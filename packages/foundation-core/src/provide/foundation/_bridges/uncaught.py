"""Exceptions that nobody has caught, as records: of the program, threads, finalizers and tasks.

Python prints such a traceback to stderr, as text of many lines beside the JSON of all others, and
no log file has it. While this is attached each of them is a record, whose logger is
`UNCAUGHT_LOGGER`, or `asyncio` for what an event loop reports. `KeyboardInterrupt` and `SystemExit`
end a program or a thread as they did.

Whoever had a hook before is called behind the record: Sentry's, a debugger's, a test runner's.
Python's own is called only where no output is stderr or stdout, and in an interactive session:
there a person looks for the traceback.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

from provide.foundation._bridges.messages import ASYNCIO_LOGGER
from provide.foundation._bridges.plain_records import Call
from provide.foundation._bridges.set_aside import SetAside
from provide.foundation._bridges.stdlib_handler import Around, Emit, FoundationHandler, Refuse
from provide.foundation._process.hooks import put_back, put_first
from provide.foundation.levels import CRITICAL, ERROR

#: The logger's name, as `py.warnings` is that of warnings.
UNCAUGHT_LOGGER = "py.uncaught"
_NO_ERRORS = (KeyboardInterrupt, SystemExit)
#: How the reason begins that CPython 3.14 and newer give in place of a finalizer's function; an
#: address follows, which differs from run to run.
_DEALLOCATOR = "Exception ignored while calling deallocator <function "
_FUNCTIONS = (FunctionType, MethodType)
#: An exception ignored while the record of another one is made, and so on: from here on Python's
#: own hook has it, which makes nothing that could fail in turn.
_MOST_AT_ONCE = 4

_Seen = tuple[int, str, BaseException, Any, dict[str, Any]]


class _Hook:
    """Stand in front of one hook of the interpreter's.

    Args:
        module: The module that has it.
        name: Its name there.
        see: Returns level, event, exception, traceback and fields of what the hook is called with.
    """

    def __init__(self, module: Any, name: str, see: Callable[..., _Seen]) -> None:
        self.module, self.name, self._see = module, name, see
        self.plain = getattr(module, f"__{name}__")
        self.before = self.plain

    def put_first(self) -> None:
        self.before = put_first(self.module, self.name, self)

    def put_back(self) -> None:
        put_back(self.module, self.name, self, self.before)

    def __call__(self, *args: Any) -> None:
        level, event, error, traceback, fields = self._see(*args)
        ours = _attached
        if ours is None or isinstance(error, _NO_ERRORS) or len(_UNDER_WAY) >= _MOST_AT_ONCE:
            self.before(*args)
            return
        known = id(error) in _UNDER_WAY
        try:
            if not known:
                _UNDER_WAY.add(id(error))
                fields["exc_info"] = (type(error), error, traceback)
                ours.emit(level, UNCAUGHT_LOGGER, event, fields)
            if self.before is not self.plain or not ours.is_in_sight():
                self.before(*args)
        finally:
            if not known:
                _UNDER_WAY.discard(id(error))


class _Attached:
    """Remember what `attach` was given, and what it put in place."""

    def __init__(self, emit: Emit, call: Call, refuse: Refuse) -> None:
        self.emit = emit
        #: Whether an output is stderr or stdout.
        self.on_console = False
        #: The hooks; those that others have put theirs in front of come first.
        self.hooks: list[_Hook] = []
        #: Takes what event loops report, where nothing else of ours does.
        self.handler = FoundationHandler(emit, call, refuse, SetAside(), logging.ERROR)

    def is_in_sight(self) -> bool:
        """Say whether a person finds the record where Python would print the traceback."""
        return self.on_console and not (hasattr(sys, "ps1") or sys.flags.interactive)


_attached: _Attached | None = None
#: The exceptions that hooks of ours are at, by identity. Two of ours may be in one chain, where
#: somebody put his own in front and Foundation was set up anew.
_UNDER_WAY: set[int] = set()


def attach(
    emit: Emit,
    call: Call,
    refuse: Refuse,
    *,
    on_console: bool,
    loops: bool,
    around: Around | None = None,
) -> None:
    """Write a record for each exception that nobody catches.

    A second call puts a hook of ours in front of what has replaced one since the first one.

    Args:
        emit: Takes what becomes a line.
        call: Takes what is one plain call of a logger, and says whether it has become a line.
        refuse: Is told of what does not.
        on_console: Whether an output is stderr or stdout.
        loops: Whether to take what event loops report: `logging` is not routed here.
        around: What each record of `logging` is taken in.
    """
    global _attached
    if _attached is None:
        _attached = _Attached(emit, call, refuse)
    _attached.on_console = on_console
    _attached.handler.around = around
    for module, name, see in (
        (sys, "excepthook", _see_program),
        (threading, "excepthook", _see_thread),
        (sys, "unraisablehook", _see_unraisable),
    ):
        if not isinstance(getattr(module, name), _Hook):
            hook = _Hook(module, name, see)
            _attached.hooks.append(hook)
            hook.put_first()
    if loops:
        logging.getLogger(ASYNCIO_LOGGER).addHandler(_attached.handler)
    else:
        logging.getLogger(ASYNCIO_LOGGER).removeHandler(_attached.handler)


def detach() -> None:
    """Give the hooks back; one that is called by another's in front of it only passes on."""
    global _attached
    if _attached is None:
        return
    for hook in reversed(_attached.hooks):
        hook.put_back()
    logging.getLogger(ASYNCIO_LOGGER).removeHandler(_attached.handler)
    _attached = None  # not before: an interrupt must leave it to be done again


def _see_program(kind: type[BaseException], error: BaseException | None, traceback: Any) -> _Seen:
    return CRITICAL, "uncaught exception", kind() if error is None else error, traceback, {}


def _see_thread(args: Any) -> _Seen:
    fields = {} if args.thread is None else {"thread_name": args.thread.name}
    error = args.exc_type() if args.exc_value is None else args.exc_value
    return ERROR, "uncaught exception in a thread", error, args.exc_traceback, fields


def _see_unraisable(args: Any) -> _Seen:
    """See what Python can only ignore: a finalizer, a callback of a weak reference, of `atexit`."""
    failed, reason = args.object, args.err_msg
    if isinstance(failed, _FUNCTIONS):  # by its name, which is the same in each run
        failed = f"{failed.__module__}.{failed.__qualname__}"
    elif failed is None and isinstance(reason, str) and reason.startswith(_DEALLOCATOR):
        failed = reason.removeprefix(_DEALLOCATOR).partition(" at 0x")[0]
        if args.exc_traceback is not None:
            failed = f"{args.exc_traceback.tb_frame.f_globals.get('__name__')}.{failed}"
        reason = None
    fields: dict[str, Any] = {"object": failed}
    if reason is not None:
        fields["reason"] = reason
    error = args.exc_type() if args.exc_value is None else args.exc_value
    return ERROR, "exception ignored", error, args.exc_traceback, fields
