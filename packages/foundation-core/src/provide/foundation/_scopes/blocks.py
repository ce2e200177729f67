"""`buffered` and `level_override`: as blocks and as decorators, of functions and of coroutines."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import ParamSpec, Self, TypeVar, cast

from provide.foundation._config.values.checks import check_integer
from provide.foundation._scopes.buffer import Buffer, OpenBuffer
from provide.foundation._scopes.gate import put_in_place
from provide.foundation._scopes.keeping import write
from provide.foundation._scopes.scope import CURRENT, Override, Scope, around, innermost
from provide.foundation.levels import OFF, parse_level

__all__ = [
    "buffered",
    "level_override",
]

P = ParamSpec("P")
R = TypeVar("R")


class _Block:
    """Open a scope for the length of a block, or of each call of a decorated function."""

    def __init__(self) -> None:
        self._open: list[Scope] = []

    def _begin(self) -> Scope:
        """Return a scope within those of the present context."""
        raise NotImplementedError

    def _enter(self) -> Scope:
        scope = self._begin()
        CURRENT.set(scope)
        return scope

    def __enter__(self) -> Self:
        self._open.append(self._enter())
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        _leave(self._open.pop(), error)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Wrap a function or a coroutine function: each call is a block of its own."""
        from provide.foundation._logger.wrapping import around_each_call  # inspect: 10 ms

        made = around_each_call(function, self._again, type(self).__name__)
        return cast("Callable[P, R]", made)

    def _again(self) -> Self:
        again = copy(self)
        again._open = []
        return again


def _leave(scope: Scope, error: BaseException | None) -> None:
    if CURRENT.get() is scope:  # a generator may be closed in another context than its own
        CURRENT.set(innermost(Scope, scope.outer))
    scope.end(error)


class buffered(_Block):
    """Keep the lines that the levels of loggers leave out, and write them only if something fails.

    Within the block, lines from `level` up that would not be written are made as ever, with the
    time of their call, and kept. They are written in their order before a line that reaches
    `flush_at`, or before an exception leaves the block. At the end of a block without either they
    are dropped, and counted under `dropped["buffered"]`. Lines that are written anyway are written
    at once.

    The block holds for the present context, and for the tasks that are made in it. After its end
    it holds for nobody. In a block within another one, the inner one decides, and gives its lines
    to the outer one at the end. A logger with a level above the default one, OFF among them, keeps
    it; and so does each output.

    It is a decorator too, for functions and coroutine functions, and takes `async with` as well.
    Calls of a decorated function may overlap as they like; a block that may overlap with itself
    needs an object of its own each time.

    Args:
        level: The lowest level that is kept, a name or a number.
        flush_at: The level of lines before which those that are kept are written; ``"OFF"``: only
            an exception has them written.
        max_lines: So many lines are kept at most; the oldest go first, and count as dropped.
        max_bytes: So many bytes may they take, in memory, likewise.

    Raises:
        ConfigurationError: A value is not valid.
        TypeError: A generator function is decorated: its body runs in the context of whoever
            iterates over it. Use `with` in the body.
    """

    def __init__(
        self,
        level: int | str = "DEBUG",
        *,
        flush_at: int | str = "ERROR",
        max_lines: int = 1000,
        max_bytes: int = 1_000_000,
    ) -> None:
        super().__init__()
        self._level = parse_level(level)
        self._flush_at = parse_level(flush_at, "flush_at")
        self._most_lines = check_integer(max_lines, "max_lines", 1, None)
        self._most_bytes = check_integer(max_bytes, "max_bytes", 1, None)

    def _begin(self) -> Scope:
        put_in_place(self._flush_at)
        return OpenBuffer(
            self._level,
            around(),
            flush_at=self._flush_at,
            most_lines=self._most_lines,
            most_bytes=self._most_bytes,
            write=write,
        )

    def flush(self) -> None:
        """Write what the innermost open block of this context keeps, as an error would."""
        buffer = innermost(Buffer, CURRENT.get())
        if buffer is not None:
            buffer.flush()


class level_override(_Block):
    """Write lines from a level up within one context, whatever the levels of their loggers.

    It is for one request or job of many, and shows more than is configured, never less. Within
    `buffered`, or around it, its lines are written at once. A logger with a level above the
    default one keeps it, and so does each output. In all else it is like `buffered`.

    Args:
        level: The lowest level that is written, a name or a number.

    Raises:
        ConfigurationError: There is no such level.
        TypeError: A generator function is decorated.
    """

    def __init__(self, level: int | str) -> None:
        super().__init__()
        self._level = parse_level(level)

    def _begin(self) -> Scope:
        put_in_place(OFF)
        return Override(self._level, around())
