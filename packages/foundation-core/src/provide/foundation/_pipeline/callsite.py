"""Where a call was made: its file, line and function, or its whole stack."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

#: Modules whose frames are never the caller.
_OURS = ("provide.foundation",)


def find_callsite(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return file, line and function of the code that logged."""
    frame = _caller(_skip(parameters))
    code = frame.f_code
    return {"file": code.co_filename, "line": frame.f_lineno, "function": code.co_qualname}


def render_stack(parameters: Mapping[str, Any]) -> str:
    """Return the stack of the code that logged, as text."""
    given = parameters.get("stack_info")
    if isinstance(given, str):  # stdlib has rendered it already
        return given
    import traceback  # 10 ms, for calls that ask for a stack only

    frames = traceback.format_stack(_caller(_skip(parameters)))
    return "Stack (most recent call last):\n" + "".join(frames).rstrip("\n")


def _skip(parameters: Mapping[str, Any]) -> int:
    """Return how many callers to pass over: stdlib's `stacklevel`, where 1 is the caller."""
    level = parameters.get("stacklevel", 1)
    return max(level - 1, 0) if isinstance(level, int) else 0


def _caller(skip: int) -> Any:
    """Return the frame of the code that logged, or of one of its callers."""
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    while skip and frame.f_back is not None:
        frame, skip = frame.f_back, skip - 1
    return frame


def _is_ours(module: str) -> bool:
    package = module.partition(".")[0]
    return package in ("structlog", "logging", "warnings") or module.startswith(_OURS)
