"""Whether what a parser found in a line says what was logged; imports nothing of this folder.

JSON has few types, so a value may stand there in one of several ways: a time with `Z` or `+00:00`,
a Decimal as text or as a number. What stands there in a lesser form is told apart: a container or a
number as one text, a record without its names, an Enum as its repr. Everything may be in it, but
nobody can search it by its parts.
"""

from __future__ import annotations

import enum
from base64 import b64encode
from datetime import date, datetime, timedelta
from typing import Any


class Equality(enum.IntEnum):
    """Say how a found value stands to the logged one; NONE is false, the lesser is less."""

    NONE = 0
    LESSER = 1
    SAME = 2


def compare(logged: Any, found: Any) -> Equality:
    """Return whether a found value says what was logged.

    Args:
        logged: The value, records as the dicts of their fields.
        found: What the parser of the line returned.
    """
    if isinstance(logged, dict | list | set):
        if isinstance(found, str):
            return Equality.LESSER if _all_in(logged, found) else Equality.NONE
        if isinstance(logged, dict) and isinstance(found, list):
            return min(Equality.LESSER, _compare_parts([*logged.values()], found))
        return _compare_parts(logged, found)
    if isinstance(logged, str | bool | int | float | None):
        if logged == found:
            return Equality.SAME
        shown = isinstance(found, str) and str(logged).lower() in found.lower()
        return Equality.LESSER if shown else Equality.NONE
    same = any(word in _text(found) for word in _words(logged))
    return Equality.SAME if same else Equality.NONE


def _compare_parts(logged: Any, found: Any) -> Equality:
    """Return what the least equal of the parts is."""
    if isinstance(logged, dict):
        if not isinstance(found, dict) or logged.keys() != found.keys():
            return Equality.NONE
        logged, found = [*logged.values()], [found[key] for key in logged]
    if not isinstance(found, list) or len(logged) != len(found):
        return Equality.NONE
    if isinstance(logged, set):
        logged, found = sorted(logged), sorted(found)
    return min(map(compare, logged, found), default=Equality.SAME)


def _all_in(logged: Any, text: str) -> bool:
    """Say whether a text has a value, or each one in it."""
    if isinstance(logged, dict | list | set):
        parts = logged.values() if isinstance(logged, dict) else logged
        return all(_all_in(part, text) for part in parts)
    return any(word in text for word in _words(logged))


def _words(value: Any) -> list[str]:
    """Return the ways in which a value without parts may be written."""
    match value:
        case datetime():
            return [str(value), repr(value), str(value.timestamp()), value.isoformat()]
        case date():
            return [value.isoformat(), repr(value)]
        case timedelta():
            return [str(value.total_seconds()), str(value), repr(value)]
        case bytes():
            return [value.decode("latin-1"), b64encode(value).decode()]
    return [str(value)]


def _text(found: Any) -> str:
    """Return a found value as text, a time in UTC."""
    if isinstance(found, str):
        try:
            moment = datetime.fromisoformat(found)
        except ValueError:
            return found
        if moment.tzinfo is not None:
            return f"{found} {moment.astimezone(tz=None).timestamp()}"
    return str(found)
