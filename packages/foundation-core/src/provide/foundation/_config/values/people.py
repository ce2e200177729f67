"""The words of options for lines that people read."""

from __future__ import annotations

from typing import Literal, get_args

Clock = Literal["local", "utc", "delta"]
ContextForm = Literal["fold", "full"]
TracebackForm = Literal["short", "full", "python"]

CLOCKS: tuple[Clock, ...] = get_args(Clock)
CONTEXT_FORMS: tuple[ContextForm, ...] = get_args(ContextForm)
TRACEBACK_FORMS: tuple[TracebackForm, ...] = get_args(TracebackForm)
