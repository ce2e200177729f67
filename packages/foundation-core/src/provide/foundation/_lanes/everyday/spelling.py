"""What stands in a line for values of the types that programs log most, type by type.

Each function does what the encoder of `_record/values.py` does for such a value, and none of them
runs code of the user's. It returns a string, a number, a boolean, None, a new dict or list whose
items have not been looked at, or `ODD`. The types of the standard library's slower modules are told
by their names at their first value, and then by identity, so that none of those modules is
imported.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

from provide.foundation._record.classes import type_name
from provide.foundation._record.plans import (
    ARRAY,
    DECIMAL,
    DICT,
    ENUM,
    EXCEPTION,
    FLOAT,
    INDEX,
    INT,
    LIST,
    LOGGED,
    MOMENT,
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
    LARGEST_INT,
    LAZIES,
    MOST_OF_ARRAY,
    SMALLEST_INT,
    ask_form,
    is_message_of_arguments,
    spell_float,
    spell_int,
)

#: Says of a value that it is the encoder's.
ODD = object()
#: Makes plain data of a value of one type.
Way = Callable[[Any], Any]
#: How many types are known at a time: they are held, and all forgotten once there are more.
_MOST_TYPES = 512
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
_NUMBERS = "biuf"
#: The classes of time zones that have been met: of the standard library's, there are two.
_zones: set[type] = set()


class Ways(dict[type, Way]):
    """Hold the way of each type that has been met; asking for another type finds its way.

    One look-up and one call for each value: a look at the plan of each took 1.15 of a line of
    eleven types. Any thread may ask.

    Args:
        within: Whether they are for lines that a value logs while it is rendered, see
            `Encoder.known`: those run none of the code that others may.
    """

    __slots__ = ("_within",)

    def __init__(self, *, within: bool) -> None:
        super().__init__()
        self._within = within

    def __missing__(self, kind: type) -> Way:
        way = _BUILT_IN.get(kind)
        if way is None:
            way = self._find(kind)
        if len(self) >= _MOST_TYPES:
            self.clear()
        self[kind] = way
        return way

    def _find(self, kind: type) -> Way:
        plan = find_plan(kind)
        code = plan.code
        if kind is LAZIES.kind:  # computed once, whoever writes the line in the end
            return _leave
        if plan.source is not None and (code == NAMED_TUPLE or not self._within):
            return _follow_plan(kind, plan)
        way = None if self._within else _EXACT.get(kind)
        way = way or _WITHIN.get(code)
        if way is not None or self._within:
            return way or _leave
        if code in _FOREIGN:
            return _FOREIGN[code]
        if code == EXCEPTION:
            return _make_error_way(plan.label)
        name = type_name(kind)
        return str if name in _TEXTUAL and _is_original(kind, name) else _leave


def _leave(value: Any) -> Any:
    return ODD


def _follow_plan(kind: type, plan: Plan) -> Way:
    """Return the way of a class with fields; each value asks whether these are still the same."""
    assert plan.source is not None
    name, source = plan.source
    namespace = type.__dict__["__dict__"].__get__(kind)
    known = plan
    spell_first = spell = _make_fields_way(kind, plan)

    def follow(value: Any) -> Any:
        nonlocal known, spell
        if namespace.get(name) is source:
            return spell_first(value)
        found = find_plan(kind)  # a base has them, or they have changed
        if found is not known:
            spell = _make_fields_way(kind, found)
            known = found
        return spell(value)

    return follow


def _make_fields_way(kind: type, plan: Plan) -> Way:
    names = plan.names
    if plan.code == LOGGED:

        def spell_form(value: Any) -> Any:
            form = ask_form(value, kind, plan)
            return form.copy() if type(form) is dict else _spell_simple(form)

        return spell_form
    if plan.code == NAMED_TUPLE:

        def spell_tuple(value: Any) -> Any:
            items = list(tuple.__iter__(value))
            return dict(zip(names, items, strict=True)) if len(items) == len(names) else items

        return spell_tuple
    if plan.code != RECORD:
        return _leave
    extra = plan.extra
    plain_names = len(names) > 1 and all(map(str.isidentifier, names))
    read = attrgetter(*names) if plain_names else lambda value: [getattr(value, n) for n in names]

    def spell_record(value: Any) -> Any:
        if extra and getattr(value, "__pydantic_extra__", None):
            return ODD
        try:
            return dict(zip(names, read(value), strict=True))
        except AttributeError:  # a field that has been deleted, or never set
            return ODD

    return spell_record


def _make_error_way(label: str) -> Way:
    """Return the way of an exception: ``ValueError: what it says``, if it was raised with that."""

    def spell(value: Any) -> Any:
        if not is_message_of_arguments(value):
            return ODD
        return f"{label}: {value!s}".removesuffix(": ")

    return spell


def _spell_octets(value: bytes) -> Any:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return ODD


def _spell_moment(value: datetime) -> Any:
    zone = value.tzinfo
    if zone is UTC or zone is None or type(zone) in _zones or _is_zone(type(zone)):
        return value.isoformat()
    return ODD


def _is_zone(kind: type) -> bool:
    """Say whether no code of the user's runs when zones of a class are asked, and remember it."""
    if find_plan(kind).code != ZONE:
        return False
    _zones.add(kind)
    return True


