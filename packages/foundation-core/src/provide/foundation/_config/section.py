"""What every class of the configuration is made of.

A validator is told the section and the field that it checks, so that its error can name both. A
converter is not, which is why each one is a function of its own beside the class that uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, TypeVar

from provide.foundation._config.attributes import REQUIRED, Attributes, Field, Signature
from provide.foundation._config.values.checks import (
    check_flag,
    check_integer,
    check_keys,
    check_text,
)
from provide.foundation.errors import ConfigurationError

_Config = TypeVar("_Config")
Validator = Callable[[Any, Any, Any], None]


class Section:
    """Make, compare, hash, show and copy an object whose fields `attributes.frozen` has read."""

    #: Where values came from that were not given in code, by the names of their fields; the slot
    #: stays empty where there is none.
    __slots__ = ("_sources",)

    #: The fields of the class, in their order.
    FIELDS: ClassVar[tuple[Field, ...]] = ()

    __attrs_attrs__: ClassVar[Attributes] = Attributes()
    __signature__: ClassVar[Signature] = Signature()

    def __init__(self, *args: Any, **given: Any) -> None:
        kind = self.__class__
        # A ConfigurationError for an unknown field, as where a mapping holds one.
        check_keys(given, getattr(kind, "SECTION", ""), field_names(kind), names_in_groups(kind))
        if args:
            _name_arguments(kind, args, given)
        for field in kind.FIELDS:
            if field.name in given:
                value = given[field.name]
            elif field.factory is not None:
                value = field.factory()
            elif field.default is REQUIRED:
                missing = f"missing 1 required positional argument: {field.name!r}"
                raise TypeError(f"{kind.__name__}.__init__() {missing}")
            else:
                value = field.default
            if field.converter is not None:
                value = field.converter(value)
            object.__setattr__(self, field.name, value)
        for field in kind.FIELDS:
            if field.validator is not None:
                field.validator(self, field, getattr(self, field.name))
        self.__attrs_post_init__()

    def __attrs_post_init__(self) -> None:
        """Refuse values that are not allowed together."""

    def __setattr__(self, name: str, value: object) -> None:
        raise _frozen_error()

    def __delattr__(self, name: str) -> None:
        raise _frozen_error()

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self.__getstate__() == other.__getstate__()

    def __hash__(self) -> int:
        return hash((self.__class__, tuple(self.__getstate__().values())))

    def __repr__(self) -> str:
        fields = (f"{name}={value!r}" for name, value in self.__getstate__().items())
        return f"{self.__class__.__name__}({', '.join(fields)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.__class__, self.__getstate__(), sources_of(self))

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in field_names(self.__class__)}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)


def _restore(kind: type[Section], state: Mapping[str, Any], sources: Mapping[str, str]) -> Section:
    made: Section = object.__new__(kind)
    made.__setstate__(state)
    note_sources(made, sources)
    return made


def sources_of(config: Section) -> Mapping[str, str]:
    """Return where values came from that were not given in code, by the names of their fields."""
    found: Mapping[str, str] = getattr(config, "_sources", {})
    return found


def note_sources(config: Section, sources: Mapping[str, str]) -> None:
    """Note with a configuration that was just made where values came from.

    Args:
        config: The configuration; nobody else has seen it.
        sources: Texts such as a variable's name, by the fields' names, dotted in inner sections.
    """
    for name, source in sources.items():
        place: Any = config
        *outer, field = name.split(".")
        for each in outer:
            place = getattr(place, each)
        object.__setattr__(place, "_sources", {**sources_of(place), field: source})


def source_of(config: Section, field: Field) -> str:
    """Return where a value came from: a noted source, else ``default`` or ``code``."""
    found = sources_of(config).get(field.name)
    if found is not None:
        return found
    if field.default is REQUIRED:
        return "code"
    default = field.default if field.factory is None else field.factory()
    return "default" if getattr(config, field.name) == default else "code"


def note_given(config: Section, values: Any, source: str) -> None:
    """Note that all that a mapping has given to a configuration came from one source."""
    if not isinstance(values, Mapping):  # the short form of a group or of an output
        values = dict.fromkeys(config.__match_args__[:1])  # type: ignore[attr-defined]
    for name, value in values.items():
        made: Any = getattr(config, name)
        if isinstance(made, Section):
            note_given(made, value, source)
        elif isinstance(made, tuple) and made and isinstance(made[0], Section):
            for inner, entry in zip(made, value, strict=True):
                note_given(inner, entry, source)
        else:
            note_sources(config, {name: source})


def _name_arguments(kind: type[Section], args: tuple[Any, ...], given: dict[str, Any]) -> None:
    """Put arguments without names where those with names are."""
    names = kind.__match_args__  # type: ignore[attr-defined]
    if len(args) > len(names):
        most, number = len(names) + 1, len(args) + 1  # `self` is one of them
        takes = f"takes {most} positional arguments but {number} were given"
        raise TypeError(f"{kind.__name__}.__init__() {takes}")
    for name, value in zip(names, args, strict=False):
        if name in given:
            twice = f"got multiple values for argument {name!r}"
            raise TypeError(f"{kind.__name__}.__init__() {twice}")
        given[name] = value


def _frozen_error() -> AttributeError:
    # Imported here: only who makes the mistake needs it.
    from attrs.exceptions import FrozenInstanceError

    return FrozenInstanceError()


def field_names(kind: type[Any]) -> list[str]:
    """Return the names of a class's fields, in their order."""
    return [field.name for field in kind.FIELDS]


def replace(config: _Config, **changes: object) -> _Config:
    """Return a configuration with some of its fields changed, checked anew."""
    names = field_names(config.__class__)
    made = config.__class__(**({name: getattr(config, name) for name in names} | changes))
    kept = {k: v for k, v in sources_of(config).items() if k not in changes}  # type: ignore[arg-type]
    if kept:
        object.__setattr__(made, "_sources", kept)
    return made


def lay_over(config: _Config, values: Mapping[str, Any]) -> _Config:
    """Return a configuration with other values, those of its groups each by itself."""
    changes = {}
    for name, value in values.items():
        present = getattr(config, name)
        inner = isinstance(present, Section) and isinstance(value, Mapping)
        changes[name] = lay_over(present, value) if inner else value
    return replace(config, **changes)


def build(kind: type[_Config], values: object, prefix: str) -> _Config:
    """Return the object that a mapping of field names to values describes."""
    return kind(**check_keys(values, prefix, field_names(kind), names_in_groups(kind)))


def from_parsed(kind: type[_Config], values: Mapping[str, object], path: str) -> _Config:
    """Return the configuration that a file describes, noted as the source of each value.

    Args:
        kind: The class; it has a `from_mapping`.
        values: What the file holds.
        path: The file.

    Raises:
        ConfigurationError: As `from_mapping` has it; a note names the file.
    """
    try:
        made: Any = kind.from_mapping(values)  # type: ignore[attr-defined]
    except ConfigurationError as error:
        error.add_note(f"in {path}")
        raise
    note_given(made, values, path)
    return made  # type: ignore[no-any-return]


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
