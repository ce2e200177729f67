"""The fields that follow a task or a thread, in ONE ContextVar.

The variable holds an immutable `Context`, replaced whole by every bind. Reading it is one `get`,
and a task or thread that inherits it can never see a half-made change. A lane may keep the rendered
fields beside it. Bindings made with `structlog.contextvars` are honoured too, once the
application has imported that module.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

__all__ = [
    "bind_contextvars",
    "bound_contextvars",
    "clear_contextvars",
    "get_contextvars",
    "unbind_contextvars",
]

P = ParamSpec("P")
R = TypeVar("R")

#: What a `Context` holds as long as no lane has rendered its fields: lane, members, keys.
UNRENDERED: tuple[Any, Any, Any] = (None, None, None)


class Context:
    """Hold the context fields of one moment, and one lane's rendering of them."""

    __slots__ = ("fields", "rendered")

    def __init__(self, fields: dict[str, Any]) -> None:
        self.fields = fields
        self.rendered = UNRENDERED


#: The module whose bindings are honoured too.
CONTEXT_MODULE = "structlog.contextvars"

CURRENT: ContextVar[Context | None] = ContextVar("foundation_context", default=None)


def context_fields() -> Mapping[str, Any]:
    """Return the fields bound to the current task or thread; ours win over structlog's."""
    current = CURRENT.get()
    own = current.fields if current is not None else {}
    # The function is missing while another thread is in the middle of importing the module.
    get_foreign = getattr(sys.modules.get(CONTEXT_MODULE), "get_contextvars", None)
    foreign = get_foreign() if get_foreign is not None else None
    # Sorted, because structlog gives them in an order that differs from run to run.
    return {**dict(sorted(foreign.items())), **own} if foreign else own


#: What `join_context` has found last in the current task or thread.
JOINED: ContextVar[tuple[list[Any], Context | None, Context | None] | None] = ContextVar(
    "foundation_joined", default=None
)


def join_context(variables: Any, own: Context | None) -> Context | None:
    """Return the context with what is bound through structlog; the same object while that stays.

    Args:
        variables: What `structlog_variables` has given.
        own: The context without it.
    """
    if type(variables) is not dict:
        fields = context_fields()
        return Context(dict(fields)) if fields else own
    known = JOINED.get()
    # Fields of structlog's that are no longer bound are `...`, its own sign.
    if known is not None and known[1] is own and len(known[0]) == len(variables):
        try:
            for variable, value in zip(variables.values(), known[0]):  # noqa: B905 - 60 ns
                if variable.get(...) is not value:
                    break
            else:
                return known[2]
        except RuntimeError:  # another thread has bound a new name meanwhile
            pass
    # By a copy, for the same reason.
    values = [each.get(...) for each in [*variables.values()]]
    fields = context_fields()
    joined = Context(dict(fields)) if fields else own
    JOINED.set((values, own, joined))
    return joined


def structlog_variables() -> Any:
    """Return something that is true once a variable was bound through `structlog.contextvars`.

    None means: ask again, another thread is in the middle of importing that module.

    Source: structlog keeps every variable that it makes in the dict `contextvars._CONTEXT_VARS`
    (23.2 to 26.1); where that name is missing the answer is always yes.
    """
    module = sys.modules[CONTEXT_MODULE]
    return getattr(module, "_CONTEXT_VARS", True) if hasattr(module, "get_contextvars") else None


def bind_contextvars(**fields: Any) -> None:
    """Bind fields to every later line of the current task or thread.

    Args:
        **fields: Names and values; a name that is bound already gets the new value.
    """
    current = CURRENT.get()
    CURRENT.set(Context({**current.fields, **fields} if current is not None else fields))


def unbind_contextvars(*names: str) -> None:
    """Remove fields from the current context; names that are not bound are passed over."""
    current = CURRENT.get()
    if current is not None:
        kept = {name: value for name, value in current.fields.items() if name not in names}
        CURRENT.set(Context(kept) if kept else None)


def clear_contextvars() -> None:
    """Remove every field from the current context (not those bound through structlog)."""
    CURRENT.set(None)


def get_contextvars() -> dict[str, Any]:
    """Return the fields of the current context as a dict of its own (not those of structlog)."""
    current = CURRENT.get()
    return dict(current.fields) if current is not None else {}


class bound_contextvars:
    """Bind fields for the length of a `with` block or of each call of a decorated function.

    At the end the fields have the values (or the absence) that they had before; fields that the
    block bound otherwise stay. A decorated `async def` function keeps its fields while it runs.
    Calls of a decorated function may overlap as they like, in tasks and threads; a `with` block
    that may overlap with itself needs an object of its own each time.

    Args:
        **fields: Names and values.

    Raises:
        TypeError: A generator function is decorated: its body runs in the context of whoever
            iterates over it. Use `with` in the body.
    """

    def __init__(self, /, **fields: Any) -> None:
        self._fields = fields
        self._earlier: list[Mapping[str, Any]] = []

    def _bind(self) -> Mapping[str, Any]:
        """Bind the fields, and return all fields as they were."""
        current = CURRENT.get()
        bind_contextvars(**self._fields)
        return current.fields if current is not None else {}

    def _restore(self, earlier: Mapping[str, Any]) -> None:
        current = CURRENT.get()
        kept = dict(current.fields) if current is not None else {}
        for name in self._fields:
            if name in earlier:
                kept[name] = earlier[name]
            else:
                kept.pop(name, None)
        CURRENT.set(Context(kept) if kept else None)

    def __enter__(self) -> None:
        self._earlier.append(self._bind())

    def __exit__(self, *exc_info: object) -> None:
        self._restore(self._earlier.pop())

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Wrap a function or a coroutine function."""
        import inspect  # 10 ms, for those who decorate

        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(f"bound_contextvars cannot decorate a generator function: {function}")
        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def run_coroutine(*args: P.args, **kwargs: P.kwargs) -> Any:
                earlier = self._bind()
                try:
                    return await cast(Any, function(*args, **kwargs))
                finally:
                    self._restore(earlier)

            return cast("Callable[P, R]", run_coroutine)

        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            earlier = self._bind()
            try:
                return function(*args, **kwargs)
            finally:
                self._restore(earlier)

        return run
