"""The fields of a call: merged, without the parameters of the call, redacted."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from provide.foundation._process.interrupts import let_through
from provide.foundation._record.redaction import KeyPolicy

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

#: Reads an exception past whatever its class overrides.
_TRACEBACK: Any = BaseException.__dict__["__traceback__"]
#: Keywords of a call that are no fields.
CALL_PARAMETERS = frozenset({"exc_info", "stack_info", "stacklevel"})
SCALARS = frozenset({str, int, float, bool, type(None)})


def merge_fields(
    context: Mapping[str, Any], bound: Mapping[str, Any], fields: dict[str, Any]
) -> dict[str, Any]:
    """Return all fields in the order bound, context, call; the call's values win, then bound."""
    if not context and not bound:
        return fields
    merged = {**bound, **context, **bound}
    if merged.keys().isdisjoint(fields):
        merged.update(fields)
        return merged
    for key, value in fields.items():
        merged.pop(key, None)  # the call's own fields come last in the line
        merged[key] = value
    return merged


def take_call_parameters(fields: dict[str, Any]) -> dict[str, Any]:
    """Take `exc_info`, `stack_info` and `stacklevel` out of the fields and return them."""
    if CALL_PARAMETERS.isdisjoint(fields):
        return {}
    return {key: fields.pop(key) for key in CALL_PARAMETERS if key in fields}


def asks_for_nothing(parameters: Mapping[str, Any]) -> bool:
    """Say whether the parameters of a call ask for neither an exception nor a stack."""
    exc_info, stack_info = parameters.get("exc_info"), parameters.get("stack_info")
    return (exc_info is None or exc_info is False) and (stack_info is None or stack_info is False)


def normalise_exc_info(value: object) -> ExcInfo | None:
    """Return the exception that an `exc_info` argument means, as `sys.exc_info` gives it.

    Args:
        value: An exception, a tuple of `sys.exc_info`, something false for none, or anything
            else (True by custom) for the one that is being handled.
    """
    if isinstance(value, BaseException):
        return type(value), value, _TRACEBACK.__get__(value)
    if isinstance(value, tuple):
        error = value[1] if len(value) == 3 else None
        if not isinstance(error, BaseException):
            return None
        trace = value[2] if isinstance(value[2], TracebackType) else _TRACEBACK.__get__(error)
        return type(error), error, trace
    try:
        wanted = bool(value)
    except Exception as failure:  # a log call never raises, whatever its arguments
        if type(failure) is not RecursionError:
            let_through()
        wanted = True
    current = sys.exception() if wanted else None
    return None if current is None else (type(current), current, _TRACEBACK.__get__(current))


def redact(fields: dict[str, Any], policy: KeyPolicy) -> dict[str, Any]:
    """Give reserved keys a new name and mask secret values."""
    if policy.are_safe(fields):
        return fields
    return policy.redact(fields)
