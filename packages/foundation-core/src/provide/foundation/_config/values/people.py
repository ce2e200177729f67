"""The words of options for lines that people read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from provide.foundation.errors import ConfigurationError

Clock = Literal["local", "utc", "delta"]
ContextForm = Literal["fold", "full"]
TracebackForm = Literal["short", "full", "python"]
Theme = Literal["fixed", "ansi"]
Place = Literal["pytest", "ci", "never"]
Column = Literal["time", "level", "logger", "event"]

CLOCKS: tuple[Clock, ...] = get_args(Clock)
CONTEXT_FORMS: tuple[ContextForm, ...] = get_args(ContextForm)
TRACEBACK_FORMS: tuple[TracebackForm, ...] = get_args(TracebackForm)
THEMES: tuple[Theme, ...] = get_args(Theme)
PLACES: tuple[Place, ...] = get_args(Place)
COLUMNS: tuple[Column, ...] = get_args(Column)


def check_columns(value: object, field: str) -> tuple[Column, ...]:
    """Return names of columns, each once at most, among which the event is."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        found = tuple([each for name in value for each in COLUMNS if each == name])
        if len(found) == len(value) == len(set(found)) and "event" in found:
            return found
    allowed = f"some of {' | '.join(COLUMNS)}, each once, and event among them"
    raise ConfigurationError(field, value, allowed)


def read_columns(text: str, variable: str) -> tuple[Column, ...]:
    """Return names of columns given with commas between them."""
    try:
        return check_columns([each.strip().lower() for each in text.split(",")], variable)
    except ConfigurationError as error:
        raise ConfigurationError(variable, text, f"{error.allowed}, with commas between") from None
