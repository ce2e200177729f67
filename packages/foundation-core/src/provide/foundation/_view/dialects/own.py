"""Foundation's own lines, under the names of `_record/schema.py`, as records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from provide.foundation._record.record import NO_CONSTANTS, Record
from provide.foundation._record.schema import CONSTANTS, DETAILS, TRACE, Member
from provide.foundation._view.dialects.moments import read_moment

#: Without those whose names are anybody's in lines of another configuration.
_CONSTANTS = [each for each in CONSTANTS if not each.optional]
_OWN = frozenset(
    {each.key for each in (*_CONSTANTS, *TRACE, *DETAILS)} | {"emoji", "stack", "exception"}
)


def read_own(fields: dict[str, Any], level: int, event: str) -> Record:
    """Return a line under Foundation's own names as a record; take its parts out of the fields."""
    del fields["event"], fields["level"]
    seconds = read_moment(fields.get("timestamp"))
    if seconds is not None:
        del fields["timestamp"]
    logger = fields.pop("logger") if type(fields.get("logger")) is str else ""
    if _OWN.isdisjoint(fields):
        return Record(level, logger, event, fields, seconds=seconds)
    has_exception = "exception" in fields
    return Record(
        level,
        logger,
        event,
        fields,
        seconds=seconds,
        constants=_take_all(fields, _CONSTANTS) or NO_CONSTANTS,
        emoji=_take(fields, "emoji", str) or "",
        trace=_take_all(fields, TRACE),
        **{
            each.part: _take(fields, each.key, each.kind)
            for each in DETAILS
            if not each.optional or has_exception  # else it is anybody's field
        },
    )


def _take_all(fields: dict[str, Any], members: Iterable[Member]) -> dict[str, Any]:
    """Remove and return those of some members that have the expected type."""
    taken = {each.key: _take(fields, each.key, each.kind) for each in members}
    return {key: value for key, value in taken.items() if value is not None}


def _take(fields: dict[str, Any], key: str, kind: Any) -> Any:
    """Remove and return a field of the expected type; leave any other, and return None."""
    return fields.pop(key) if isinstance(fields.get(key), kind) else None
