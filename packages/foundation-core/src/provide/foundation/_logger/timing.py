"""`Logger.timed`: one line at the end of a block or a call, with the time that it took.

Loaded when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, cast

from provide.foundation._logger.wrapping import around_each_call
from provide.foundation.levels import ERROR, find_number

if TYPE_CHECKING:
    from provide.foundation._logger.catching import Writes

F = TypeVar("F", bound=Callable[..., Any])

_FIELD = "duration_s"


class Timed:
    """Write one line at the end of a block or, as a decorator, of each call of a function.

    An object is for one block at a time; as a decorator it makes one for each call.

    Args:
        logger: Writes the line.
        level: A name or number, as `Logger.log` takes it.
        over_s: Seconds: a line is written only if it took longer, or failed. `None`: always.
        event: The event.
        args: Its positional arguments.
        fields: The fields.
    """

    __slots__ = (
        "_added", "_args", "_event", "_fields", "_level", "_logger", "_over_s", "_started",
    )  # fmt: skip

    def __init__(
        self,
        logger: Writes,
        level: int | str,
        over_s: float | None,
        event: object,
        args: tuple[object, ...],
        fields: dict[str, object],
    ) -> None:
        self._logger, self._level, self._over_s = logger, level, over_s
        self._event, self._args, self._fields = event, args, fields
        self._added: dict[str, object] = {}
        self._started = 0

    def add(self, /, **fields: object) -> None:
        """Add fields to the line of the block that runs; those of the same name are replaced."""
        self._added.update(fields)

    def __enter__(self) -> Timed:
        """Begin to measure."""
        self._added = {}
        self._started = perf_counter_ns()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write the line; an exception goes on."""
        # Whole nanoseconds: the difference of two floats has digits that mean nothing.
        elapsed_s = (perf_counter_ns() - self._started) / 1e9
        level, fields = self._level, {**self._fields, **self._added}
        if isinstance(error, Exception):
            level = _at_least_error(level)
            fields["exc_info"] = error
        elif self._over_s is not None and elapsed_s <= self._over_s:
            return
        elif error is not None:  # a cancelled task, or the end of the program: no error
            fields["ended_by"] = type(error).__name__
        if _FIELD in fields:
            fields = {f"{name}_" if name == _FIELD else name: fields[name] for name in fields}
        self._logger.log(level, self._event, *self._args, **fields, duration_s=elapsed_s)

    def __call__(self, function: F, /) -> F:
        """Return a function that does the same, and writes a line at the end of each call.

        Raises:
            TypeError: It is no function, or a generator, whose time is also that of its caller.
        """
        return cast("F", around_each_call(function, self._again, "timed"))

    def _again(self) -> Timed:
        return Timed(self._logger, self._level, self._over_s, self._event, self._args, self._fields)


def _at_least_error(level: int | str) -> int | str:
    number = find_number(level)
    return ERROR if number is not None and number < ERROR else level
