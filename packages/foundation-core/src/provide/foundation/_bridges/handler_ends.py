"""Where a handler of `logging` ends: at a console, elsewhere, or nobody can tell.

It imports interrupts only. The place where the records come out decides, not the handler's
class. The place is the descriptor under its stream, the handler that it wraps, or the handlers of
the listener at the other end of its queue. A handler without a stream is judged by the code of its
`emit`: by the place that it writes to. That code is only read, never run; a name in it that is not
understood makes the answer "unknown".
"""

from __future__ import annotations

import builtins
import gc
import io
import logging
import os
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FunctionType
from typing import Any

from provide.foundation._process.interrupts import let_through

#: Packages whose handlers pass records on by other ways than a stream.
_OWN_WAYS = ("ddtrace.internal.", "provide.foundation.integrations.")
#: stderr or stdout, whether through Python's streams, a descriptor or a path.
CONSOLE = "console"
#: A file, a socket, a list: it has nothing to do with the console.
ELSEWHERE = "elsewhere"
UNKNOWN = "unknown"

#: Device and number of each file that is an output of Foundation's: there, too, a line may come
#: twice. `_bridges/stdlib.py` keeps it up to date.
OWN_FILES: set[tuple[int, int]] = set()

#: What can be wrapped in what: deeper than this nobody looks.
_DEEPEST = 5
#: Whoever defines `emit` here writes to a stream, to another handler, or not to a console.
_STDLIB = ("logging", "logging.handlers")
#: Whose `emit` writes to no console, though its code does not say so: Django's sends mails.
_ELSEWHERE = (*_STDLIB, "django.utils.log")
_STREAM_NAMES = frozenset({"stdout", "stderr", "__stdout__", "__stderr__"})
#: With these a line may go anywhere.
_FAR = ("print", "open", "__import__", "getattr", "vars", "globals", "locals", "eval", "exec")
#: What code that writes a record uses besides: it leads nowhere.
_HARMLESS = (
    frozenset(logging.makeLogRecord({}).__dict__)
    | {name for name in dir(builtins) if name not in _FAR}
    | {"format", "getMessage", "handleError", "terminator", "acquire", "release", "flush"}
    | {"write", "writelines", "sys", "lock", "encode", "decode", "join", "strip", "rstrip"}
)


class Route:
    """Describe one way that records take through a handler.

    Args:
        handlers: Those that a record passes, the outermost first. Of each, the filters count.
        end: `CONSOLE`, `ELSEWHERE` or `UNKNOWN`.
        listener: The queue's listener that the last of them belongs to, if there is one.
    """

    def __init__(
        self, handlers: tuple[logging.Handler, ...], end: str, listener: Any = None
    ) -> None:
        self.handlers = handlers
        self.end = end
        self.listener = listener

    @property
    def level(self) -> int:
        """Return the lowest level that gets through."""
        level = self.handlers[0].level
        if getattr(self.listener, "respect_handler_level", False):
            level = max(level, self.handlers[-1].level)
        return level


class Remainder(logging.Handler):
    """Stand in for a handler of a queue's listener: pass on the records that were queued before it.

    Args:
        handler: Whose place it takes.
    """

    def __init__(self, handler: logging.Handler) -> None:
        super().__init__(handler.level)
        self.handler = handler
        self.since = time.time()

    def handle(self, record: logging.LogRecord) -> bool:
        """Give an older record to the handler; a newer one has come out already."""
        return bool(record.created < self.since and self.handler.handle(record))


def routes_of(
    handler: logging.Handler, before: tuple[logging.Handler, ...] = (), listener: Any = None
) -> list[Route]:
    """Return every way that records take through a handler."""
    passed = (*before, handler)
    if isinstance(handler, Remainder):
        return [Route(passed, ELSEWHERE, listener)]
    if len(passed) > _DEEPEST or handler in before:
        return [Route(passed, UNKNOWN, listener)]
    try:
        inner = _inner_handlers(handler)
        if inner is None:
            return [Route(passed, _end_of(handler), listener)]
        return [route for each, way in inner for route in routes_of(each, passed, way or listener)]
    except Exception:  # never raises: a handler is anything that the application put there
        let_through()
        return [Route(passed, UNKNOWN, listener)]


def _inner_handlers(handler: logging.Handler) -> list[tuple[logging.Handler, Any]] | None:
    """Return the handlers that get the records, each with its listener, or None for itself."""
    if isinstance(getattr(handler, "target", None), logging.Handler):
        return [(handler.target, None)]  # type: ignore[attr-defined]
    queue = getattr(handler, "queue", None)
    if queue is not None and callable(getattr(handler, "enqueue", None)):
        listeners = _listeners_of(handler, queue)
        found = [(each, listener) for listener in listeners for each in listener.handlers]
        return found or None
    if getattr(handler, "stream", None) is not None or hasattr(handler, "console"):
        return None
    held = {id(v): v for v in vars(handler).values() if isinstance(v, logging.Handler)}
    return [(each, None) for each in held.values()] or None


def _listeners_of(handler: logging.Handler, queue: object) -> list[Any]:
    known = getattr(handler, "listener", None)  # `dictConfig` sets it, from Python 3.12 on
    if known is not None:
        return [known]
    handlers = sys.modules.get("logging.handlers")
    if handlers is None:  # then nobody has made a listener
        return []
    kind = handlers.QueueListener
    # By type(): some proxies do work of their own when they are asked for their class.
    return [
        each for each in gc.get_objects() if issubclass(type(each), kind) and each.queue is queue
    ]


