"""Exceptions that a signal handler has raised: they are not ours to keep; standard library only.

A log call lets no `Exception` out, whatever its values and outputs raise. What the handler of a
signal raises is another matter: a time limit that has run out is meant for the code around the
call. It is known by its traceback, in which the function stands that is installed as a handler.
"""

from __future__ import annotations

import sys
from _signal import NSIG, getsignal  # type: ignore[import-not-found]
from collections.abc import Callable
from threading import get_ident, main_thread
from types import CodeType, FrameType, TracebackType
from typing import Any, NoReturn, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

#: The reason under which a line counts that such an exception has cost.
INTERRUPTED = "interrupted"
#: A callable may hold another, as `functools.partial` does; not for ever.
_DEEPEST = 8
_TRACEBACK = BaseException.__dict__["__traceback__"]
_ACCOUNTANTS: set[CodeType] = set()


def accounts(function: Function) -> Function:
    """Mark a function that has counted its line whenever such an exception leaves it."""
    _ACCOUNTANTS.add(function.__code__)
    return function


@accounts
def raise_accounted(error: BaseException) -> NoReturn:
    """Raise an exception whose line is counted."""
    raise error


def comes_from_handler(error: BaseException | None) -> bool:
    """Say whether an exception was raised by the handler of a signal, in the midst of our code."""
    return error is not None and _find(error)[0]


def reaches_c_from_handler(error: BaseException) -> bool:
    """Say the same of an exception that code in C has met, which has no frame in the traceback.

    It may have called a function in C that runs handlers, as `str` and `repr` do: then the handler
    stands there first.
    """
    return _find(error, 0)[0]


def is_accounted_for(error: BaseException) -> bool:
    """Say whether a function that `accounts` for its line has let this exception out."""
    return _find(error)[1]


def is_in_handler(frame: FrameType | None, outer: CodeType) -> bool:
    """Say whether a signal handler has called, in the midst of some function.

    Args:
        frame: Where the call was made.
        outer: The code of the function.
    """
    if get_ident() != main_thread().ident:
        return False
    handlers = _codes_of_handlers()
    while frame is not None and frame.f_code is not outer:
        if frame.f_code in handlers:
            return True
        frame = frame.f_back
    return False


def let_through() -> None:
    """Raise the exception that is being handled again, if a signal handler has raised it.

    It takes two frames: who may be called with none left asks for a `RecursionError` first.
    """
    error = sys.exception()
    if error is not None and _find(error)[0]:
        raise error


def _find(error: BaseException, own: int = 1) -> tuple[bool, bool]:
    """Say whether a handler raised it, and whether the line that it met is counted.

    Args:
        error: The exception.
        own: How many of the first frames are those of who has met it.
    """
    try:
        return _search(error, own)
    except RecursionError:  # never raises: where there is no room to look, it counts as our own
        return False, False


def _search(error: BaseException, own: int) -> tuple[bool, bool]:
    if get_ident() != main_thread().ident:  # Python runs handlers in no other thread
        return False, False
    step: TracebackType | None = _TRACEBACK.__get__(error)
    if step is not None and own:
        step = step.tb_next
    if step is None:  # raised where it is handled, by no other function
        return False, False
    handlers = _codes_of_handlers()
    counted = False
    while step is not None:
        code = step.tb_frame.f_code
        if code in handlers:
            return True, counted
        counted = counted or code in _ACCOUNTANTS
        step = step.tb_next
    return False, False


def _codes_of_handlers() -> set[CodeType]:
    return {code for number in range(1, NSIG) if (code := _code_of(getsignal(number)))}


def _code_of(handler: Any) -> CodeType | None:
    """Return the code that a handler runs: a function's, a method's, an object's `__call__`."""
    for _ in range(_DEEPEST):
        if handler is None or isinstance(handler, int):
            return None
        kind = type(handler)
        if kind.__name__ == "partial":
            handler = handler.func
            continue
        code = getattr(handler, "__code__", None)
        if code is None:
            code = getattr(getattr(handler, "__func__", None), "__code__", None)
        if code is not None:
            return code if isinstance(code, CodeType) else None
        handler = getattr(kind, "__call__", None)  # noqa: B004 - the method that a call runs
    return None
