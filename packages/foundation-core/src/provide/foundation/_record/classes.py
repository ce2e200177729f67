"""What a class is, told by its name and its attributes, without any of its own code.

Types of other packages are told by what they look like, since none of those may be imported.
"""

from __future__ import annotations

from typing import Any

_LONGEST_TYPE_NAME = 200

# Types whose str() says all there is to say.
_TEXTUAL = frozenset(
    {
        "decimal.Decimal",
        "fractions.Fraction",
        "ipaddress._IPAddressBase",
        "numpy.datetime64",
        "numpy.timedelta64",
        "pathlib.PurePath",
        "pathlib._local.PurePath",  # Python 3.13
        "uuid.UUID",  # and its subclasses
    }
)


def type_name(kind: type) -> str:
    """Return a type's name with its module, but for builtins; a metaclass has no say in it."""
    name: str = type.__dict__["__qualname__"].__get__(kind)
    module = type.__dict__["__module__"].__get__(kind)
    if type(module) is str and module != "builtins":
        name = f"{module}.{name}"
    return name[:_LONGEST_TYPE_NAME]


def read_class(kind: type, name: str) -> Any:
    """Return an attribute of a class or of a base as it stands there; None where it has none."""
    for base in type.__dict__["__mro__"].__get__(kind):
        namespace = type.__dict__["__dict__"].__get__(base)
        if name in namespace:
            return namespace[name]
    return None


def names_of(kind: type) -> set[str]:
    """Return the names of a class and of its bases."""
    return {type_name(base) for base in type.__dict__["__mro__"].__get__(kind)}


def is_textual(kind: type) -> bool:
    """Say whether `str` says all that there is to say of an object of this type."""
    # An object with methods that only texts have is one: UserString, Django's lazy texts.
    if hasattr(kind, "casefold") and hasattr(kind, "format_map"):
        return True
    return not names_of(kind).isdisjoint(_TEXTUAL)


def pydantic_fields(kind: type) -> tuple[str, dict[str, Any]] | None:
    """Return where a class of pydantic's has its fields, and these; None for any other class."""
    if not any(str(base.__module__).startswith("pydantic") for base in kind.__mro__):
        return None
    for name in ("__pydantic_fields__", "model_fields", "__fields__"):
        fields = getattr(kind, name, None)
        if isinstance(fields, dict):
            return name, fields
    return None


def pydantic_repr(field: Any) -> Any:
    """Tell whether a field is shown: version 1 keeps that in `field_info`."""
    return bool(getattr(getattr(field, "field_info", field), "repr", True))
