"""`lazy`: a value that is computed only if its line is written; loaded when it is asked for.

A lazy value among the fields of a call is replaced, in place, by what its function returns, once it
is certain that the line is written; from then on it is a value like any other, for all outputs. One
among the arguments of an event is replaced before these are put in. One within another value is
computed where that is encoded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._process.interrupts import let_through
from provide.foundation._record.classes import type_name
from provide.foundation._record.values import LAZIES, RENDERING

#: So many lazy values may return one another.
_DEEPEST = 32


class Lazy:
    """Be a value that `lazy` has made.

    Args:
        function: Returns the value.
    """

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[], object]) -> None:
        self._function = function

    def __call__(self) -> Any:
        """Return the value, for a processor or a filter that wants it; the function may raise."""
        return self._function()

    def __repr__(self) -> str:
        """Return the function's name: the value is nobody's business yet."""
        return f"<lazy {getattr(self._function, '__qualname__', type(self._function).__name__)}>"

    def __log__(self) -> Any:
        """Return the value, or what says that there is none. It is never a lazy one itself."""
        outer = RENDERING.encoder
        RENDERING.encoder = self if outer is None else outer  # lines logged meanwhile run no more
        value: Any = self
        try:
            for _ in range(_DEEPEST):
                value = value._function()
                if type(value) is not Lazy:
                    return value
            return "<depth limit>"
        except Exception as failure:  # every value renders: the function is the user's
            if type(failure) is not RecursionError:
                let_through()
            kind = type_name(type(failure))
            COUNTERS.fault("lazy")
            DIAGNOSTICS.report_once(
                f"lazy:{self!r}", "a lazy value failed", {"value": repr(self), "error": kind}
            )
            return f"<lazy value failed: {kind}>"
        finally:
            RENDERING.encoder = outer

    #: What structlog's own renderers ask, where they stand among the processors.
    __structlog__ = __log__


def lazy(function: Callable[[], object], /) -> Lazy:
    """Return a value that is computed only if the line that has it is written, and then once.

    It may be a field or an argument of an event: `log.debug("state", dump=lazy(make_dump))`. Bound
    to a logger or a context it is computed for each line. Under the name of a secret it is masked
    and not computed.

    Args:
        function: Is called without arguments and returns the value. If it raises, that is counted
            under ``lazy`` in `stats().faults`, and the field says so.
    """
    return Lazy(function)


def force(fields: dict[str, Any], earlier: dict[str, Any] | None = None) -> bool:
    """Put values in place of the lazy ones among fields.

    Args:
        fields: The fields, those of secrets masked; they are changed.
        earlier: The same before that: whoever takes the line over begins with these.

    Returns:
        Whether there are any, and they may be computed: a line that is logged while a value is
        rendered runs no such code.
    """
    if Lazy not in map(type, fields.values()) or RENDERING.encoder is not None:
        return False
    computed: dict[int, Any] = {}
    for key, value in fields.items():
        if type(value) is Lazy:
            if id(value) not in computed:
                computed[id(value)] = value.__log__()
            fields[key] = computed[id(value)]
    if earlier is not None and earlier is not fields:
        for key, value in earlier.items():
            if type(value) is Lazy and id(value) in computed:
                earlier[key] = computed[id(value)]
    return True


def force_arguments(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return arguments with values in place of the lazy ones among them."""
    if RENDERING.encoder is not None:
        return args
    return tuple([each.__log__() if type(each) is Lazy else each for each in args])


LAZIES.kind, LAZIES.force, LAZIES.force_arguments = Lazy, force, force_arguments
