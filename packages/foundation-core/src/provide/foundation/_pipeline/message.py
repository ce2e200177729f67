"""The event of a call as text, with its positional arguments put in."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Container, Mapping
from typing import Any

from provide.foundation._pipeline.fields import CALL_PARAMETERS
from provide.foundation._process.interrupts import let_through
from provide.foundation._record.redaction import MASK
from provide.foundation._record.values import (
    AS_THEY_ARE,
    DEFAULT_LIMITS,
    LAZIES,
    RENDERING,
    Limits,
    is_message_of_arguments,
    make_encoder,
    plain,
    spell_argument,
    unprintable,
)

_CONVERSIONS: dict[str, Callable[[Any], str]] = {"r": repr, "s": str, "a": ascii}
#: The names in an expression.
_WORDS = re.compile(r"\w+")


def format_event(
    event: object,
    args: tuple[Any, ...],
    fields: dict[str, Any],
    limits: Limits = DEFAULT_LIMITS,
    is_secret: Callable[[str], bool] | None = None,
    given: Container[str] | None = None,
) -> str:
    """Return the event as text; arguments that do not fit its % signs become the field `args`.

    Containers become text in their plain form: bounded, and with secret values masked. The values
    of a template string become fields.

    Args:
        event: The event.
        args: The positional arguments.
        fields: The fields of the line, to which some may be added.
        limits: Where values are cut.
        is_secret: Tells which keys' values are masked.
        given: The names of the call's own fields, which no value of a template replaces; all of
            `fields` if it is None.
    """
    if type(event) is str:
        text = event
    else:
        try:
            if is_template(event):
                values = _values_of(event, limits, is_secret)
                kept = set(fields) if given is None else given
                for name in values:
                    if name not in kept:
                        fields.pop(name, None)  # the call's own fields come last in the line
                        fields[name] = values[name]
                text = _text_of(event)
            else:
                text = _spell_event(event, limits, is_secret)
        except Exception:  # a log call never raises: the object is the user's
            let_through()
            text = unprintable(event)
    if not args:
        return text
    if AS_THEY_ARE.issuperset(map(type, args)):  # nothing of the user's runs
        try:
            return text % args
        except Exception:  # a log call never raises: it stays visible instead
            let_through()
            fields.setdefault("args", list(args))
            return text
    if LAZIES.force_arguments is not None:
        args = LAZIES.force_arguments(args)
    outer = RENDERING.encoder
    try:
        # As in logging.LogRecord: one mapping fills %(name)s.
        single = args[0] if len(args) == 1 else None
        if isinstance(single, Mapping) and single and "%(" in text:
            fill: Any = _Spelled(single, limits, is_secret)
        else:
            fill = tuple([spell_argument(each, limits, is_secret) for each in args])
        RENDERING.encoder = args if outer is None else outer  # a `__str__` may log
        filled: str = text % fill
        return filled
    except Exception:  # a log call never raises: it stays visible instead
        let_through()
        fields.setdefault("args", list(args))
        return text
    finally:
        RENDERING.encoder = outer


def is_template(event: object) -> bool:
    """Say whether an event is a template string, which CPython has from 3.14 on.

    By its name, because a program without one need not import the module of the class.
    """
    if sys.version_info < (3, 14):
        return False
    kind = type(event)
    return kind.__name__ == "Template" and kind.__module__ == "string.templatelib"


def _text_of(template: Any) -> str:
    """Return the text of a template, which is the same for all values."""
    placeholders = [f"{{{each.expression.strip()}}}" for each in template.interpolations]
    return "".join(map("".join, zip(template.strings, [*placeholders, ""], strict=True)))


def _values_of(
    template: Any, limits: Limits, is_secret: Callable[[str], bool] | None
) -> dict[str, Any]:
    """Return the values of a template by the names of their fields; the first of a name counts."""
    values: dict[str, Any] = {}
    for number, each in enumerate(template.interpolations, 1):
        name = expression = each.expression.strip()
        hidden = is_secret is not None and is_secret(name)
        if not all(map(str.isidentifier, expression.split("."))):
            name = f"value_{number}"
            if is_secret is not None and any(map(is_secret, _WORDS.findall(expression))):
                values.setdefault(name, MASK)
                continue
        elif name in CALL_PARAMETERS:
            name += "_"
        if name not in values:
            plain_value = hidden or not (each.conversion or each.format_spec)
            values[name] = each.value if plain_value else _convert(each, limits, is_secret)
    return values


def _convert(each: Any, limits: Limits, is_secret: Callable[[str], bool] | None) -> str:
    """Return a value as its conversion and its format say, as an f-string does."""
    outer = RENDERING.encoder
    try:
        value = spell_argument(each.value, limits, is_secret)
        RENDERING.encoder = each if outer is None else outer  # a `__format__` may log
        if each.conversion:
            value = _CONVERSIONS[each.conversion](value)
        return str.__str__(format(value, each.format_spec))
    except Exception:  # a log call never raises: the object is the user's
        let_through()
        return unprintable(each.value)
    finally:
        RENDERING.encoder = outer


class _Spelled:
    """Be a mapping for %(name)s, whose values go through the encoder as they are asked for."""

    def __init__(
        self, fields: Any, limits: Limits, is_secret: Callable[[str], bool] | None
    ) -> None:
        self._fields = fields
        self._limits = limits
        self._is_secret = is_secret
        self._outer = RENDERING.encoder

    def __getitem__(self, name: str) -> Any:
        if self._is_secret is not None and self._is_secret(name):
            if self._limits.encoder is None:
                return MASK
            return make_encoder(self._limits, None).hide(self._fields[name])
        value = self._fields[name]
        inner, RENDERING.encoder = RENDERING.encoder, self._outer
        try:
            return spell_argument(value, self._limits, self._is_secret)
        finally:
            RENDERING.encoder = inner


def _spell_event(event: object, limits: Limits, is_secret: Callable[[str], bool] | None) -> str:
    kind = type(event)
    if kind is int and event.bit_length() < 64:  # type: ignore[attr-defined]
        return str(event)
    if issubclass(kind, str):
        return str.__str__(event)
    if issubclass(kind, bytes):
        return bytes.decode(event, "utf-8", "backslashreplace")  # type: ignore[arg-type]
    if (
        issubclass(kind, BaseException)
        and RENDERING.encoder is None
        and is_message_of_arguments(event)  # type: ignore[arg-type]
    ):
        return str(event)  # no code of the user's runs
    form = spell_argument(event, limits, is_secret)
    if form is event and kind.__str__ is object.__str__:  # a record of nothing, a number
        form = plain(event, limits, is_secret)
    outer = RENDERING.encoder
    RENDERING.encoder = event if outer is None else outer  # it may log
    try:
        text: str = str.__str__(str(form))
        return text
    finally:
        RENDERING.encoder = outer
