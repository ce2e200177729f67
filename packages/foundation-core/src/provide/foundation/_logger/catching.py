"""`catch`: log the exception that leaves a function or a block; loaded when it is first asked for.

The exception goes on, unless `reraise=False`: code that swallows errors where it was only asked to
log them is the dearer surprise. What ends a task, a generator or the program is no error, and
passes unlogged.
"""

from __future__ import annotations

import os
import sys
from collections.abc import (
    AsyncGenerator,
    Callable,
    Coroutine,
    Generator,
)
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Protocol, TypeVar, cast, overload

from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._logger.wrapping import wrap
from provide.foundation._process.interrupts import let_through

if TYPE_CHECKING:

    class Writes(Protocol):
        """Be a logger, as far as whoever stands around a block asks it."""

        def log(self, level: int | str, event: object, /, *args: object, **fields: object) -> None:
            """Write a line."""

        def is_enabled_for(self, level: int | str) -> bool:
            """Say whether a line of this level would be written."""
            raise NotImplementedError


F = TypeVar("F", bound=Callable[..., Any])
D = TypeVar("D")
P = ParamSpec("P")
R = TypeVar("R")
Y = TypeVar("Y")
S = TypeVar("S")
Exceptions = type[BaseException] | tuple[type[BaseException], ...]

#: An exception that has been logged carries the process that did it under this name: one that
#: passes two blocks is logged once, and one that comes out of another process is logged here, too.
#: The number of a process alone is the same in every container.
_MARK = "_foundation_caught"
_MACHINE = os.urandom(8)
_read: Callable[[object, str], Any] = object.__getattribute__
_put: Callable[[BaseException, str, object], None] = BaseException.__setattr__
_remove: Callable[[BaseException, str], None] = BaseException.__delattr__
_OUR_FILE = wrap.__code__.co_filename
_TRACEBACK: Any = BaseException.__dict__["__traceback__"]


class Catch:
    """Log exceptions that leave a function, as a decorator, or a block, in `with`.

    Any thread may use one object, as often as it likes.

    Args:
        logger: Writes the lines.
        exceptions: The class, or classes, of exceptions that are logged.
        exclude: Those of them that are not.
        level: A name or number, as `Logger.log` takes it.
        event: The event; the name of the function is the field `function`.
        default: What a function returns in place of an exception that goes no further.
        on_error: Is called with the exception once it is logged.

    Raises:
        TypeError: `exceptions` or `exclude` are no classes of exceptions.
    """

    __slots__ = ("_default", "_event", "_exceptions", "_exclude", "_level", "_logger", "_on_error")

    #: Whether exceptions go on.
    _reraises = True

    def __init__(
        self,
        logger: Writes,
        *,
        exceptions: Exceptions = Exception,
        exclude: Exceptions = (),
        level: int | str = "ERROR",
        event: str = "exception caught",
        default: Any = None,
        on_error: Callable[[Any], object] | None = None,
    ) -> None:
        self._logger, self._level, self._event = logger, level, event
        self._exceptions = _check("exceptions", exceptions)
        self._exclude = _check("exclude", exclude)
        self._default, self._on_error = default, on_error

    def take(self, error: BaseException, function: str) -> bool:
        """Log an exception, if it is one of those; say whether it goes no further.

        Args:
            error: The exception.
            function: The name of what it leaves.
        """
        if not isinstance(error, self._exceptions) or isinstance(error, self._exclude):
            return False
        _leave_out_our_frames(error)
        if not _is_logged(error):
            self._logger.log(self._level, self._event, function=function, exc_info=error)
        # Where no line is written, the block around has the exception yet to log.
        _note(error, logged=self._reraises and self._logger.is_enabled_for(self._level))
        if self._on_error is not None:
            try:
                self._on_error(error)
            except Exception as failure:  # never raises: the caller's exception is the one to see
                let_through()
                COUNTERS.fault("on_error")
                DIAGNOSTICS.report_once(
                    f"on_error:{function}",
                    "on_error failed behind an exception that is logged",
                    {"function": function, "error": type(failure).__name__},
                )
        return not self._reraises

    def __enter__(self) -> None:
        """Begin a block."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End a block; its exception goes on."""
        if error is not None:
            self.take(error, sys._getframe(1).f_code.co_qualname)

    def __call__(self, function: F, /) -> F:
        """Return a function that does the same, and logs the exceptions that leave it.

        Raises:
            TypeError: It is no function.
        """
        return cast("F", wrap(function, self.take, self._default))


class Swallow(Catch, Generic[D]):
    """Log exceptions that go no further."""

    __slots__ = ()

    _reraises = False

    def __exit__(  # type: ignore[override]
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """End a block, whose exception goes no further."""
        return error is not None and self.take(error, sys._getframe(1).f_code.co_qualname)

    # fmt: off
    @overload  # type: ignore[override]
    def __call__(self, function: Callable[P, Coroutine[Y, S, R]], /
                 ) -> Callable[P, Coroutine[Y, S, R | D]]: ...
    @overload
    def __call__(self, function: Callable[P, AsyncGenerator[Y, S]], /
                 ) -> Callable[P, AsyncGenerator[Y, S]]: ...
    @overload
    def __call__(self, function: Callable[P, Generator[Y, S, R]], /
                 ) -> Callable[P, Generator[Y, S, R | D]]: ...
    @overload
    def __call__(self, function: Callable[P, R], /) -> Callable[P, R | D]: ...
    # fmt: on

    def __call__(self, function: Callable[..., Any], /) -> Callable[..., Any]:
        """Return a function that returns the default where an exception would leave it."""
        return cast("Callable[..., Any]", wrap(function, self.take, self._default))


def _check(option: str, given: Any) -> Exceptions:
    classes = given if isinstance(given, tuple) else (given,)
    for each in classes:
        if not (isinstance(each, type) and issubclass(each, BaseException)):
            raise TypeError(f"{option} takes exception classes, not {each!r}")
    return classes


def _leave_out_our_frames(error: BaseException) -> None:
    """Have the traceback begin with the function, not with what stands around it here."""
    step = first = _TRACEBACK.__get__(error)
    while step is not None and step.tb_frame.f_code.co_filename == _OUR_FILE:
        step = step.tb_next
    if step is not None and step is not first:
        _TRACEBACK.__set__(error, step)


def _is_logged(error: BaseException) -> bool:
    try:
        return bool(_read(error, _MARK) == (_MACHINE, os.getpid()))
    except AttributeError:
        return False
    except Exception:  # never raises: the class is the user's
        let_through()
        return False


def _note(error: BaseException, *, logged: bool) -> None:
    """Note on an exception whether it is logged; one that goes no further is forgotten."""
    try:
        if logged:
            _put(error, _MARK, (_MACHINE, os.getpid()))
        elif _is_logged(error):
            _remove(error, _MARK)
    except Exception:  # never raises: where it takes no attributes, it is logged once more
        let_through()
