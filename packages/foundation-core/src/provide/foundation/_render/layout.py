"""One strict JSON object a line, laid out for a back end.

A `Layout` is a schema of `schemas.py` with the names that a configuration replaces and its
form of the time. The lanes take the same members from it, encoded.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from provide.foundation._encoder import dumps
from provide.foundation._process.memory import ask_for_text
from provide.foundation._record.exceptions import FRAME_KEYS
from provide.foundation._record.record import Record
from provide.foundation._record.redaction import free_name
from provide.foundation._record.schema import CALLER, DETAILS, MEMBERS, RESERVED, TRACE_KEYS
from provide.foundation._record.timestamps import ISO, format_epoch, format_timestamp
from provide.foundation._record.values import Limits, plain
from provide.foundation._render.json import encode_members, render_json
from provide.foundation._render.schemas import SCHEMAS, Members, Place
from provide.foundation.levels import ERROR, LEVELS

_DETAILS = tuple(member.key for member in DETAILS)
_CALLER = frozenset(member.key for member in CALLER)
_OPTIONAL = frozenset(member.key for member in MEMBERS if member.optional)


class Layout:
    """Lay out the lines of one schema.

    It compares equal to one that was made of the same, so that outputs share their lines.

    Args:
        schema: A key of `SCHEMAS`.
        timestamp: The form of the time: one of `timestamps.FORMS`.
        keys: Other names, by keys of `schema.py`; what a schema writes as several members becomes
            one under such a name.
        constants: The names of what all lines of the configuration have alike.

    Raises:
        ValueError: Two members would have one name; the error says which.
    """

    __slots__ = (
        "caller", "callsite", "event", "exception", "fields_in", "levels", "logger", "names",
        "parts", "project", "reserved", "schema", "time", "timestamp",
    )  # fmt: skip

    def __init__(
        self,
        schema: str = "foundation",
        timestamp: str = ISO,
        keys: Mapping[str, str] = MappingProxyType({}),
        constants: Iterable[str] = (),
    ) -> None:
        row = SCHEMAS[schema]
        #: Google's project, which the name of a trace has in it; read once, for no call to ask.
        self.project = os.environ.get("GOOGLE_CLOUD_PROJECT")
        named = tuple(sorted(keys.items()))
        #: What it was made of.
        self.parts = (schema, timestamp, named, frozenset(constants), self.project)
        self.schema = row
        self.time = timestamp
        self.names: dict[str, Place] = {member.key: member.key for member in MEMBERS}
        self.names |= {**row.names, **keys}
        self.timestamp = str(self.names["timestamp"])
        self.event = str(self.names["event"])
        self.logger = self.names["logger"]
        #: The members that say the level, by its number.
        self.levels: dict[int, Members] = {}
        for index, level in enumerate(LEVELS):
            self.levels[level] = {str(self.names["level"]): row.levels[index]}
            if row.level_number is not None:
                self.levels[level][row.level_number[0]] = row.level_number[1][index]
        self.exception = None if "exception" in keys else row.exception
        self.callsite = None if "callsite" in keys else row.callsite
        self.fields_in = row.fields_in
        #: Which members say who makes a call, among those of a trace.
        self.caller = _CALLER.intersection(constants)
        #: The names that no field of a caller's may have in these lines.
        self.reserved = RESERVED | self._find_names(set(constants))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layout) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(self.parts)

    def _find_names(self, constants: set[str]) -> set[str]:
        """Return the names of all members; two of them have one name only in an object of both."""
        row = self.schema
        places: list[Place] = [*row.constants, *(row.trace[1] if row.trace else ())]
        places += () if row.level_number is None else (row.level_number[0],)
        places += () if self.fields_in is None else (self.fields_in,)
        parts = {"exception": self.exception, "callsite": self.callsite}
        for key, place in self.names.items():
            if key in _OPTIONAL and key not in constants:
                continue
            if key == "stack_trace" and self.exception is not None:
                continue
            several = parts.get(key)
            if several is not None:
                places += [each for each in several if each is not None]
            elif key not in TRACE_KEYS or row.trace is None:
                places.append(place)
        objects = {place[0] for place in places if isinstance(place, tuple)}
        names = [place for place in places if isinstance(place, str)]
        names += objects
        for name in names:
            if names.count(name) > 1:
                raise ValueError(name)
        return set(names)

    def time_text(self, seconds: float) -> str:
        """Return the time as it stands in a line: with its quotes, if it is a text."""
        if self.time == ISO:
            return f'"{format_timestamp(seconds)}"'
        return format_epoch(seconds, self.time)

    def constant_members(self, constants: Mapping[str, Any]) -> Members:
        """Return what every line has alike."""
        members: Members = dict(self.schema.constants)
        for key, value in constants.items():
            if key in self.names or self.fields_in is None:
                _put(members, self.names.get(key, key), value)
        return members

    def static_members(self, constants: Mapping[str, Any]) -> Members:
        """Return those of all lines that stand with the caller's fields in an object."""
        if self.fields_in is None:
            return {}
        return {key: value for key, value in constants.items() if key not in self.names}

    def trace_members(self, trace: Mapping[str, Any]) -> Members:
        """Return the ids of a trace, and behind them what else an extension gives."""
        members: Members = {}
        if self.schema.trace is not None:
            members = self.schema.trace[0](trace, self.project)
        else:
            for key in TRACE_KEYS:
                if key in trace:
                    _put(members, self.names[key], trace[key])
        for key, value in trace.items():
            if key in self.caller:
                if self.fields_in is None:
                    _put(members, self.names[key], value)
            elif key not in TRACE_KEYS:
                members[free_name(key, members, self.reserved)] = value
        return members

    def caller_members(self, trace: Mapping[str, Any]) -> Members:
        """Return who makes the call, where that stands with the caller's fields in an object."""
        return {str(self.names[key]): value for key, value in trace.items() if key in self.caller}

    def detail_members(self, parts: Mapping[str, Any], limits: Limits) -> Members:
        """Return exception, stack and call site.

        Args:
            parts: These, under the names of `schema.py`, as plain data.
            limits: Where the text of a traceback is cut.

        Raises:
            MemoryError: There is too little for that text.
        """
        members: Members = {}
        exception = parts.get("exception")
        if exception is not None:
            if self.exception is None:
                _put(members, self.names["exception"], exception)
                if "stack_trace" in parts:
                    _put(members, self.names["stack_trace"], parts["stack_trace"])
            else:
                told = exception if isinstance(exception, Mapping) else {}
                text = plain(parts.get("stack_trace", exception), limits)
                ask_for_text(text)
                values = (told.get("type"), told.get("message"), text)
                for place, value in zip(self.exception, values, strict=True):
                    if place is not None and value is not None:
                        _put(members, place, value)
        if (stack := parts.get("stack")) is not None:
            _put(members, self.names["stack"], stack)
        if callsite := parts.get("callsite"):
            if self.callsite is None:
                _put(members, self.names["callsite"], callsite)
            else:
                for place, key in zip(self.callsite, FRAME_KEYS, strict=True):
                    value = callsite.get(key)
                    as_text = key == "line" and self.schema.line_as_text
                    _put(members, place, str(value) if as_text else value)
        return members

    def arrange(self, members: Members, record: Record, limits: Limits) -> Members:
        """Return the members of a line in the order and under the names of the schema.

        Args:
            members: They, under the names of `schema.py`, without the time; they are used up.
            record: The record that they are of.
            limits: Where the text of a traceback is cut.

        Raises:
            MemoryError: There is too little for that text.
        """
        del members["level"]
        line: Members = dict(self.levels.get(record.level) or self.levels[ERROR])
        logger, event = members.pop("logger"), members.pop("event")
        if self.schema.event_first:
            line[self.event] = event
        _put(line, self.logger, logger)
        line[self.event] = event
        constants = {key: members.pop(key) for key in record.constants if key in members}
        line |= self.constant_members(constants)
        trace = {
            key: members.pop(key)
            for key in record.trace or ()
            if key in members and key not in record.fields
        }
        details = {
            key: members.pop(key) for key in _DETAILS if key in members and key not in record.fields
        }
        emoji = members.pop("emoji", None)
        if not self.reserved.isdisjoint(members):  # nobody has looked at them yet
            members = _rename(members, self.reserved)
        inner = line
        if self.fields_in is not None:
            inner = line[self.fields_in] = self.static_members(constants)
        inner |= members
        if emoji:
            _put(inner, self.names["emoji"], emoji)
        if inner is line and trace:
            line |= self.trace_members(trace)
        if details:
            inner |= self.detail_members(details, limits)
        if inner is not line and trace:
            inner |= self.caller_members(trace)
            line |= self.trace_members(trace)
        return line

    def make_renderer(
        self, limits: Limits, is_secret: Callable[[str], bool] | None, exceptions: str = "both"
    ) -> Callable[[Record], bytes]:
        """Return what renders lines.

        Args:
            limits: Where values are cut.
            is_secret: Tells which keys' values are masked, at any depth; None masks none.
            exceptions: How lines have an exception where the schema leaves it as it is.
        """
        lead = b"{%b:" % encode_name(self.timestamp)

        def encode(members: Members, record: Record, within: Limits) -> bytes:
            members.pop("timestamp", None)
            encoded = encode_members(self.arrange(members, record, within), record, within)
            if record.seconds is None:
                return encoded
            return b"%b%b,%b" % (lead, self.time_text(record.seconds).encode(), encoded[1:])

        return lambda record: render_json(record, limits, is_secret, exceptions, encode)


def encode_name(name: str) -> bytes:
    """Return the name of a member, in quotes."""
    return dumps(name)


def _put(members: Members, place: Place, value: object) -> None:
    if isinstance(place, str):
        members[place] = value
    else:
        members.setdefault(place[0], {})[place[1]] = value


def _rename(members: Members, reserved: frozenset[str]) -> Members:
    renamed: Members = {}
    for key, value in members.items():
        name = key
        if key in reserved:
            name = free_name(key, members.keys() | renamed.keys(), reserved)
        renamed[name] = value
    return renamed
