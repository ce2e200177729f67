"""What a configuration may say of secrets within texts, and of what stands for a secret."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

from provide.foundation.errors import ConfigurationError

PatternName = Literal[
    "url_credentials",
    "url_query",
    "bearer",
    "basic",
    "jwt",
    "card",
    "email",
    "aws_key",
    "private_key",
]
PATTERN_NAMES: tuple[PatternName, ...] = get_args(PatternName)
#: What stands for a secret should be seen at one glance.
LONGEST_CENSOR = 64


def check_patterns(value: object, field: str) -> tuple[Any, ...]:
    """Return names of built-in patterns in lower case, and regular expressions compiled."""
    allowed = f"a list of {' | '.join(PATTERN_NAMES)} and regular expressions"
    if not isinstance(value, Sequence) or isinstance(value, str | bytes | bytearray | memoryview):
        raise ConfigurationError(field, value, allowed)
    given = tuple(value)
    return tuple([_check_pattern(each, given, field) for each in given])


def _check_pattern(value: object, given: tuple[object, ...], field: str) -> Any:
    if isinstance(value, str):
        name = value.strip().lower()
        if name in PATTERN_NAMES:
            return name
        # A word that could be a name is taken for one: a slip there must not mask nothing.
        if value and not value.replace("_", "").replace("-", "").isalnum():
            try:
                return re.compile(value)
            except (re.error, OverflowError, RecursionError) as error:
                allowed = f"valid expressions, as {value!r} is not ({error})"
                raise ConfigurationError(field, list(given), allowed) from error
    elif callable(getattr(value, "finditer", None)) and isinstance(
        getattr(value, "pattern", None), str
    ):
        return value
    names = " | ".join(PATTERN_NAMES)
    allowed = f"{names}, or regular expressions, those of a single word compiled; not {value!r}"
    raise ConfigurationError(field, list(given), allowed)


def check_censor(value: object, field: str) -> str | Callable[[Any], object] | None:
    """Return a text that is not empty, a function, or None."""
    if isinstance(value, str) and 0 < len(value) <= LONGEST_CENSOR and value.isprintable():
        return str(value)
    if value is None or (callable(value) and not isinstance(value, type | str)):
        return value
    allowed = (
        f"a printable text of up to {LONGEST_CENSOR} characters, or a function (value) -> text"
    )
    raise ConfigurationError(field, value, allowed)


def read_patterns(text: str, variable: str) -> tuple[Any, ...]:
    """Return names of built-in patterns given with commas between them."""
    names = tuple([piece.strip().lower() for piece in text.split(",") if piece.strip()])
    if all(name in PATTERN_NAMES for name in names):
        return names
    raise ConfigurationError(variable, text, f"{' | '.join(PATTERN_NAMES)}, with commas between")
