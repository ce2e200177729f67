"""What carries the lines of a program: containers, Kubernetes, journald, CloudWatch, OTLP.

An envelope gives what it holds, and what it adds; those that are text are in `prefixes.py`.
Sources: Docker's json-file driver; systemd's journal export as JSON; CloudWatch's subscriptions;
OTLP 1.x in JSON, which has ids in hexadecimal digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

#: The names that objects have that carry lines, and no others; journald's are in capitals.
_DOCKER = frozenset({"log", "stream", "time", "attrs"})
_OTLP = frozenset({"resourceLogs"})
_CLOUDWATCH = frozenset({
    "messageType", "owner", "logGroup", "logStream", "subscriptionFilters", "logEvents", "events",
    "searchedLogStreams", "nextToken", "nextForwardToken", "nextBackwardToken",
})  # fmt: skip
CARRIERS = _DOCKER | _OTLP | _CLOUDWATCH
#: What journald's JSON has of the service, and what Foundation calls it.
_JOURNAL = {"_SYSTEMD_UNIT": "unit", "_HOSTNAME": "host", "_PID": "pid"}


class Letter:
    """Hold what one envelope holds.

    Args:
        text: The line inside, without its end.
        added: What the envelope says of it.
        moment: The envelope's own time, for a line that has no time: a text or a number.
        whole: Whether the line ends here; else the next letter goes on with it.
        data: The object inside, where the line inside is no text.
        opaque: Whether a foreign line inside is shown without the envelope.
    """

    __slots__ = ("added", "data", "moment", "opaque", "text", "whole")

    def __init__(
        self,
        text: str,
        added: dict[str, Any] | None = None,
        moment: Any = None,
        whole: bool = True,
        data: dict[str, Any] | None = None,
        opaque: bool = True,
    ) -> None:
        self.text = text
        self.opaque = opaque
        self.added = {} if added is None else added
        self.moment = moment
        self.whole = whole
        self.data = data


def open_object(record: dict[str, Any]) -> Iterator[Letter]:
    """Yield what an object carries: nothing, where it is no envelope that is known."""
    names = record.keys()
    if names <= _DOCKER and type(log := record.get("log")) is str and "stream" in record:
        added = record.get("attrs")
        whole = log.endswith("\n")
        text = log.removesuffix("\n").removesuffix("\r")
        yield Letter(text, added if type(added) is dict else {}, record.get("time"), whole)
    elif (
        "__REALTIME_TIMESTAMP" in record
        and "MESSAGE" in record
        and not any(name.islower() for name in names)
    ):
        yield _open_journal(record)
    elif names <= _OTLP and type(record.get("resourceLogs")) is list:
        yield from _open_otlp(record)
    elif (
        names <= _CLOUDWATCH
        and type(events := record.get("logEvents", record.get("events"))) is list
    ):
        for event in events:
            if type(event) is dict and type(event.get("message")) is str:
                stream = event.get("logStreamName", record.get("logStream"))
                added = {"stream": stream} if type(stream) is str else {}
                yield Letter(event["message"].rstrip("\n"), added, event.get("timestamp"))


def _open_journal(record: dict[str, Any]) -> Letter:
    message = record["MESSAGE"]
    if type(message) is list and all(type(each) is int and 0 <= each < 256 for each in message):
        message = bytes(message).decode("utf-8", "backslashreplace")  # it was no plain UTF-8
    text = message if type(message) is str else ""
    added = {name: record[key] for key, name in _JOURNAL.items() if type(record.get(key)) is str}
    data = {
        "PRIORITY": record.get("PRIORITY", "6"),
        "SYSLOG_IDENTIFIER": record.get("SYSLOG_IDENTIFIER", record.get("_COMM", "")),
        "fields": {
            key.lower(): value
            for key, value in record.items()
            if key not in ("MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "CODE_FILE")
            and not key.startswith(("_", "SYSLOG_"))
        },
    }
    return Letter(text, added, record["__REALTIME_TIMESTAMP"], data=data)


def _open_otlp(document: dict[str, Any]) -> Iterator[Letter]:
    for resource in _objects(document.get("resourceLogs")):
        around = resource.get("resource")
        shared = _attributes(around.get("attributes") if type(around) is dict else None)
        for scope in _objects(resource.get("scopeLogs")):
            about = scope.get("scope")
            name = about.get("name") if type(about) is dict else None
            for record in _objects(scope.get("logRecords")):
                body = _any_value(record.get("body"))
                yield Letter(
                    body if type(body) is str else "",
                    shared,
                    record.get("timeUnixNano", record.get("observedTimeUnixNano")),
                    data={
                        "severityNumber": record.get("severityNumber"),
                        "severityText": record.get("severityText"),
                        "scope": name if type(name) is str else "",
                        "body": body,
                        "fields": _attributes(record.get("attributes")),
                        "trace_id": record.get("traceId"),
                        "span_id": record.get("spanId"),
                    },
                )


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if type(each) is dict] if type(value) is list else []


def _attributes(value: Any) -> dict[str, Any]:
    return {
        each["key"]: _any_value(each.get("value"))
        for each in _objects(value)
        if type(each.get("key")) is str
    }


def _any_value(value: Any, depth: int = 0) -> Any:
    """Return what an AnyValue of OTLP holds."""
    if type(value) is not dict or depth > 20:
        return value
    for kind, inner in value.items():
        if kind == "intValue" and type(inner) is str and inner.lstrip("-").isdecimal():
            return int(inner[:40])
        if kind == "arrayValue" and type(inner) is dict:
            inner = inner.get("values")
            return [_any_value(e, depth + 1) for e in inner] if type(inner) is list else []
        if kind == "kvlistValue" and type(inner) is dict:
            return {
                each["key"]: _any_value(each.get("value"), depth + 1)
                for each in _objects(inner.get("values"))
                if type(each.get("key")) is str
            }
        return inner
    return None
