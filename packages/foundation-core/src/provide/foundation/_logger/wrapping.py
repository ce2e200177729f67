"""Functions around functions, coroutines and generators, which hand on what leaves these.

Each is of the kind that it stands around: what is sent, thrown in or closed reaches the generator,
and `inspect` says the same of both.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AbstractContextManager
from functools import update_wrapper
from types import coroutine
from typing import Any, TypeVar, cast

R = TypeVar("R")
#: Takes an exception.
Take = Callable[[BaseException, str], bool]
_AWAITABLE = inspect.CO_ITERABLE_COROUTINE


def wrap(function: Any, take: Take, default: Any) -> Any:
    """Return a function of the same kind, name and signature, whose exceptions are taken.

    Args:
        function: A function, a method of any kind, or another object that can be called.
        take: Is given an exception and the function's name; says whether it goes no further.
        default: What is returned then.

    Raises:
        TypeError: It is no function.
    """
    if isinstance(function, staticmethod | classmethod):
        return type(function)(wrap(function.__func__, take, default))
    asked = _code_of(function, "catch")
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    for kinds in (function, asked):
        for is_kind, make in _MAKERS:
            if is_kind(kinds):
                made = make(function, take, default, name)
                if getattr(getattr(kinds, "__code__", None), "co_flags", 0) & _AWAITABLE:
                    made = coroutine(made)
                return update_wrapper(made, function)
    return update_wrapper(_make_plain(function, take, default, name), function)


def around_each_call(
    function: Any, open_block: Callable[[], AbstractContextManager[Any]], who: str
) -> Any:
    """Return a function of the same name and signature, each call of which is a block.

    Args:
        function: A function, a coroutine function, or a method of any kind of these.
        open_block: Returns what stands around a call, another one each time.
        who: The name of the decorator, for the error.

    Raises:
        TypeError: It is no function, or a generator function: the code of that runs within the code
            of whoever iterates.
    """
    if isinstance(function, staticmethod | classmethod):
        return type(function)(around_each_call(function.__func__, open_block, who))
    asked = _code_of(function, who)
    either = (function, asked)
    if any(inspect.isgeneratorfunction(it) or inspect.isasyncgenfunction(it) for it in either):
        raise TypeError(
            f"{who} takes no generator function: use a block within, or around the loop"
        )
    if any(map(inspect.iscoroutinefunction, either)):

        async def call_async(*args: Any, **kwargs: Any) -> Any:
            with open_block():
                return await function(*args, **kwargs)

        return update_wrapper(call_async, function)

    def call(*args: Any, **kwargs: Any) -> Any:
        with open_block():
            return function(*args, **kwargs)

    return update_wrapper(call, function)


def _code_of(function: Any, who: str) -> Any:
    """Return what says of which kind a function is: of an object, its class's `__call__`."""
    if isinstance(function, type) or not callable(function):
        raise TypeError(f"{who} takes a function, not {function!r}")
    return function if hasattr(function, "__name__") else type(function).__call__


def _make_plain(
    function: Callable[..., R], take: Take, default: Any, name: str
) -> Callable[..., R]:
    def call(*args: Any, **kwargs: Any) -> R:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            if not take(error, name):
                raise
            return cast("R", default)

    return call


def _make_coroutine(
    function: Callable[..., Awaitable[R]], take: Take, default: Any, name: str
) -> Any:
    async def call(*args: Any, **kwargs: Any) -> R:
        try:
            return await function(*args, **kwargs)
        except BaseException as error:
            if not take(error, name):
                raise
            return cast("R", default)

    return call


def _make_generator(function: Callable[..., Any], take: Take, default: Any, name: str) -> Any:
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        try:
            return (yield from function(*args, **kwargs))
        except BaseException as error:
            if not take(error, name):
                raise
            return default

    return call


def _make_async_generator(function: Callable[..., Any], take: Take, default: Any, name: str) -> Any:
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        # What `yield from` does, which asynchronous generators do not have.
        try:
            inner = function(*args, **kwargs)
            step = inner.__anext__()
            while True:
                try:
                    item = await step
                except StopAsyncIteration:
                    return
                try:
                    sent = yield item
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as thrown:
                    step = inner.athrow(thrown)
                else:
                    step = inner.asend(sent)
        except BaseException as error:
            if not take(error, name):
                raise

    return call


_MAKERS: tuple[tuple[Callable[[Any], bool], Callable[[Any, Take, Any, str], Any]], ...] = (
    (inspect.isasyncgenfunction, _make_async_generator),
    (inspect.iscoroutinefunction, _make_coroutine),
    (inspect.isgeneratorfunction, _make_generator),
)
