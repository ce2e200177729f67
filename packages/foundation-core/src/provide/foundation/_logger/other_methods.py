"""The methods of a logger that give a call to one of its level methods.

They take what those take, and say so: `help`, `inspect.signature` and editors show it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from provide.foundation._logger.starting import add_parameters
from provide.foundation.levels import ERROR, LEVEL_NAMES, find_number

if TYPE_CHECKING:
    from provide.foundation._logger.catching import Catch, Exceptions, Swallow
    from provide.foundation._logger.repeats import Repeats
    from provide.foundation._logger.timing import Timed

    F = TypeVar("F", bound=Callable[..., Any])
    D = TypeVar("D")


def show_as(method: Any, twin: Any) -> None:
    """Have `help` and `inspect.signature` show a method with the arguments of its async twin.

    One that took them by name would take a quarter longer for the comparison of all field names.
    """
    method.__wrapped__ = twin


#: Makes what `once` and its like return. An `import` in each call would take as long as two lines.
_repeats: type[Repeats] | None = None


def _load_repeats() -> type[Repeats]:
    global _repeats
    from provide.foundation._logger.repeats import Repeats

    _repeats = Repeats
    return Repeats


#: `Timed`, once it is loaded: an import statement takes a quarter of a block below the level.
_timed: list[type[Timed]] = []


class OtherMethods:
    """Give calls to the level methods of a logger."""

    __slots__ = ()

    if TYPE_CHECKING:  # what the class of loggers has
        trace: Callable[..., None]
        debug: Callable[..., None]
        info: Callable[..., None]
        warning: Callable[..., None]
        error: Callable[..., None]
        critical: Callable[..., None]
        is_enabled_for: Callable[[int | str], bool]

    # fmt: off
    def exception(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at ERROR with the exception that is being handled."""
        fields.setdefault("exc_info", True)
        self.error(event, *args, **fields)

    def log(self, level: int | str, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at a level given by name or number.

        One that does not exist writes at ERROR, with the level that was asked for as a field.
        """
        number = find_number(level)
        if number is None:
            number = ERROR
            fields.setdefault("level", level)
        getattr(self, LEVEL_NAMES[number])(event, *args, **fields)

    # What stands around a function or a block. The modules are loaded by those who use them.

    @overload
    def catch(self, function: F, /) -> F: ...
    @overload
    def catch(self, /, *, exceptions: Exceptions = ..., exclude: Exceptions = ...,
              level: int | str = ..., event: str = ..., reraise: Literal[True] = ...,
              default: object = ..., on_error: Callable[[Any], object] | None = ...) -> Catch: ...
    @overload
    def catch(self, /, *, reraise: Literal[False], default: D, exceptions: Exceptions = ...,
              exclude: Exceptions = ..., level: int | str = ..., event: str = ...,
              on_error: Callable[[Any], object] | None = ...) -> Swallow[D]: ...
    @overload
    def catch(self, /, *, reraise: Literal[False], exceptions: Exceptions = ...,
              exclude: Exceptions = ..., level: int | str = ..., event: str = ...,
              on_error: Callable[[Any], object] | None = ...) -> Swallow[None]: ...

    def catch(self, function: Any = None, /, *, exceptions: Exceptions = Exception,
              exclude: Exceptions = (), level: int | str = "ERROR",
              event: str = "exception caught", reraise: bool = True, default: Any = None,
              on_error: Callable[[Any], object] | None = None) -> Any:
        """Log the exception that leaves a function (as a decorator) or a block (in `with`).

        Functions, coroutines, generators and methods stay what they are. One exception is logged
        once, however many of these it passes.

        Args:
            function: The function, where it stands as `@log.catch` without parentheses.
            exceptions: The class, or classes, of exceptions that are logged. What ends a task, a
                generator or the program (`asyncio.CancelledError`, `SystemExit`) is none of
                them unless it is named.
            exclude: Those of them that are not logged.
            level: A name or a number.
            event: The event; the function's name is the field ``function``.
            reraise: Whether the exception goes on.
            default: What a function returns instead, where it does not.
            on_error: Is called with the exception once it is logged.

        Raises:
            TypeError: `function` is none, or `exceptions` or `exclude` are no classes.
        """
        from provide.foundation._logger.catching import Catch, Swallow

        caught = (Catch if reraise else Swallow)(
            self, exceptions=exceptions, exclude=exclude, level=level, event=event,
            default=default, on_error=on_error,
        )
        return caught if function is None else caught(function)

    def timed(self, event: object, /, *args: object, level: int | str = "INFO",
              over_s: float | None = None, **fields: object) -> Timed:
        """Write one line at the end of a block (in `with`) or of each call (as a decorator).

        The line has the field ``duration_s``, seconds as a float. If an exception leaves, it is
        part of the line, whose level is then ERROR at least, and goes on.

        Args:
            event: The event.
            args: Positional arguments for %-formatting it.
            level: A name or a number.
            over_s: Seconds: the line is written only if it took longer, or failed.
            fields: Fields. Those called ``level`` and ``over_s`` are given to the block's `add`.
        """
        if not _timed:
            from provide.foundation._logger.timing import Timed

            _timed.append(Timed)
        return _timed[0](self, level, over_s, event, args, fields)

    def once(self) -> Repeats:
        """Return level methods that write the first call of each event, and count the others.

        Calls are told apart by logger, level and event, in the whole process.
        """
        return (_repeats or _load_repeats())(self, "once", 0)

    def every(self, calls: int, /) -> Repeats:
        """Return level methods that write the first of so many calls of each event.

        Args:
            calls: How many, an integer from 1 on.
        """
        return (_repeats or _load_repeats())(self, "every", calls)

    def every_s(self, seconds: float, /) -> Repeats:
        """Return level methods that write each event once in so many seconds.

        Args:
            seconds: How many, 0.001 or more.
        """
        return (_repeats or _load_repeats())(self, "every_s", seconds)

    # The async twins write in the call, like the others: a line costs microseconds, less than
    # handing it to a thread would, so the event loop waits no longer than a plain call takes.

    async def atrace(self, event: object, /, *args: object, exc_info: object = None,
                     stack_info: object = False, stacklevel: object = 1, **fields: object) -> None:
        """Write a line at TRACE (5) from a coroutine."""
        add_parameters(fields, exc_info, stack_info, stacklevel)
        self.trace(event, *args, **fields)

    async def adebug(self, event: object, /, *args: object, exc_info: object = None,
                     stack_info: object = False, stacklevel: object = 1, **fields: object) -> None:
        """Write a line at DEBUG (10) from a coroutine."""
        add_parameters(fields, exc_info, stack_info, stacklevel)
        self.debug(event, *args, **fields)

    async def ainfo(self, event: object, /, *args: object, exc_info: object = None,
                    stack_info: object = False, stacklevel: object = 1, **fields: object) -> None:
        """Write a line at INFO (20) from a coroutine."""
        add_parameters(fields, exc_info, stack_info, stacklevel)
        self.info(event, *args, **fields)

    async def awarning(self, event: object, /, *args: object, exc_info: object = None,
                       stack_info: object = False, stacklevel: object = 1,
                       **fields: object) -> None:
        """Write a line at WARNING (30) from a coroutine."""
        add_parameters(fields, exc_info, stack_info, stacklevel)
        self.warning(event, *args, **fields)

    awarn = awarning

    async def aerror(self, event: object, /, *args: object, exc_info: object = None,
                     stack_info: object = False, stacklevel: object = 1, **fields: object) -> None:
        """Write a line at ERROR (40) from a coroutine."""
        add_parameters(fields, exc_info, stack_info, stacklevel)
        self.error(event, *args, **fields)

    async def acritical(self, event: object, /, *args: object, exc_info: object = None,
                        stack_info: object = False, stacklevel: object = 1,
                        **fields: object) -> None:
        """Write a line at CRITICAL (50) from a coroutine."""
        add_parameters(fields, exc_info, stack_info, stacklevel)
        self.critical(event, *args, **fields)

    afatal = acritical

    async def aexception(self, event: object, /, *args: object, exc_info: object = True,
                         stack_info: object = False, stacklevel: object = 1,
                         **fields: object) -> None:
        """Write a line at ERROR with the exception that is being handled, from a coroutine."""
        add_parameters(fields, None, stack_info, stacklevel)
        self.exception(event, *args, exc_info=exc_info, **fields)

    async def alog(self, level: int | str, event: object, /, *args: object,
                   exc_info: object = None, stack_info: object = False, stacklevel: object = 1,
                   **fields: object) -> None:
        """Write a line at a level given by name or number, from a coroutine."""
        add_parameters(fields, exc_info, stack_info, stacklevel)
        self.log(level, event, *args, **fields)
    # fmt: on

    show_as(exception, aexception)
    show_as(log, alog)
