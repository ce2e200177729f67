"""What every class of the configuration is made of.

A validator is told the section and the field that it checks, so that its error can name both. A
converter is not, which is why each one is a function of its own beside the class that uses it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import attrs

from provide.foundation._config.fields import check_flag, check_integer, check_keys, check_text
from provide.foundation.errors import ConfigurationError

_Config = TypeVar("_Config")
Validator = Callable[[Any, Any, Any], None]


class Section:
    """Compare, hash and show a class's fields.

    attrs would write these methods anew for each class, which takes a third of the time that the
    classes of a configuration cost a start-up.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return _values(self) == _values(other)

    def __hash__(self) -> int:
        return hash((self.__class__, _values(self)))

    def __repr__(self) -> str:
        fields = (f"{name}={getattr(self, name)!r}" for name in field_names(self.__class__))
        return f"{self.__class__.__name__}({', '.join(fields)})"


def _values(config: Section) -> tuple[Any, ...]:
    return tuple(getattr(config, name) for name in field_names(config.__class__))


def refuse_unknown(kind: type[_Config]) -> type[_Config]:
    """Let a class refuse an unknown field by a ConfigurationError, as a mapping's is refused."""
    made_by_attrs = kind.__init__

    @functools.wraps(made_by_attrs)
    def check_and_make(self: Any, *args: Any, **fields: Any) -> None:
        section = getattr(kind, "SECTION", "")
        check_keys(fields, section, field_names(kind), names_in_groups(kind))
        made_by_attrs(self, *args, **fields)

    kind.__init__ = check_and_make  # type: ignore[method-assign]
    return kind


def field_names(kind: type[Any]) -> list[str]:
    """Return the names of a class's fields, in their order."""
    return [attribute.name for attribute in attrs.fields(kind)]


def build(kind: type[_Config], values: object, prefix: str) -> _Config:
    """Return the object that a mapping of field names to values describes."""
    return kind(**check_keys(values, prefix, field_names(kind), names_in_groups(kind)))


def names_in_groups(kind: type[Any]) -> Iterator[str]:
    """Yield the dotted name of each field of a class's groups, such as ``rotation.max_bytes``."""
    # A generator, because only the suggestion for an unknown name asks for them.
    groups: Mapping[str, type[Any]] = getattr(kind, "GROUPS", {})
    for group, inner in groups.items():
        for name in field_names(inner):
            yield f"{group}.{name}"


def read_group(kind: type[_Config], value: object, section: str) -> _Config:
    """Return a group of options that is given as an object of its class or as a mapping."""
    if isinstance(value, kind):
        return value
    if not isinstance(value, Mapping):
        allowed = f"a {kind.__name__}, or a mapping of its fields"
        raise ConfigurationError(section, value, allowed)
    return build(kind, value, section)


def be_flag(config: Any, attribute: Any, value: object) -> None:
    """Refuse what is neither True nor False."""
    check_flag(value, f"{config.SECTION}.{attribute.name}")


def be_flag_or_none(config: Any, attribute: Any, value: object) -> None:
    """Refuse what is none of True, False and None."""
    if value is not None:
        be_flag(config, attribute, value)


def be_text_or_none(config: Any, attribute: Any, value: object) -> None:
    """Refuse all but None and strings that are not empty."""
    if value is not None:
        check_text(value, f"{config.SECTION}.{attribute.name}")


def be_integer(lowest: int, highest: int | None = None) -> Validator:
    """Return what refuses everything but integers in a range whose two ends are allowed."""

    def check(config: Any, attribute: Any, value: object) -> None:
        check_integer(value, f"{config.SECTION}.{attribute.name}", lowest, highest)

    return check


def be_integer_or_none(lowest: int, highest: int | None = None) -> Validator:
    """Return the same as `be_integer`, with None allowed."""
    check = be_integer(lowest, highest)

    def check_if_given(config: Any, attribute: Any, value: object) -> None:
        if value is not None:
            check(config, attribute, value)

    return check_if_given
