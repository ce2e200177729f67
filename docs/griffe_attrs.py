"""Show griffe the arguments of attrs classes.

It knows those of dataclasses only. mkdocstrings loads this file (see
mkdocs.yml); imports griffe only.
"""

from __future__ import annotations

from typing import Any

import griffe

# `frozen` and `field` are those of core's configuration.
MADE_BY_ATTRS = ("attrs.frozen", "attrs.define", "frozen")


class AttrsArguments(griffe.Extension):
    """Give each class that attrs makes the `__init__` that it gets."""

    def on_class_members(
        self, *, cls: griffe.Class, **kwargs: Any
    ) -> None:
        """Write the signature from the class's fields, in order."""
        texts = [str(decorator.value) for decorator in cls.decorators]
        made = [
            text for text in texts if text.startswith(MADE_BY_ATTRS)
        ]
        if not made or "__init__" in cls.members:
            return
        kind = griffe.ParameterKind.positional_or_keyword
        own = griffe.Parameter("self", kind=kind)
        if "kw_only=True" in made[0].replace(" ", ""):
            kind = griffe.ParameterKind.keyword_only
        arguments = [
            griffe.Parameter(
                field.name,
                annotation=field.annotation,
                kind=kind_of(field, kind),
                default=default_of(field),
            )
            for field in cls.members.values()
            if isinstance(field, griffe.Attribute) and is_field(field)
        ]
        made_init = griffe.Function(
            "__init__",
            parameters=griffe.Parameters(own, *arguments),
            parent=cls,
        )
        cls.set_member("__init__", made_init)


def is_field(attribute: griffe.Attribute) -> bool:
    """Say whether attrs takes an attribute for an argument."""
    value = attribute.value
    if value is None:  # `name: type` alone
        return attribute.annotation is not None
    return str(value).startswith(("attrs.field(", "field("))


def kind_of(
    field: griffe.Attribute, otherwise: griffe.ParameterKind
) -> griffe.ParameterKind:
    """Return the kind of a field's argument; the field may say it."""
    if "kw_only=True" in str(field.value).replace(" ", ""):
        return griffe.ParameterKind.keyword_only
    return otherwise


def default_of(field: griffe.Attribute) -> Any:
    """Return a field's default, a factory as a call of it, or None."""
    if field.value is None:
        return None
    assert isinstance(field.value, griffe.ExprCall)
    named = {
        argument.name: argument.value
        for argument in field.value.arguments
        if isinstance(argument, griffe.ExprKeyword)
    }
    if "factory" in named:
        return f"{named['factory']}()"
    return named.get("default")
