"""The event of a call as text, with its positional arguments put in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

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


def format_event(
    event: object,
    args: tuple[Any, ...],
    fields: dict[str, Any],
    limits: Limits = DEFAULT_LIMITS,
    is_secret: Callable[[str], bool] | None = None,
) -> str:
    """Return the event as text; arguments that do not fit its % signs become the field `args`.

    Containers become text in their plain form: bounded, and with secret values masked.
    """
    if type(event) is str:
        text = event
    else:
        try:
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
