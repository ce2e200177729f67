"""What a class says of how its values are written, found once a class and kept: its plan.

A lane that has the plan of a class can write a value without running any code of the user's: a
`Decimal` by the interpreter's own `str`, an `Enum` by its `_value_`, a dataclass by its fields. A
class whose values need such code (a `__repr__`, a property, a `__getattr__`) has the plan `ASK`:
`values.py` has the rule for it. The order of the questions is that of `values.py`, and so is the
text that comes out.

A plan holds as long as the class is not changed. The compiled lane sees every change of a class or
of its bases, by the interpreter's version tag of the class. `find_plan`, for lanes in Python, sees
that the class has other fields: its mapping or tuple of fields is another object. It does not see a
property that is put over a field after the class's first line, nor an attribute of the class that
is put over another, nor a new `__log__`. The field is then shown as the object holds it. No lane
sees a description of a field (`dataclasses.Field.repr`) that is changed in place, nor a class that
is registered with an abstract one, after the first line.
"""

from __future__ import annotations

import sys
from abc import ABCMeta
from datetime import date, datetime, time, timedelta, timezone
from enum import Enum, EnumMeta
from types import MemberDescriptorType, MethodDescriptorType, WrapperDescriptorType
from typing import Any, Final
from uuid import UUID

from provide.foundation._process.interrupts import let_through
from provide.foundation._record.classes import (
    is_textual,
    names_of,
    pydantic_fields,
    pydantic_repr,
    read_class,
    type_name,
)

#: How many classes `find_plan` knows at a time: it holds them, and forgets all once there are more.
_MOST_PLANS = 512

#: What `values.py` has a rule for ahead of that for records.
_EARLIER = frozenset(
    {
        "argparse.Namespace",
        "django.utils.functional.Promise",
        "functools.partial",
        "types.SimpleNamespace",
    }
)

# The codes of plans: `enum class Writing` of plans.h has the same.
ASK: Final = 0  #: by the rules of `values.py`
TEXT: Final = 1  #: as the str that it is
INT: Final = 2
FLOAT: Final = 3
OCTETS: Final = 4  #: as the bytes that it is
DICT: Final = 5
LIST: Final = 6
TUPLE: Final = 7
NAMED_TUPLE: Final = 8  #: `names` are those of its items, if it has as many
UNIQUE: Final = 9  #: a UUID, by its slot `int`
DECIMAL: Final = 10  #: by the `str` of its type, which is compiled
ENUM: Final = 11  #: as its `_value_`
MOMENT: Final = 12  #: a datetime, if nothing has to be asked of its time zone, or if that is a ZONE
DATE: Final = 13
TIME: Final = 14
DURATION: Final = 15
RECORD: Final = 16  #: `names` are attributes, which no code stands behind
EXCEPTION: Final = 17  #: `label` is its type's name; its message is that of BaseException
INDEX: Final = 18  #: as the int that `__index__`, which is compiled, gives
NUMBER: Final = 19  #: as the float that `__float__`, which is compiled, gives
TRUTH: Final = 20  #: as the bool that `__bool__`, which is compiled, gives
ARRAY: Final = 21  #: numpy's `ndarray`
ZONE: Final = 22  #: a tzinfo whose `utcoffset` is compiled; as a value it is like `ASK`
SPELT: Final = 23  #: `str` says all there is to say, and may run code
UNORDERED: Final = 24  #: a set, whose items are sorted once they are plain
PATH: Final = 25  #: SPELT, and its slot `_str` holds the text once that has been asked for
ADDRESS: Final = 26  #: SPELT, and an IPv4 address: its slot `_ip` holds the number
LOGGED: Final = 27  #: as what its `__log__` returns, whatever else it is; compiled lanes ask
LAZY: Final = 28  #: compiled lanes have it computed; for others it is LOGGED

#: Those of which `str` says all.
ALL_SPELT: Final = frozenset({SPELT, PATH, ADDRESS})

