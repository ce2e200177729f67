"""An exception as handlers of `logging` get it, where its texts must not be shown."""

from __future__ import annotations

from types import TracebackType
from typing import Any

_BASE: Any = BaseException
_DEEPEST = 20


def make_stand_in(exc_info: tuple[Any, Any, Any], description: Any) -> tuple[Any, Any, Any]:
    """Return an exception's type, value and traceback with the texts of its description.

    The type is another one of the same name, so that tools which group exceptions by their names
    and frames do as they would.

    Args:
        exc_info: The exception, as `sys.exc_info` gives it.
        description: What a line shows of it.
    """
    error = _copy(exc_info[1], description, exc_info[2], 0)
    return type(error), error, exc_info[2]


def _copy(
    error: BaseException, description: Any, trace: TracebackType | None, depth: int
) -> BaseException:
    known = description if type(description) is dict else {}
    kind = type(error)
    message = str(known.get("message", ""))
    names = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    made: BaseException = type(kind.__name__, (Exception,), names)(message)
    for note in known.get("notes", ()):
        made.add_note(note)
    made.__traceback__ = trace
    if depth < _DEEPEST:
        for key in ("cause", "context"):
            origin = getattr(_BASE, f"__{key}__").__get__(error)
            if key in known and origin is not None:
                copied = _copy(origin, known[key], _BASE.__traceback__.__get__(origin), depth + 1)
                setattr(made, f"__{key}__", copied)
    made.__suppress_context__ = bool(_BASE.__suppress_context__.__get__(error))
    return made
