"""`Logger.timed`: one line at the end of a block or a call, with the time that it took.

Loaded when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, cast

from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._logger.wrapping import around_each_call
from provide.foundation.levels import ERROR, find_number

if TYPE_CHECKING:
    from provide.foundation._logger.catching import Writes

F = TypeVar("F", bound=Callable[..., Any])


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
        self._logger, self._level, self._over_s = logger, level, _check_limit(over_s)
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
        failed = isinstance(error, Exception)
        if not failed and self._over_s is not None and elapsed_s <= self._over_s:
            return
        level, fields = self._level, {**self._fields, **self._added}
        if failed:
            level = _at_least_error(level)
            fields["exc_info"] = error
        elif error is not None:  # a cancelled task, or the end of the program: no error
            fields = _add(fields, "ended_by", type(error).__name__)
        fields = _add(fields, "duration_s", elapsed_s)
        self._logger.log(level, self._event, *self._args, **fields)

    def __call__(self, function: F, /) -> F:
        """Return a function that does the same, and writes a line at the end of each call.

        Raises:
            TypeError: It is no function, or a generator, whose time is also that of its caller.
        """
        return cast("F", around_each_call(function, self._again, "timed"))

    def _again(self) -> Timed:
        return Timed(self._logger, self._level, self._over_s, self._event, self._args, self._fields)


def _check_limit(over_s: Any) -> float | None:
    """Return the least duration of a line that is written; a bad one counts as none."""
    if over_s is None or type(over_s) in (int, float):
        return cast("float | None", over_s)
    DIAGNOSTICS.report_once(
        "timed",
        "over_s of timed has to be a number of seconds: each line is written",
        {"given": type(over_s).__name__},
    )
    return None


def _add(fields: dict[str, object], name: str, value: object) -> dict[str, object]:
    """Return fields with one more; another one of that name is called otherwise."""
    free = name
    while free in fields:
        free += "_"
    if free != name:
        fields = {free if each == name else each: fields[each] for each in fields}
    fields[name] = value
    return fields


def _at_least_error(level: int | str) -> int | str:
    number = find_number(level)
    return ERROR if number is not None and number < ERROR else level
