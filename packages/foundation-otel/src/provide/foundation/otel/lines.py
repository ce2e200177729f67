"""A line as it waits for the export, and as the export's thread takes it apart.

What the fast lane hands over is the line itself, in JSON: bytes that it has made anyway, that keep
nothing of the caller alive and that the garbage collector does not look at. Whatever came by
another way is the tuple of what the exporter was given.
"""

from __future__ import annotations

import json
from calendar import timegm
from collections.abc import Iterable, Mapping
from time import strptime
from typing import Any, NamedTuple

from provide.foundation.extension import LEVEL_NAMES

try:
    from orjson import loads
except ImportError:  # as core: some platforms and interpreters have none
    from json import loads  # type: ignore[assignment]

#: One line as the exporter was given it.
Call = tuple[int, float, str, str, Mapping[str, Any], bytes, Mapping[str, Any] | None]
#: One line on the queue.
Entry = bytes | Call
#: Trace id, span id and flags, in hexadecimal digits.
Trace = tuple[str, str, str]

#: What OpenTelemetry calls that of which it has a name.
CALLER_ATTRIBUTES = {"thread": "thread.name"}
_LEVELS = {name: level for level, name in LEVEL_NAMES.items()}


class Record(NamedTuple):
    """Hold one line, taken apart."""

    level: int
    time_ns: int
    logger: str
    event: str
    fields: Mapping[str, Any]
    trace: Trace | None
    details: Mapping[str, Any] | None
    #: About how many bytes it takes in a request.
    weight: int


class LineReader:
    """Take lines of the queue apart; it belongs to one thread.

    Args:
        constants: The names of what all lines have alike: the resource says it.
        caller: The names of what lines say of their thread and task.
    """

    def __init__(self, constants: Iterable[str] = ("service",), caller: Iterable[str] = ()) -> None:
        self._constants = tuple(constants)
        self._caller = {name: CALLER_ATTRIBUTES.get(name, name) for name in caller}
        self._second = ("", 0)

    def read(self, entry: Entry) -> Record:
        """Return an entry as a record."""
        return self._read_line(entry) if isinstance(entry, bytes) else self._read_call(entry)

    def _read_line(self, line: bytes) -> Record:
        fields: dict[str, Any] = loads(line)
        # Reserved names: none of these is a field of the caller's.
        time_ns = self._read_time(fields.pop("timestamp"))
        level = _LEVELS[fields.pop("level")]
        logger, event = fields.pop("logger"), fields.pop("event")
        for name in self._constants:
            fields.pop(name, None)
        trace = _take_trace(fields)
        self._name_caller(fields, fields)
        return Record(level, time_ns, logger, event, fields, trace, None, len(line))

    def _name_caller(self, given: dict[str, Any], fields: dict[str, Any]) -> None:
        """Take what a line says of its thread and task, and add it to its attributes."""
        for name, attribute in self._caller.items():
            if name in given:
                fields[attribute] = given.pop(name)

    def _read_call(self, call: Call) -> Record:
        level, seconds, logger, event, fields, members, details = call
        trace = None
        if members:
            try:
                given = json.loads(b"{" + members + b"}")
            except ValueError:  # another extension's members, and no JSON
                given = {}
            trace = _take_trace(given)
            if self._caller:
                fields = dict(fields)
                self._name_caller(given, fields)
        time_ns = int(seconds * 1_000_000) * 1000
        # Plain data, whose text is about as long as what it takes on the wire.
        weight = 100 + len(event) + len(repr(fields))
        if details is not None:
            weight += len(repr(details))
        return Record(level, time_ns, logger, event, fields, trace, details, weight)

    def _read_time(self, text: str) -> int:
        """Return the time of ``2026-11-24T04:10:00.123456Z`` in nanoseconds since the epoch."""
        known, seconds = self._second
        second = text[:19]
        if second != known:
            seconds = timegm(strptime(second, "%Y-%m-%dT%H:%M:%S"))
            self._second = (second, seconds)
        return (seconds * 1_000_000 + int(text[20:26])) * 1000


def _take_trace(fields: dict[str, Any]) -> Trace | None:
    trace_id, span_id = fields.pop("trace_id", None), fields.pop("span_id", None)
    flags = fields.pop("trace_flags", "00")
    return None if trace_id is None or span_id is None else (trace_id, span_id, flags)
