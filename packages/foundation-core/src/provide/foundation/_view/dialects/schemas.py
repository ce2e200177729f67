"""Lines of any schema back under the names of `_record/schema.py`, by the table that made them.

A line is of the schema whose names of level and event it has, with values as that schema spells
them. Lines with names that a configuration has replaced are not known again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provide.foundation._record.exceptions import FRAME_KEYS
from provide.foundation._record.redaction import free_name
from provide.foundation._record.schema import BEFORE_FIELDS, TRACE_KEYS
from provide.foundation._render.schemas import SCHEMAS, Place, Schema
from provide.foundation.levels import LEVEL_NAMES, LEVELS

#: The keys of each level's name, in lower case, by what a schema spells it as. Where two levels are
#: spelt alike, it is the higher one.
_LEVELS = {
    name: {schema.levels[index]: LEVEL_NAMES[level] for index, level in enumerate(LEVELS)}
    for name, schema in SCHEMAS.items()
}
_GOOGLE = "logging.googleapis.com/"
#: What Google's `HttpRequest` has, by our names.
_OF_REQUEST = {
    "requestMethod": "http.request.method",
    "requestUrl": "url.path",
    "status": "http.response.status_code",
    "responseSize": "http.response.body.size",
    "remoteIp": "client.address",
    "userAgent": "user_agent.original",
}


def restore(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a line under the names of `_record/schema.py`, and its fields."""
    for name, schema in SCHEMAS.items():
        spelt = _find(record, schema.names.get("level", "level"))
        event = _find(record, schema.names.get("event", "event"))
        if name == "foundation" and isinstance(event, str) and isinstance(spelt, str):
            break  # it has these names already
        if isinstance(event, str) and isinstance(spelt, str) and spelt in _LEVELS[name]:
            return _restore(record, schema, _LEVELS[name][spelt])
    return dict(record)


def spread_request(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields with the members of Google's `httpRequest` among them, by our names."""
    request = fields.get("httpRequest")
    if not isinstance(request, dict):
        return dict(fields)
    spread: dict[str, Any] = {}
    for name, value in request.items():
        if name == "latency" and "duration_ms" in fields:  # the same as a text
            continue
        ours = _OF_REQUEST.get(name, f"httpRequest.{name}")
        is_size = name == "responseSize" and isinstance(value, str) and value.isdecimal()
        spread[ours] = int(value[:20]) if is_size else value
    return {**spread, **{key: value for key, value in fields.items() if key != "httpRequest"}}


def _restore(record: Mapping[str, Any], schema: Schema, level: str) -> dict[str, Any]:
    # Copied as far as anything is taken out of it.
    left = {key: dict(value) if isinstance(value, dict) else value for key, value in record.items()}
    members: dict[str, Any] = {}
    for key, place in schema.names.items():
        if key not in TRACE_KEYS or schema.trace is None:
            _move(left, place, members, key)
    _move(left, schema.names.get("level", "level"), members, "level")
    members["level"] = level
    for name in (*schema.constants, *(schema.level_number or ())[:1]):
        if isinstance(left.get(str(name)), str | int):
            del left[str(name)]
    if schema.trace is not None:
        members |= _read_trace(left)
    inner = None if schema.fields_in is None else left.get(schema.fields_in)
    if isinstance(inner, dict):
        del left[str(schema.fields_in)]
        for key, place in {"emoji": "emoji", **schema.names}.items():
            _move(inner, place, members, key)
        _read_details(inner, schema, members)
        left |= inner
    else:
        _read_details(left, schema, members)
    if schema is SCHEMAS["gcp"]:
        left = spread_request(left)
    restored = {each.key: members.pop(each.key) for each in BEFORE_FIELDS if each.key in members}
    for key, value in left.items():
        # A line of another program may have a field with the name of a member.
        taken = key in restored or key in members
        name = free_name(key, left.keys() | restored.keys() | members.keys()) if taken else key
        restored[name] = value
    return restored | members


def _read_details(left: dict[str, Any], schema: Schema, members: dict[str, Any]) -> None:
    """Take an exception and a call site from where a schema has their parts."""
    if schema.exception is not None and isinstance(_find(left, schema.exception[2]), str):
        kind, message, text = schema.exception
        _move(left, text, members, "exception")
        for place in (kind, message):  # which the text says, too
            if place is not None and isinstance(_find(left, place), str):
                _move(left, place, {}, "")
    if schema.callsite is not None and _find(left, schema.callsite[0]) is not None:
        callsite: dict[str, Any] = {}
        for place, key in zip(schema.callsite, FRAME_KEYS, strict=True):
            _move(left, place, callsite, key)
        line = callsite.get("line")
        if isinstance(line, str) and line.isdecimal() and len(line) < 10:
            callsite["line"] = int(line)
        members["callsite"] = callsite


def _read_trace(left: dict[str, Any]) -> dict[str, Any]:
    """Take the ids of a trace where a schema has forms of its own for them."""
    trace: dict[str, Any] = {}
    _move(left, "dd.trace_id", trace, "trace_id")
    span = left.get("dd.span_id")
    if isinstance(span, str) and span.isdecimal() and len(span) <= 20:
        trace["span_id"] = f"{int(left.pop('dd.span_id')):016x}"
    full = left.get(f"{_GOOGLE}trace")
    if isinstance(full, str):
        trace["trace_id"] = left.pop(f"{_GOOGLE}trace").rpartition("/")[2]
    _move(left, f"{_GOOGLE}spanId", trace, "span_id")
    sampled = left.get(f"{_GOOGLE}trace_sampled")
    if isinstance(sampled, bool):
        trace["trace_flags"] = f"{int(left.pop(f'{_GOOGLE}trace_sampled')):02x}"
    return trace


def _find(members: Mapping[str, Any], place: Place) -> Any:
    """Return what stands at a place, or None."""
    if isinstance(place, str):
        return members.get(place)
    around = members.get(place[0])
    return around.get(place[1]) if isinstance(around, dict) else None


def _move(left: dict[str, Any], place: Place, to: dict[str, Any], key: str) -> None:
    """Move what stands at a place, if anything does; an object that is empty then goes, too."""
    around, name = (left, place) if isinstance(place, str) else (left.get(place[0]), place[1])
    if isinstance(around, dict) and name in around:
        to[key] = around.pop(name)
        if around is not left and not around:
            del left[place[0]]
