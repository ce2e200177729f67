"""Whether one thread at a time runs Python code, asked once, and what replaces that where not.

Nothing here has run on an interpreter without the GIL; docs/free-threading.md says what has.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import TypeVar

from provide.foundation._process.locks import call_holding

_Function = TypeVar("_Function", bound=Callable[..., object])

#: Whether the interpreter has a GIL, and has it switched on. An extension that is imported later
#: may switch it on: classes that were chosen for want of it are right with it as well.
#: Source: https://docs.python.org/3/howto/free-threading-python.html
HAS_GIL: bool = getattr(sys, "_is_gil_enabled", lambda: True)()


class OneAtATime:
    """Let one thread at a time call a group of functions, where no GIL sees to that.

    A signal handler may call one of them in the midst of another: the lock is a reentrant one.
    """

    def __init__(self) -> None:
        self._lock = RLock()

    def guard(self, function: _Function) -> _Function:
        """Return a function that waits for its turn; with a GIL, the function itself."""
        if HAS_GIL:
            return function

        @wraps(function)
        def call(*arguments: object) -> object:
            return call_holding(self._lock, function, *arguments)

        return call  # type: ignore[return-value]

    def renew(self) -> None:
        """Give a forked child a lock that no vanished thread holds."""
        self._lock = RLock()