_TRUSTED_METACLASSES: frozenset[Any] = frozenset({type, ABCMeta, EnumMeta})
_TRUSTED_NAMES = frozenset(
    {
        "msgspec._core.StructMeta",
        "pydantic._internal._model_construction.ModelMetaclass",
        "pydantic.main.ModelMetaclass",
        "typing._ProtocolMeta",
    }
)
_EXACT = {date: DATE, time: TIME, timedelta: DURATION, datetime: MOMENT}
_MESSAGES = (BaseException.__str__, KeyError.__str__, OSError.__str__)
_UUID_TEXT = UUID.__str__
_ENUM_VALUE = Enum.__dict__["value"]
_NUMPY: dict[str, tuple[int, str]] = {
    **dict.fromkeys(
        [f"numpy.{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)],
        (INDEX, "__index__"),
    ),
    **dict.fromkeys(["numpy.longlong", "numpy.ulonglong"], (INDEX, "__index__")),
    **dict.fromkeys(["numpy.float16", "numpy.float32"], (NUMBER, "__float__")),
    **dict.fromkeys(["numpy.bool", "numpy.bool_"], (TRUTH, "__bool__")),
}


class Plan:
    """Say how values of a class are written."""

    __slots__ = ("code", "extra", "kind", "label", "names", "source")

    def __init__(
        self, code: int, names: tuple[str, ...] = (), label: str = "", *, extra: bool = False
    ) -> None:
        self.code = code
        #: Of a record or a named tuple: what is shown of it.
        self.names = names
        #: Of an exception: its type's name.
        self.label = label
        #: Whether an object may have fields of its own: then `__pydantic_extra__` is not empty.
        self.extra = extra
        #: What the names were found in, and the class: `find_plan` looks whether both are the same.
        self.source: tuple[str, Any] | None = None
        self.kind: type | None = None


_ASK = Plan(ASK)
_known: dict[int, Plan] = {}


def find_plan(kind: type) -> Plan:
    """Return the plan of a class, which is kept for the next value; it runs no code of the user's.

    The classes of the last lines are held, 512 of them at most. Any thread may call this.
    """
    plan = _known.get(id(kind))  # by its id: a metaclass may have a __hash__ of its own
    if plan is not None and plan.kind is kind:
        source = plan.source
        if source is None or read_class(kind, source[0]) is source[1]:
            return plan
    plan = make_plan(kind)
    if plan is _ASK:
        plan = Plan(ASK)
    plan.kind = kind
    if len(_known) >= _MOST_PLANS:
        _known.clear()
    _known[id(kind)] = plan
    return plan


def make_plan(kind: type) -> Plan:
    """Look at a class and return its plan; a class that is not understood has the plan `ASK`."""
    try:
        return _make_plan(kind)
    except Exception:  # every value renders: a class may be anything, and `values.py` takes it
        let_through()
        return _ASK


def _make_plan(kind: type) -> Plan:
    if (method := read_class(kind, "__log__")) is not None:
        plan = Plan(LOGGED)
        plan.source = ("__log__", method)
        return plan
    if kind is UUID:
        shown_so = UUID.__str__ is _UUID_TEXT and _is_slot(kind, "int")
        return Plan(UNIQUE) if shown_so else _ASK
    enum = issubclass(kind, Enum)
    if not enum:
        for base, code in ((str, TEXT), (int, INT), (float, FLOAT), (bytes, OCTETS), (dict, DICT)):
            if issubclass(kind, base):
                return Plan(code)
        if issubclass(kind, list):
            return Plan(LIST)
    metaclass = type(kind)
    if metaclass not in _TRUSTED_METACLASSES and type_name(metaclass) not in _TRUSTED_NAMES:
        return _ASK
    if issubclass(kind, tuple) and not enum:
        names = getattr(kind, "_fields", None)
        if type(names) is not tuple:
            return Plan(TUPLE)
        return _with_names(NAMED_TUPLE, names, ("_fields", names)) or _ASK
    if read_class(kind, "__class__") is not object.__dict__["__class__"]:
        return _ASK  # it may say that it is another's
    if not _is_compiled(kind, "__getattribute__"):
        return _ASK
    if kind in _EXACT:
        return Plan(_EXACT[kind])
    if enum:
        shown_so = read_class(kind, "value") is _ENUM_VALUE and not _has_code(kind, "_value_")
        return Plan(ENUM) if shown_so else _ASK
    if issubclass(kind, BaseException):
        show: Any = kind.__str__
        return Plan(EXCEPTION, label=type_name(kind)) if show in _MESSAGES else _ASK
    return _make_foreign_plan(kind)


def _make_foreign_plan(kind: type) -> Plan:
    name = type_name(kind)
    if kind is timezone or name == "zoneinfo.ZoneInfo":
        return Plan(ZONE) if _is_compiled(kind, "utcoffset") else _ASK
    if name == "decimal.Decimal":
        return Plan(DECIMAL) if _is_compiled(kind, "__str__") else _ASK
    if issubclass(kind, set | frozenset):
        return Plan(UNORDERED)
    if is_textual(kind):
        return Plan(_spelt_code(kind, name))
    bases = names_of(kind)
    if not bases.isdisjoint(_EARLIER):
        return _ASK
    record = _make_record_plan(kind)
    if record is not None:
        return record
    if name in _NUMPY and "numpy.generic" in bases:
        code, method = _NUMPY[name]
        return Plan(code) if _is_compiled(kind, method) else _ASK
    numpy = sys.modules.get("numpy")
    return Plan(ARRAY) if numpy is not None and kind is numpy.__dict__.get("ndarray") else _ASK


def _spelt_code(kind: type, name: str) -> int:
    """Say whether the text of what `str` spells can be had without running `str`."""
    pathlib, ipaddress = sys.modules.get("pathlib"), sys.modules.get("ipaddress")
    show: Any = kind.__str__
    if pathlib is not None and show is pathlib.PurePath.__str__ and _is_slot(kind, "_str"):
        return PATH
    if name == "ipaddress.IPv4Address" and ipaddress is not None and _is_slot(kind, "_ip"):
        return ADDRESS if show is ipaddress._BaseAddress.__str__ else SPELT
    return SPELT


def _make_record_plan(kind: type) -> Plan | None:
    """Return the plan of an attrs, pydantic, dataclass or msgspec class; None for any other."""
    fields: Any
    extra = False
    shown: list[tuple[Any, Any]]
    if (fields := getattr(kind, "__attrs_attrs__", None)) is not None:
        source = "__attrs_attrs__"
        shown = [(field.name, field.repr) for field in fields]
    elif (found := pydantic_fields(kind)) is not None:
        source, fields = found
        extra = True
        shown = [(name, pydantic_repr(field)) for name, field in fields.items()]
    elif isinstance(fields := getattr(kind, "__dataclass_fields__", None), dict):
        source = "__dataclass_fields__"
        shown = [
            (field.name, field.repr)
            for field in fields.values()
            if getattr(field._field_type, "name", "") == "_FIELD"
        ]
    elif isinstance(fields := getattr(kind, "__struct_fields__", None), tuple):
        source = "__struct_fields__"
        shown = [(name, True) for name in fields]
    else:
        return None
    shown = [(name, how) for name, how in shown if how]
    if any(how is not True for _, how in shown):
        return _ASK  # a function shows it
    names = tuple(name for name, _ in shown)
    if any(_has_code(kind, name) for name in names):
        return _ASK
    for base in type.__dict__["__mro__"].__get__(kind):
        if "__getattr__" in type.__dict__["__dict__"].__get__(base) and not _is_of_pydantic(base):
            return _ASK
    return _with_names(RECORD, names, (source, fields), extra=extra) or _ASK


def _with_names(
    code: int, names: tuple[Any, ...], source: tuple[str, Any], *, extra: bool = False
) -> Plan | None:
    if set(map(type, names)) - {str} or len(set(names)) != len(names):
        return None
    plan = Plan(code, tuple(map(sys.intern, names)), extra=extra)
    plan.source = source
    return plan


def _is_slot(kind: type, name: str) -> bool:
    return type(read_class(kind, name)) is MemberDescriptorType


def _is_compiled(kind: type, name: str) -> bool:
    return type(read_class(kind, name)) in (WrapperDescriptorType, MethodDescriptorType)


def _has_code(kind: type, name: str) -> bool:
    """Say whether code may run when an object of a class is asked for an attribute."""
    found = type(read_class(kind, name))
    if found is MemberDescriptorType:
        return False
    return any(read_class(found, method) is not None for method in ("__get__", "__set__"))


def _is_of_pydantic(kind: type) -> bool:
    return str(kind.__module__).startswith("pydantic.")
