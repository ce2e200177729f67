"""Which lines are events of OpenTelemetry, and how those are named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: Fields that say the name; Source: the registry of attributes, ``otel.event.name``, and
#: ``event.name``, which it deprecates.
_NAMING_FIELDS = ("otel.event.name", "event.name")
#: A name as people give events: words with ``.``, ``_``, ``-`` or ``/`` between. Whatever else
#: stands there, a sentence or a message with numbers in it, is another text in each line, and names
#: have to be few.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[._/-][A-Za-z][A-Za-z0-9]*)*")
_LONGEST_NAME = 128


def find_name(event: str, fields: Mapping[str, Any]) -> tuple[str | None, Mapping[str, Any]]:
    """Return a line's EventName, if it is an event, and its fields without the one that says so.

    Args:
        event: The line's event.
        fields: Its fields.
    """
    for key in _NAMING_FIELDS:
        name = fields.get(key)
        if type(name) is str and name:
            return name, {key: fields[key] for key in fields if key not in _NAMING_FIELDS}
    if len(event) <= _LONGEST_NAME and _NAME.fullmatch(event) is not None:
        return event, fields
    return None, fields
