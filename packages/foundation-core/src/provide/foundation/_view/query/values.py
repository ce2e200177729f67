"""What a dotted key finds in an entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provide.foundation._encoder import JSONEncodeError, dumps
from provide.foundation._record.timestamps import format_timestamp
from provide.foundation._view.dialects.reader import Entry
from provide.foundation.levels import LEVEL_NAMES

#: Says that there is no such value.
MISSING = object()
#: What a query calls parts of a record, whatever their names in the file.
PARTS = ("level", "logger", "event", "timestamp")
DETAILS = ("emoji", "exception", "stack", "callsite")


def find_value(entry: Entry, key: str) -> Any:
    """Return the value under a dotted key, or `MISSING`.

    The parts of a record have the names that Foundation gives them. Then what the file has counts,
    then what the record has under Foundation's names.
    """
    record = entry.record
    if record is None:
        return LEVEL_NAMES[entry.level] if key == "level" and entry.level else MISSING
    if key in PARTS:
        if key == "level":
            return LEVEL_NAMES[record.level]
        if key == "timestamp":
            return MISSING if record.seconds is None else format_timestamp(record.seconds)
        return record.logger if key == "logger" else record.event
    found = MISSING if entry.data is None else reach(entry.data, key)
    if found is MISSING:
        found = reach(record.fields, key)
    if found is MISSING:
        shown = {each: part for each in DETAILS if (part := getattr(record, each))}
        for around in (record.constants, record.trace, shown):
            if around and (found := reach(around, key)) is not MISSING:
                break
    return found


def reach(around: Mapping[str, Any], key: str) -> Any:
    """Return the value under a dotted key, or `MISSING`.

    A key with a dot in its own name wins over a nested one; a number reaches into a list.
    """
    if key in around:
        return around[key]
    found: Any = around
    for part in key.split("."):
        if isinstance(found, dict) and part in found:
            found = found[part]
        elif isinstance(found, list) and part.isdecimal() and int(part[:9]) < len(found):
            found = found[int(part[:9])]
        else:
            return MISSING
    return found


def as_text(value: Any) -> str:
    """Return the text of a value: a string itself, anything else as JSON."""
    if type(value) is str:
        return value
    try:
        return dumps(value).decode()
    except JSONEncodeError:
        return ""  # deeper than orjson writes, though not than it reads


def list_texts(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield all keys and values of an object as texts."""
    if isinstance(value, Mapping) and depth < 100:
        for key, inner in value.items():
            yield str(key)
            yield from list_texts(inner, depth + 1)
    elif type(value) is list and depth < 100:
        for inner in value:
            yield from list_texts(inner, depth + 1)
    elif value is not None:
        yield as_text(value)


def list_keys(data: Any, lead: str = "", depth: int = 0) -> Iterator[str]:
    """Yield the dotted keys of an object."""
    if type(data) is dict and depth < 4:
        for key, inner in data.items():
            yield f"{lead}{key}"
            yield from list_keys(inner, f"{lead}{key}.", depth + 1)
