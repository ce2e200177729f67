"""What the variables of a frame hold, masked as fields are, and little of it.

The frames themselves come from the traceback of an exception. What a line says of them is text that
others may have cut or masked, so that a frame is taken for one only where both agree.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import (
    BuiltinFunctionType,
    FrameType,
    FunctionType,
    MethodType,
    ModuleType,
    TracebackType,
)
from typing import Any, NamedTuple

from provide.foundation._process.interrupts import let_through
from provide.foundation._record.exceptions import origin_of
from provide.foundation._record.values import Limits, plain_fields

#: Variables of a frame that are shown, and those of all frames of a line.
MOST_OF_FRAME = 8
MOST_OF_ALL = 100
_DEPTH, _ITEMS, _NODES, _CHARS = 4, 10, 40, 200
#: What is there because of a definition or an import: the source says it.
_DEFINED = (FunctionType, BuiltinFunctionType, MethodType, ModuleType, type)
_WORD = re.compile(r"\w+")
_BASE: Any = BaseException
_GROUP: Any = BaseExceptionGroup


class Variables(NamedTuple):
    """Read the variables of frames.

    Args:
        limits: Where values are cut; their encoder masks what patterns find.
        is_secret: Tells which names, and which keys inside of values, are masked.
    """

    limits: Limits
    is_secret: Callable[[str], bool]

    def read(self, frame: FrameType, source: str) -> tuple[list[tuple[str, Any]], int]:
        """Return names and plain values of a frame's variables, and how many more there are.

        Those come first that stand in the line of the source, and of a module there are no others.
        No `Exception` leaves this function.

        Args:
            frame: The frame.
            source: The line in which it is.
        """
        try:
            named = set(_WORD.findall(source))
            found = [pair for pair in dict(frame.f_locals).items() if _is_shown(*pair)]
            if frame.f_code.co_name == "<module>":
                found = [pair for pair in found if pair[0] in named]
            found.sort(key=lambda pair: pair[0] not in named)
            shown = [(name, self._encode(name, value)) for name, value in found[:MOST_OF_FRAME]]
            return shown, len(found) - len(shown)
        except Exception as failure:  # never raises: the frame may be of another thread
            if type(failure) is not RecursionError:
                let_through()
            return [], 0

    def _encode(self, name: str, value: Any) -> Any:
        # Each by itself, so that one that is large leaves room for the next.
        encoded = plain_fields({name: value}, self.limits, self.is_secret)
        return next(iter(encoded.values()))


def bound(limits: Limits) -> Limits:
    """Return limits for the value of a variable."""
    return Limits(
        min(_DEPTH, limits.depth),
        min(_ITEMS, limits.items),
        min(_CHARS, limits.string),
        min(_NODES, limits.nodes),
        limits.line,
        limits.encoder,
    )


def _is_shown(name: object, value: object) -> bool:
    if type(name) is not str or not name.isidentifier() or name.startswith("__"):
        return False
    return not issubclass(type(value), _DEFINED)


def steps_of(error: object, sizes: Sequence[int]) -> Iterator[TracebackType | None]:
    """Yield the innermost steps of an exception's traceback, one for each entry of a line.

    Args:
        error: The exception; anything else has no steps.
        sizes: How many frames each entry stands for; one of several frames has no step.
    """
    trace = _BASE.__traceback__.__get__(error) if isinstance(error, BaseException) else None
    steps = deque[TracebackType](maxlen=sum(sizes))
    while trace is not None:
        steps.append(trace)
        trace = trace.tb_next
    complete = len(steps) == sum(sizes)
    for size in sizes:
        taken = [steps.popleft() for _ in range(size)] if complete else []
        yield taken[0] if len(taken) == 1 else None


def source_of(error: object, key: str) -> object:
    """Return the exception that another one came from, if it is under a key of its description."""
    if not isinstance(error, BaseException):
        return None
    found, origin = origin_of(error)
    return origin if found == key else None


def members_of(error: object) -> Sequence[object]:
    """Return the members of a group."""
    return _GROUP.exceptions.__get__(error) if isinstance(error, BaseExceptionGroup) else ()
