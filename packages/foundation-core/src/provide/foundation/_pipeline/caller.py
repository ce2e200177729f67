"""Who makes a call: the names of its thread and of its task, as trace fields are given.

Both are looked up with each line, so that a thread or a task that takes another name is noticed.
Their members are encoded once for each name, and the bytes are their own version stamp.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from threading import current_thread
from types import FunctionType
from typing import Any, Protocol

from provide.foundation._encoder import dumps
from provide.foundation._process.interrupts import let_through
from provide.foundation._record.escaping import escape_json
from provide.foundation._record.values import Limits, plain
from provide.foundation.extension import TraceFields

#: Together these bound what is kept, in bytes; a server names each of its tasks anew.
_MOST_NAMES = 1024
_LIMITS = Limits(string=256)
_ASYNCIO = "asyncio"


class Caller:
    """Give the members ``thread`` and ``task``; any thread may ask.

    Args:
        thread: Whether lines name the thread.
        task: Whether lines name the task of asyncio that is running, if one is.
    """

    __slots__ = ("_kept", "_thread", "version_stamp")

    def __init__(self, *, thread: bool, task: bool) -> None:
        self._thread = thread
        self._kept = 0
        threads = find_threads() if thread else _Nobody()
        #: Bytes of the names' own, so that they stay the same as long as the names do.
        self.version_stamp: Callable[[], bytes] = (
            self._name_both(threads) if task else self._name_threads(threads)
        )

    def __call__(self) -> bytes:
        """Return ``"thread":"...","task":"..."``, or b"" where there is neither."""
        return self.version_stamp()

    def _name_threads(self, threads: _Threads) -> Callable[[], bytes]:
        ident = threading.get_ident
        known: dict[str, bytes] = {}

        def ask() -> bytes:
            try:
                name = threads[ident()]._name
            except KeyError:  # one that Python has not started
                name = current_thread().name
            try:
                return known[name]
            except KeyError:
                return self._learn(known, known, name, name, None)

        return ask

    def _name_both(self, threads: _Threads) -> Callable[[], bytes]:
        ident, modules = threading.get_ident, sys.modules
        known: dict[str, dict[str | None, bytes]] = {}
        running: Callable[[], Any] | None = None
        current: Callable[[Any], Any]

        def ask() -> bytes:
            nonlocal running, current
            try:
                name = threads[ident()]._name
            except KeyError:
                name = current_thread().name
            task = None
            # A program that has not imported asyncio runs no task.
            if running is None and _ASYNCIO in modules:
                running, current = find_tasks(modules[_ASYNCIO])
            if running is not None and (loop := running()) is not None:
                found = current(loop)
                task = None if found is None else found.get_name()
            try:
                return known[name][task]
            except KeyError:
                return self._learn(known, known.setdefault(name, {}), task, name, task)

        return ask

    def _learn(
        self,
        known: dict[str, Any],
        names: dict[Any, bytes],
        key: str | None,
        thread: str,
        task: str | None,
    ) -> bytes:
        members = {"thread": plain(thread, _LIMITS)} if self._thread else {}
        if task is not None:
            members["task"] = plain(task, _LIMITS)
        encoded = escape_json(dumps(members))[1:-1]
        self._kept += 1
        if self._kept > _MOST_NAMES:
            self._kept = 0
            known.clear()
        return names.setdefault(key, encoded)


class _Named(Protocol):
    @property
    def _name(self) -> str:
        """Return the name of a thread."""


class _Threads(Protocol):
    """Map the identities of threads to the threads."""

    def __getitem__(self, ident: int) -> _Named:
        """Return a thread.

        Raises:
            KeyError: Python has not started it.
        """


class _Nobody:
    """Stand for threads where none is to be named."""

    _name = ""

    def __getitem__(self, ident: int) -> _Nobody:
        return self


class _Asking:
    """Ask `current_thread` each time."""

    @property
    def _name(self) -> str:
        return current_thread().name

    def __getitem__(self, ident: int) -> _Asking:
        return self


def find_threads() -> _Threads:
    """Return the threads by their identities: those of `threading` itself where they are known.

    `current_thread` takes three times as long.
    """
    try:
        threads: Any = threading._active  # type: ignore[attr-defined]
        current: Any = current_thread()
        if threads[threading.get_ident()] is current and current._name is current.name:
            found: _Threads = threads
            return found
    except Exception:  # whatever a later version has made of it: the public way is there
        let_through()
    return _Asking()


def find_tasks(asyncio: Any) -> tuple[Callable[[], Any] | None, Callable[[Any], Any]]:
    """Return what gives the loop that runs in this thread, and the task that runs in a loop.

    `None`: asyncio is being imported.
    """
    try:
        current = asyncio.current_task
        if isinstance(current, FunctionType):  # before Python 3.12, in Python
            tasks = getattr(asyncio.tasks, "_current_tasks", None)
            current = tasks.get if isinstance(tasks, dict) else current
        return asyncio._get_running_loop, current
    except AttributeError:
        return None, type


class Joined:
    """Give the trace fields of two functions that have version stamps each, under one stamp.

    Args:
        first: Whose members come first.
        second: Gives members that are their own stamp.
    """

    __slots__ = ("_first", "_last", "_second")

    def __init__(self, first: Any, second: Caller) -> None:
        self._first = first
        self._second = second
        self._last: tuple[object, object, object] = (None, None, None)

    def __call__(self) -> bytes:
        """Return the members of both."""
        return b",".join([given for each in (self._first, self._second) if (given := each())])

    def version_stamp(self) -> object:
        """Return an object that stays the same as long as both stamps do."""
        first, second = self._first.version_stamp(), self._second.version_stamp()
        known_first, known_second, stamp = self._last
        if first is not known_first or second is not known_second:
            stamp = object() if first or second else None
            self._last = (first, second, stamp)
        return stamp


def add_caller(given: Sequence[TraceFields], *, thread: bool, task: bool) -> list[TraceFields]:
    """Return the functions that give trace fields, with one that names the caller."""
    caller = Caller(thread=thread, task=task)
    if len(given) == 1 and hasattr(given[0], "version_stamp"):
        return [Joined(given[0], caller)]
    return [*given, caller]
