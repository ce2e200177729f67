"""What stands in a line for values of the types that programs log most, type by type.

Each function does what the encoder of `_record/values.py` does for such a value, and none of them
runs code of the user's. The types of the standard library's slower modules are told by their names
at their first value, and then by identity, so that none of those modules is imported.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import Enum, EnumMeta
from typing import Any
from uuid import UUID

from provide.foundation._record.classes import type_name
from provide.foundation._record.values import RENDERING, is_message_of_arguments

#: Says of a value that it is the encoder's.
ODD = object()
#: Classes for which there is a spelling; the others' are asked for each time.
_MOST_KINDS = 256
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
_VALUE_OF_ENUM = Enum.__dict__["value"]


def spell(value: Any, kind: type) -> Any:
    """Return a string, a number, a boolean, None, a new dict or list, or `ODD`.

    What is in a container has not been looked at.
    """
    try:
        how = _SPELLINGS[kind]
    except KeyError:
        how = _learn(kind)
    return how(value)


def _spell_octets(value: bytes) -> Any:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return ODD


def _spell_moment(value: datetime) -> Any:
    zone = value.tzinfo
    if zone is UTC or zone is None:
        return value.isoformat()
    kind = type(zone)
    if kind is timezone or _is_original(kind, "zoneinfo.ZoneInfo"):
        return value.isoformat() if RENDERING.encoder is None else ODD
    return ODD


def _spell_date(value: date) -> Any:
    return value.isoformat() if RENDERING.encoder is None else ODD


def _spell_time(value: time) -> Any:
    return value.isoformat() if value.tzinfo is None and RENDERING.encoder is None else ODD


def _spell_duration(value: timedelta) -> Any:
    return str(value.total_seconds()) if RENDERING.encoder is None else ODD


def _spell_text(value: object) -> Any:
    return str(value) if RENDERING.encoder is None else ODD


def _spell_set(value: Any) -> Any:
    items = list(value)
    kinds = set(map(type, items))
    if not items or (len(kinds) == 1 and (str in kinds or int in kinds)):
        items.sort()
        return items
    return ODD


def _spell_member(value: Any) -> Any:
    """Return the value of a member of an `Enum`."""
    if RENDERING.encoder is not None:
        return ODD
    found = value._value_
    kind = type(found)
    if kind is str or kind is bool or found is None:
        return found
    return found if kind is int and -(1 << 63) <= found < 1 << 64 else ODD


def _spell_error(value: BaseException) -> Any:
    """Return an exception as ``ValueError: what it says``, if that is what it was raised with."""
    if RENDERING.encoder is not None or not is_message_of_arguments(value):
        return ODD
    return f"{type_name(type(value))}: {value!s}".removesuffix(": ")


def _refuse(value: object) -> Any:
    return ODD


def _learn(kind: type) -> Callable[[Any], Any]:
    """Return how values of a type are spelled, and remember it."""
    how: Callable[[Any], Any] = _refuse
    if type(kind) is type:
        if issubclass(kind, BaseException):
            how = _spell_error if _keeps_its_class(kind) else _refuse
        elif type_name(kind) in _TEXTUAL and _is_original(kind, type_name(kind)):
            how = _spell_text
    elif type(kind) is EnumMeta and _keeps_its_class(kind):
        holder = next(base for base in kind.__mro__ if "value" in base.__dict__)
        how = _spell_member if holder.__dict__["value"] is _VALUE_OF_ENUM else _refuse
    elif _is_original(kind, type_name(kind)) and type_name(kind) in _TEXTUAL:  # ABCMeta's
        how = _spell_text
    if len(_SPELLINGS) >= _MOST_KINDS:
        _SPELLINGS.clear()
        _SPELLINGS.update(_BUILT_IN)
    _SPELLINGS[kind] = how
    return how


def _keeps_its_class(kind: type) -> bool:
    """Say whether objects of a class say what they are, and are asked for attributes plainly."""
    return not any(
        "__class__" in base.__dict__ or "__getattribute__" in base.__dict__
        for base in kind.__mro__
        if base.__flags__ & _MADE_IN_PYTHON
    )


def _is_original(kind: type, name: str) -> bool:
    """Say whether a class is the one that its module has under that name."""
    module, _, plain = name.rpartition(".")
    found = sys.modules.get(module)
    return found is not None and getattr(found, plain, None) is kind


#: The flag of classes that a `class` statement has made: Py_TPFLAGS_HEAPTYPE.
_MADE_IN_PYTHON = 1 << 9
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
_SPELLINGS = dict(_BUILT_IN)
