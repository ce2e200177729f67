"""JSON objects as records: Foundation's own lines by `own.py`, all others by `others.py`.

Members of an unexpected type stay fields, so that nothing of a line is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provide.foundation._encoder import JSONDecodeError, loads
from provide.foundation._record.record import Record
from provide.foundation._view.dialects.own import read_own
from provide.foundation.levels import LEVEL_NUMBERS

_LEVELS = {**LEVEL_NUMBERS, **{name.lower(): each for name, each in LEVEL_NUMBERS.items()}}


def parse_object(raw: bytes) -> dict[str, Any] | None:
    """Return the JSON object that a line holds, or None where it holds none."""
    if not raw.lstrip().startswith(b"{"):
        return None
    try:
        record = loads(raw)
    except JSONDecodeError:
        return None
    return record if isinstance(record, dict) else None


def read_object(record: Mapping[str, Any]) -> Record | None:
    """Return an object as a record, or None where it is no line of a logger that is known."""
    name, event = record.get("level"), record.get("event")
    if type(name) is str and type(event) is str:
        # Foundation's own names, which need no table.
        level = _LEVELS.get(name) or LEVEL_NUMBERS.get(name.upper())
        if level is not None and type(record.get("exception")) is not list:
            return read_own(dict(record), level, event)
    # Here: its tables take milliseconds, and most files need none.
    from provide.foundation._view.dialects.others import read_other

    return read_other(record)
