"""Where a call was made: its file, line and function, or its whole stack."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import FrameType
from typing import Any

#: So many frames of ours lie above whoever asks: the function that does, and its caller.
_OUR_FRAMES = 2
#: Modules whose frames are never the caller.
_OURS = ("provide.foundation",)
#: The same of modules by their names, as far as they have been met.
_KNOWN: dict[str, bool] = {}
_MOST_NAMES = 1024

#: File, line and function.
Place = tuple[str, int | None, str]


def find_callsite(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return file, line and function of the code that logged."""
    return describe_place(place_of(_caller(_skip(parameters))))


def find_place() -> Place:
    """Return the same of a call that has no `stacklevel`."""
    return place_of(_caller(0))


def place_of(frame: FrameType) -> Place:
    """Return what a frame says of its place."""
    code = frame.f_code
    return code.co_filename, frame.f_lineno, code.co_qualname


def describe_place(place: Place) -> dict[str, Any]:
    """Return a place as it stands in a record."""
    file, line, function = place
    return {"file": file, "line": line, "function": function}


def render_stack(parameters: Mapping[str, Any]) -> str:
    """Return the stack of the code that logged, as text."""
    given = parameters.get("stack_info")
    if isinstance(given, str):  # stdlib has rendered it already
        return given
    # With `traceback` that takes 10 ms, which a program that sets up nothing should not wait for
    # before its first line. An explicit set-up has loaded it.
    from provide.foundation._pipeline.stack import format_stack

    return format_stack(_caller(_skip(parameters)))


def _skip(parameters: Mapping[str, Any]) -> int:
    """Return how many callers to pass over: stdlib's `stacklevel`, where 1 is the caller."""
    level = parameters.get("stacklevel", 1)
    return max(level - 1, 0) if isinstance(level, int) else 0


def _caller(skip: int) -> FrameType:
    """Return the frame of the code that logged, or of one of its callers."""
    frame = sys._getframe(_OUR_FRAMES)
    known = _KNOWN.get
    while (outer := frame.f_back) is not None:
        module = frame.f_globals.get("__name__", "")
        ours = known(module) if type(module) is str else None
        if not (_is_ours(module) if ours is None else ours):
            break
        frame = outer
    while skip and frame.f_back is not None:
        frame, skip = frame.f_back, skip - 1
    return frame


def _is_ours(module: object) -> bool:
    if not isinstance(module, str):  # what a program has put there
        return False
    package = module.partition(".")[0]
    ours = package in ("structlog", "logging", "warnings") or module.startswith(_OURS)
    if type(module) is str:
        if len(_KNOWN) >= _MOST_NAMES:
            _KNOWN.clear()
        _KNOWN[module] = ours
    return ours
