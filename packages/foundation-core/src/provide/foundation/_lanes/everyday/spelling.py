"""What stands in a line for values of the types that programs log most, type by type.

Each function does what the encoder of `_record/values.py` does for such a value, and none of them
runs code of the user's. The types of the standard library's slower modules are told by their names
at their first value, and then by identity, so that none of those modules is imported.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from provide.foundation._record.classes import type_name
from provide.foundation._record.plans import (
    DECIMAL,
    DICT,
    ENUM,
    EXCEPTION,
    FLOAT,
    INDEX,
    INT,
    LIST,
    NAMED_TUPLE,
    NUMBER,
    RECORD,
    TEXT,
    TRUTH,
    TUPLE,
    ZONE,
    Plan,
    find_plan,
)
from provide.foundation._record.values import (
    RENDERING,
    is_message_of_arguments,
    spell_float,
    spell_int,
)

#: Says of a value that it is the encoder's.
ODD = object()
#: Types whose `str` says all.
_TEXTUAL = frozenset(
    {
        "decimal.Decimal",
        "fractions.Fraction",
        "ipaddress.IPv4Address",
        "ipaddress.IPv4Network",
        "ipaddress.IPv6Address",
        "ipaddress.IPv6Network",
        "pathlib.PosixPath",
        "pathlib.PurePosixPath",
        "pathlib.PureWindowsPath",
        "pathlib.WindowsPath",
        "pathlib._local.PosixPath",
        "pathlib._local.PurePosixPath",
        "pathlib._local.PureWindowsPath",
        "pathlib._local.WindowsPath",
    }
)
_SMALLEST_INT = -(1 << 63)
_LARGEST_INT = (1 << 64) - 1


def spell(value: Any, kind: type) -> Any:
    """Return a string, a number, a boolean, None, a new dict or list, or `ODD`.

    The items of a container have not been looked at.
    """
    how = _BUILT_IN.get(kind)
    if how is not None:
        return how(value)
    plan = find_plan(kind)
    within = _WITHIN.get(plan.code)
    if within is not None:
        return within(value, plan)
    if RENDERING.encoder is not None:
        return ODD  # an object that is being rendered has logged this, see `_Encoder.known`
    foreign = _FOREIGN.get(plan.code)
    if foreign is not None:
        return foreign(value, plan)
    name = type_name(kind)
    return str(value) if name in _TEXTUAL and _is_original(kind, name) else ODD


def _spell_octets(value: bytes) -> Any:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return ODD


def _spell_moment(value: datetime) -> Any:
    zone = value.tzinfo
    if zone is UTC or zone is None:
        return value.isoformat()
    if find_plan(type(zone)).code == ZONE and RENDERING.encoder is None:
        return value.isoformat()
    return ODD


def _spell_date(value: date) -> Any:
    return value.isoformat() if RENDERING.encoder is None else ODD


def _spell_time(value: time) -> Any:
    return value.isoformat() if value.tzinfo is None and RENDERING.encoder is None else ODD


def _spell_duration(value: timedelta) -> Any:
    return str(value.total_seconds()) if RENDERING.encoder is None else ODD


def _spell_set(value: Any) -> Any:
    items = list(value)
    kinds = set(map(type, items))
    if not items or (len(kinds) == 1 and (str in kinds or int in kinds)):
        items.sort()
        return items
    return ODD


def _spell_number(number: Any) -> Any:
    """Return an exact number, or the text of one that orjson has no number for."""
    if type(number) is int:
        return number if _SMALLEST_INT <= number <= _LARGEST_INT else spell_int(number)
    return number if number - number == 0.0 else spell_float(number)


def _spell_tuple(value: Any, plan: Plan) -> Any:
    items = list(tuple.__iter__(value))
    return dict(zip(plan.names, items, strict=True)) if len(items) == len(plan.names) else items


def _spell_member(value: Any, plan: Plan) -> Any:
    """Return the value of a member of an `Enum`."""
    found = value._value_
    kind = type(found)
    if kind is str or kind is bool or found is None:
        return found
    return _spell_number(found) if kind is int or kind is float else ODD


def _spell_record(value: Any, plan: Plan) -> Any:
    """Return the fields of a dataclass, an attrs, pydantic or msgspec object."""
    if plan.extra and getattr(value, "__pydantic_extra__", None):
        return ODD
    try:
        return {name: getattr(value, name) for name in plan.names}
    except AttributeError:  # a field that has been deleted, or never set
        return ODD


def _spell_error(value: BaseException, plan: Plan) -> Any:
    """Return an exception as ``ValueError: what it says``, if that is what it was raised with."""
    if not is_message_of_arguments(value):
        return ODD
    return f"{plan.label}: {value!s}".removesuffix(": ")


def _is_original(kind: type, name: str) -> bool:
    """Say whether a class is the one that its module has under that name."""
    module, _, plain = name.rpartition(".")
    found = sys.modules.get(module)
    return found is not None and getattr(found, plain, None) is kind


_BUILT_IN: dict[type, Callable[[Any], Any]] = {
    bytes: _spell_octets,
    tuple: list,
    set: _spell_set,
    frozenset: _spell_set,
    UUID: str,
    datetime: _spell_moment,
    date: _spell_date,
    time: _spell_time,
    timedelta: _spell_duration,
}
#: By the codes of plans: kinds that are written so wherever a line comes from.
_WITHIN: dict[int, Callable[[Any, Plan], Any]] = {
    TEXT: lambda value, plan: str.__str__(value),
    INT: lambda value, plan: _spell_number(int.__index__(value)),
    FLOAT: lambda value, plan: _spell_number(float.__float__(value)),
    DICT: lambda value, plan: dict.copy(value),
    LIST: lambda value, plan: list.copy(value),
    TUPLE: _spell_tuple,
    NAMED_TUPLE: _spell_tuple,
}
#: What is left out of a line that a value logs while it is rendered.
_FOREIGN: dict[int, Callable[[Any, Plan], Any]] = {
    DECIMAL: lambda value, plan: str(value),
    ENUM: _spell_member,
    EXCEPTION: _spell_error,
    INDEX: lambda value, plan: _spell_number(value.__index__()),
    NUMBER: lambda value, plan: _spell_number(value.__float__()),
    RECORD: _spell_record,
    TRUTH: lambda value, plan: value.__bool__(),
}
