"""Classes whose fields attrs knows, made without attrs.

To import attrs and to have it write the methods of a configuration's classes takes a quarter of a
program's start. So `frozen` and `field` make such classes here, as those of attrs do; a type
checker takes them for those. Once a program has imported attrs itself, `attrs.fields`,
`attrs.evolve` and `attrs.asdict` are shown the attributes of a class that attrs has made from the
same fields.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

_Kind = TypeVar("_Kind", bound=type)

#: The default of a field that has none.
REQUIRED: Any = object()


class Field:
    """Describe one field of a class, as the arguments of `attrs.field` do.

    Args:
        default: Its value where none is given.
        factory: Makes that value for each object anew.
        converter: Returns a value in its stored form.
        validator: Refuses a value: ``(config, field, value)``.
        kw_only: Whether it is an argument with a name only.
    """

    __slots__ = ("converter", "default", "factory", "kw_only", "name", "validator")

    #: What attrs calls the way in which a field is shown: by its own `repr`.
    repr = True

    def __init__(
        self,
        *,
        default: Any = REQUIRED,
        factory: Callable[[], Any] | None = None,
        converter: Callable[[Any], Any] | None = None,
        validator: Callable[[Any, Any, Any], None] | None = None,
        kw_only: bool = False,
    ) -> None:
        self.name = ""
        self.default = default
        self.factory = factory
        self.converter = converter
        self.validator = validator
        self.kw_only = kw_only

    def arguments(self) -> dict[str, Any]:
        """Return the arguments for `attrs.field`."""
        arguments: dict[str, Any] = {"converter": self.converter, "validator": self.validator}
        if self.factory is not None:
            arguments["factory"] = self.factory
        elif self.default is not REQUIRED:
            arguments["default"] = self.default
        return {**arguments, "kw_only": self.kw_only}


def _make(*, kw_only: bool = False, **_methods: bool) -> Callable[[_Kind], _Kind]:
    """Return a decorator: give a class a slot for each of its fields.

    Args:
        kw_only: Whether all of them are arguments with names only.
        **_methods: What attrs is asked not to write: `Section` has it.
    """

    def make(kind: _Kind) -> _Kind:
        members = dict(kind.__dict__)
        fields = []
        for name in members["__annotations__"]:
            found = members.get(name)
            if isinstance(found, Field):
                del members[name]  # a slot takes its place
                found.name = name
                found.kw_only = found.kw_only or kw_only
                fields.append(found)
        members.pop("__dict__", None)
        members.pop("__weakref__", None)
        members["FIELDS"] = tuple(fields)
        members["__slots__"] = (*(each.name for each in fields), "__weakref__")
        members["__match_args__"] = tuple(each.name for each in fields if not each.kw_only)
        return type(kind)(kind.__name__, kind.__bases__, members)

    return make


if TYPE_CHECKING:
    from attrs import field, frozen
else:
    field, frozen = Field, _make

__all__ = ["REQUIRED", "Attributes", "Field", "Signature", "field", "frozen"]

_MODELS: dict[type, type] = {}


def _make_model(kind: type[Any], **methods: bool) -> type[Any]:
    """Return the class that attrs makes from the same fields; it is imported already.

    Args:
        kind: The class.
        **methods: What attrs is not to write.
    """
    attr: Any = sys.modules["attr"]
    members: dict[str, Any] = {each.name: attr.field(**each.arguments()) for each in kind.FIELDS}
    members |= {"__module__": kind.__module__, "__annotations__": kind.__annotations__}
    made: type[Any] = attr.frozen(type(kind.__name__, (), members), **methods)
    return made


def _model(kind: type[Any]) -> type[Any]:
    """Return the class whose attributes attrs reads, and nothing else: its methods take 100 KB."""
    model = _MODELS.get(kind)
    if model is None:
        bare = _make_model(kind, init=False, eq=False, repr=False, slots=False)
        model = _MODELS.setdefault(kind, bare)
    return model


class Attributes:
    """Be ``__attrs_attrs__`` of a class: what attrs, and a line that shows a value, reads.

    A program that has not imported attrs gets the fields themselves, so that a line that shows a
    configuration imports nothing.
    """

    def __get__(self, config: object, kind: type[Any]) -> Any:
        if not kind.FIELDS:
            raise AttributeError("__attrs_attrs__")  # `Section` itself is nothing to attrs
        if hasattr(sys.modules.get("attr"), "frozen"):  # not so while it is being imported
            return _model(kind).__attrs_attrs__
        return kind.FIELDS


class Signature:
    """Be ``__signature__`` of a class, for `help` and `inspect.signature`."""

    def __get__(self, config: object, kind: type[Any]) -> Any:
        import inspect

        import attr  # noqa: F401  # it knows what type a converter takes

        return inspect.signature(_make_model(kind)) if kind.FIELDS else None
