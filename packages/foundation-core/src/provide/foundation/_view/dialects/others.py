"""Objects that are no lines of schema 1: those of the other schemas, then the table's dialects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from provide.foundation._record.record import Record
from provide.foundation._view.dialects.levels import read_level
from provide.foundation._view.dialects.moments import read_digits
from provide.foundation._view.dialects.own import read_own
from provide.foundation._view.dialects.schemas import restore, spread_request
from provide.foundation._view.dialects.table import DIALECTS, Dialect, Path
from provide.foundation.levels import LEVEL_NUMBERS

_MOST_CAUSES = 50


def read_other(record: Mapping[str, Any]) -> Record | None:
    """Return an object as a record, or None where it is no line of a logger that is known."""
    if not _is_another(record):
        fields = restore(record)
        name, event = fields.get("level"), fields.get("event")
        if type(name) is str and type(event) is str and fields.keys() != record.keys():
            return read_own(fields, LEVEL_NUMBERS[name.upper()], event)
    for dialect in DIALECTS:
        if all(_find(record, sign) is not None for sign in dialect.signs):
            found = _read_dialect(record, dialect)
            if found is not None:
                return found
    return None


def _is_another(record: Mapping[str, Any]) -> bool:
    """Tell whether a line has the names of one of Foundation's schemas, and is not quite one."""
    if type(record.get("log")) is dict or "ecs" in record:  # ECS with objects in it
        return True
    if type(record.get("logger")) is dict:  # Datadog's name with an object
        return True
    return "message" in record and "level" in record and "@timestamp" not in record


def _read_dialect(record: Mapping[str, Any], dialect: Dialect) -> Record | None:
    left: dict[str, Any] = _copy(record)
    spelt = _take_first(left, dialect.level, read_level, keep=_is_unusual)
    level = None if spelt is None else read_level(spelt)
    event = _take_first(left, dialect.event, _as_text)
    if level is None or (event is None and dialect.name != "pino"):
        return None
    seconds = _take_first(left, dialect.time, read_digits)
    logger = _take_first(left, dialect.logger, _as_text)
    exception = _take_first(left, dialect.exception, _as_exception)
    stack = _take_first(left, dialect.stack, _as_text)
    parts: dict[str, Any] = {}
    if exception is not None:
        parts["exception"] = _as_exception(exception)
        if dialect.name == "ecs" and not str(exception).startswith("Traceback"):
            # ecs-logging leaves out the first row, and the last one.
            kind, said = (_find(left, ("error", each)) for each in ("type", "message"))
            head = "Traceback (most recent call last):\n"
            parts["exception"] = f"{head}{str(exception).rstrip()}\n{kind}: {said}"
        if dialect.name == "loguru":
            # Its text is the formatted line, too, and the traceback begins in the next row.
            _, _, behind = exception.partition("\n")
            parts["exception"] = behind.rstrip("\n") or None
    if stack:
        parts["stack"] = stack
    if dialect.callsite is not None:
        found = [_take_first(left, (path,), _as_place) for path in dialect.callsite]
        if any(each is not None for each in found):
            parts["callsite"] = dict(zip(("file", "line", "function"), found, strict=True))
    ids = [_take_first(left, (path,), _as_text) for path in dialect.trace]
    trace = {key: each for key, each in zip(("trace_id", "span_id"), ids, strict=True) if each}
    if trace:
        parts["trace"] = trace
    for path in dialect.constants:
        _drop(left, path)
    if dialect.fields_in is not None:
        inner = _find(left, dialect.fields_in)
        left = inner if isinstance(inner, dict) else {}
        if "httpRequest" in record:  # Google's agents take it out of the line
            left = {"httpRequest": record["httpRequest"], **left}
    if dialect.name.startswith("gcp"):
        left = spread_request(left)
    return Record(
        level,
        logger or "",
        event or "",
        {key: value for key, value in left.items() if value != {} or record.get(key) == {}},
        seconds=None if seconds is None else read_digits(seconds),
        **parts,
    )


def _copy(value: Any, depth: int = 0) -> Any:
    """Copy objects as deep as anything is taken out of them."""
    if type(value) is dict and depth < 4:
        return {key: _copy(each, depth + 1) for key, each in value.items()}
    return value


def _find(record: Any, path: Path) -> Any:
    for name in path:
        if type(record) is not dict or name not in record:
            return None
        record = record[name]
    return record


def _drop(left: dict[str, Any], path: Path) -> None:
    around = _find(left, path[:-1])
    if type(around) is dict:
        around.pop(path[-1], None)
        if not around and len(path) > 1:
            _drop(left, path[:-1])


def _take_first(left: dict[str, Any], paths: Iterable[Path], read: Any, keep: Any = None) -> Any:
    """Remove and return the first value that can be read as what it is to be."""
    for path in paths:
        value = _find(left, path)
        if value is not None and read(value) is not None:
            if keep is None or not keep(value):
                _drop(left, path)
            return value
    return None


def _is_unusual(value: object) -> bool:
    """Tell whether a level says more than the one that it comes to."""
    return type(value) is str and value.upper() not in LEVEL_NUMBERS


def _as_text(value: object) -> str | None:
    return value if type(value) is str else None


def _as_place(value: object) -> str | int | None:
    return value if type(value) is str or type(value) is int else None


def _as_exception(value: object) -> Any:
    """Return a traceback as text, or structlog's list as the object that Foundation has."""
    if type(value) is str:
        return value or None
    if type(value) is dict and type(value.get("type")) is str:
        return value
    if type(value) is not list or not value or type(value[0]) is not dict:
        return None
    first: dict[str, Any] = {}
    link, last = "", first
    for each in value[:_MOST_CAUSES]:  # the newest first, each the cause of the one before it
        if type(each) is not dict or type(each.get("exc_type")) is not str:
            return None
        frames = each.get("frames")
        described = {
            "type": each["exc_type"],
            "message": each.get("exc_value", ""),
            "frames": [
                {"file": at.get("filename"), "line": at.get("lineno"), "function": at.get("name")}
                for at in (frames if type(frames) is list else [])
                if type(at) is dict
            ],
        }
        groups = each.get("exceptions")
        if type(groups) is list and groups:
            described["exceptions"] = [_as_exception(group) for group in groups]
        if link:
            last[link] = described
        else:
            first.update(described)
            described = first
        last, link = described, "cause" if each.get("is_cause") else "context"
    return first