def _end_of(handler: logging.Handler) -> str:
    """Say where a handler ends that wraps no other."""
    if type(handler).__module__.startswith("awslambdaric."):
        return CONSOLE  # its descriptor is the platform's log, to which stderr and stdout go too
    if type(handler).__module__.startswith(_OWN_WAYS):
        return ELSEWHERE
    stream = getattr(handler, "stream", None)
    if stream is None:  # rich's handler holds a console, whose file that is
        stream = getattr(getattr(handler, "console", None), "file", None)
    if stream is not None:
        return stream_end(stream)
    path = getattr(handler, "baseFilename", None)
    if isinstance(path, str):  # a file that is opened with its first record
        return _end_of_status(os.stat(path)) if os.path.exists(path) else ELSEWHERE
    if callable(getattr(handler, "enqueue", None)):
        return UNKNOWN  # a queue, and no listener in this process
    emit = type(handler).emit
    if emit.__module__ in _ELSEWHERE:
        return ELSEWHERE
    return _end_of_code(handler, emit, _DEEPEST)


def stream_end(stream: Any, depth: int = _DEEPEST) -> str:
    """Say where a stream ends."""
    if any(stream is s for s in (sys.stderr, sys.stdout, sys.__stderr__, sys.__stdout__)):
        return CONSOLE
    if type(stream) in (io.StringIO, io.BytesIO):
        return ELSEWHERE
    try:
        descriptor = stream.fileno()
    except Exception:  # never raises: a stream is anything with a `write`, and may be closed
        let_through()
        if isinstance(stream, io.IOBase) or not depth:
            return ELSEWHERE
        write = getattr(type(stream), "write", None)
        return UNKNOWN if write is None else _end_of_code(stream, write, depth - 1)
    if descriptor in (1, 2):
        return CONSOLE
    return _end_of_status(os.fstat(descriptor))


def _end_of_status(found: os.stat_result) -> str:
    """Say whether a file is one that a standard stream or an output of ours leads to."""
    # Told apart as `_output/files/inode.py` does, which has nothing to do where no file is written.
    if (0 if sys.platform == "win32" else found.st_dev, found.st_ino) in OWN_FILES:
        return CONSOLE
    for standard in (1, 2):
        try:
            there = os.fstat(standard)
        except OSError:
            continue
        if (found.st_dev, found.st_ino) == (there.st_dev, there.st_ino) and found.st_ino:
            return CONSOLE
        # /dev/tty is the terminal of this process, whatever the terminal's own name is.
        if stat.S_ISCHR(found.st_mode) and found.st_rdev == 0x500 and os.isatty(standard):
            return CONSOLE
    return ELSEWHERE


def _end_of_code(owner: Any, function: Callable[..., Any], depth: int) -> str:
    """Say where a method of an object writes to, as far as its code tells."""
    # Code that is understood to the last name and names no console, keeps what it gets.
    ends = set(_ends_in(owner, function, depth)) or {ELSEWHERE}
    return ends.pop() if len(ends) == 1 else UNKNOWN


def _ends_in(owner: Any, function: Any, depth: int) -> Iterator[str]:
    if not isinstance(function, FunctionType) or not depth:
        yield UNKNOWN
        return
    names = set(_names_in(function.__code__))
    for name in names:
        held = vars(owner).get(name) if hasattr(owner, "__dict__") else None
        own = getattr(type(owner), name, None)
        if name == "print":
            if not names & _STREAM_NAMES:  # else that is what its `file` is
                yield UNKNOWN if "file" in _keywords_in(function.__code__) else CONSOLE
        elif name in _STREAM_NAMES and "sys" in names:
            yield CONSOLE
        elif held is not None and hasattr(held, "write"):
            yield stream_end(held, depth - 1)
        elif isinstance(held, logging.Handler):
            yield from {route.end for route in routes_of(held)}
        elif isinstance(held, list | tuple | set | frozenset):
            yield from _ends_among(held, depth)
        elif held is not None and not isinstance(held, str | int | float | dict):
            methods = [getattr(type(held), called, None) for called in names - _HARMLESS]
            found = [each for each in methods if isinstance(each, FunctionType)]
            for each in found:
                yield from _ends_in(held, each, depth - 1)
            if not found and name not in _HARMLESS:
                yield UNKNOWN
        elif name in _HARMLESS or held is not None or _is_method_of_held(owner, name):
            continue
        elif isinstance(own, FunctionType) and own is not function:
            yield from _ends_in(owner, own, depth - 1)
        else:
            yield UNKNOWN


def _ends_among(held: Iterable[Any], depth: int) -> Iterator[str]:
    """Say where each of several streams or handlers ends; other things lead nowhere."""
    for each in held:
        if isinstance(each, logging.Handler):
            yield from {route.end for route in routes_of(each)}
        elif hasattr(each, "write"):
            yield stream_end(each, depth - 1)


def _is_method_of_held(owner: Any, name: str) -> bool:
    """Say whether a name is one that an object has that the owner holds: it was followed there."""
    return any(hasattr(type(held), name) for held in getattr(owner, "__dict__", {}).values())


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)


def _keywords_in(code: CodeType) -> set[str]:
    tuples = [constant for constant in code.co_consts if isinstance(constant, tuple)]
    return {name for names in tuples for name in names if isinstance(name, str)}
