"""OpenTelemetry's variables, read where the configuration leaves a field at None.

The SDK reads most of them by itself; these are the ones that decide what Foundation asks of it.
A variable that is empty counts as not set.

Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from provide.foundation import ConfigurationError


def text(*names: str) -> str | None:
    """Return the first of some variables that is set, or None."""
    for name in names:
        value = os.environ.get(name, "").strip()
        if value:
            return value
    return None


def flag(name: str) -> bool:
    """Say whether a variable holds ``true``, in any case; anything else is false."""
    return (text(name) or "").lower() == "true"


def number(name: str, lowest: int, highest: int | None = None) -> int | None:
    """Return an integer in a range whose two ends are allowed, or None.

    Raises:
        ConfigurationError: The variable holds something else.
    """
    value = text(name)
    if value is None:
        return None
    if value.isdecimal() and lowest <= int(value) and (highest is None or int(value) <= highest):
        return int(value)
    span = f"of {lowest} or more" if highest is None else f"from {lowest} to {highest}"
    raise ConfigurationError(name, value, f"an integer {span}")


def milliseconds(name: str) -> float | None:
    """Return a time that a variable gives in milliseconds, in seconds, or None.

    Raises:
        ConfigurationError: The variable holds something else.
    """
    value = number(name, 1)
    return None if value is None else value / 1000


def listed(name: str, known: Sequence[str]) -> tuple[str, ...]:
    """Return the names in a variable with commas between them; ``none`` is none.

    Raises:
        ConfigurationError: One of them is not known.
    """
    names = [part.strip().lower() for part in (text(name) or "").split(",") if part.strip()]
    for each in names:
        if each not in known and each != "none":
            raise ConfigurationError(name, each, " | ".join([*known, "none"]))
    return tuple(each for each in names if each != "none")
