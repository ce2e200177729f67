"""Who makes a call: the names of its thread and of its task, as trace fields are given.

Both are looked up with each line, so that a thread or a task that takes another name is noticed.
Their members are encoded once for each name, and the bytes are their own version stamp.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from threading import current_thread
from typing import Any

from orjson import dumps

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

    __slots__ = ("_known", "_task", "_thread", "version_stamp")

    def __init__(self, *, thread: bool, task: bool) -> None:
        self._thread = thread
        self._task = task
        self._known: dict[tuple[str, str | None] | str, bytes] = {}
        #: Names of their own objects, so that the bytes stay the same as long as the names do.
        self.version_stamp: Callable[[], bytes] = self._name_both if task else self._name_thread

    def __call__(self) -> bytes:
        """Return ``"thread":"...","task":"..."``, or b"" where there is neither."""
        return self.version_stamp()

    def _name_thread(self) -> bytes:
        name = current_thread().name
        return self._known.get(name) or self._learn(name, name, None)

    def _name_both(self) -> bytes:
        thread = current_thread().name if self._thread else ""
        task = running_task()
        if task is None:
            return (self._known.get(thread) or self._learn(thread, thread, None)) if thread else b""
        names = thread, task
        return self._known.get(names) or self._learn(names, thread, task)

    def _learn(self, key: tuple[str, str | None] | str, thread: str, task: str | None) -> bytes:
        members = {"thread": plain(thread, _LIMITS)} if self._thread else {}
        if task is not None:
            members["task"] = plain(task, _LIMITS)
        encoded = escape_json(dumps(members))[1:-1]
        if len(self._known) >= _MOST_NAMES:
            self._known.clear()
        return self._known.setdefault(key, encoded)


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


def running_task() -> str | None:
    """Return the name of the task that is running in this thread; `None`: none is."""
    asyncio = sys.modules.get(_ASYNCIO)  # a program that has not imported it runs none
    if asyncio is None:
        return None
    try:
        loop = asyncio._get_running_loop()
        task = None if loop is None else asyncio.current_task(loop)
    except AttributeError:  # it is being imported
        return None
    name = None if task is None else task.get_name()
    return name if name is None or type(name) is str else str(plain(name))


def add_caller(given: Sequence[TraceFields], *, thread: bool, task: bool) -> list[TraceFields]:
    """Return the functions that give trace fields, with one that names the caller."""
    caller = Caller(thread=thread, task=task)
    if len(given) == 1 and hasattr(given[0], "version_stamp"):
        return [Joined(given[0], caller)]
    return [*given, caller]