def _spell_utc(value: datetime) -> Any:
    zone = value.tzinfo
    return value.isoformat() if zone is UTC or zone is None else ODD


def _spell_time(value: time) -> Any:
    return value.isoformat() if value.tzinfo is None else ODD


def _spell_duration(value: timedelta) -> Any:
    return str(value.total_seconds())


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
        return number if SMALLEST_INT <= number <= LARGEST_INT else spell_int(number)
    return number if number - number == 0.0 else spell_float(number)


def _spell_simple(found: Any) -> Any:
    """Return a scalar."""
    kind = type(found)
    if kind is str or kind is bool or found is None:
        return found
    return _spell_number(found) if kind is int or kind is float else ODD


def _spell_array(value: Any) -> Any:
    """Return an array of numpy's: a small one of numbers as a list, a larger one by its shape."""
    if value.dtype.kind not in _NUMBERS:
        return ODD
    if value.size > MOST_OF_ARRAY:
        return f"<numpy.ndarray {'x'.join(map(str, value.shape))} {value.dtype}>"
    found = value.tolist()
    return found if type(found) is list else _spell_simple(found)


def _is_original(kind: type, name: str) -> bool:
    """Say whether a class is the one that its module has under that name."""
    module, _, plain = name.rpartition(".")
    found = sys.modules.get(module)
    return found is not None and getattr(found, plain, None) is kind


#: Ways that do not depend on where a line comes from: of exact types, then by the codes of plans.
_BUILT_IN: dict[type, Way] = {bytes: _spell_octets, tuple: list, UUID: str}
_WITHIN: dict[int, Way] = {
    TEXT: str.__str__,
    INT: lambda value: _spell_number(int.__index__(value)),
    FLOAT: lambda value: _spell_number(float.__float__(value)),
    DICT: dict.copy,
    LIST: list.copy,
    TUPLE: lambda value: list(tuple.__iter__(value)),
    MOMENT: _spell_utc,
}
#: What is left out of a line that a value logs while it is rendered.
_EXACT: dict[type, Way] = {
    date: date.isoformat,
    datetime: _spell_moment,
    frozenset: _spell_set,
    set: _spell_set,
    time: _spell_time,
    timedelta: _spell_duration,
}
_FOREIGN: dict[int, Way] = {
    ARRAY: _spell_array,
    DECIMAL: str,
    ENUM: lambda value: _spell_simple(value._value_),
    INDEX: lambda value: _spell_number(value.__index__()),
    NUMBER: lambda value: _spell_number(value.__float__()),
    TRUTH: lambda value: value.__bool__(),
}
