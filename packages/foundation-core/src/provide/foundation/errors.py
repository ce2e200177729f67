"""The exceptions that Foundation raises, all of them at set-up.

A logging call never raises: its faults are counted (`_diagnostics/stats.py`) instead.
"""

from __future__ import annotations

__all__ = [
    "ConfigurationError",
    "FoundationError",
]

#: Characters of a value that an error shows.
_LONGEST_VALUE = 200


class FoundationError(Exception):
    """Be the common ancestor of every exception that Foundation raises."""


class ConfigurationError(FoundationError, ValueError):
    """Say which configuration field is wrong, what it held and what is allowed.

    Args:
        field: The field or environment variable at fault, such as ``logging.default_level``.
        value: What it held, or None where there is no single value.
        allowed: What would have been accepted, as a phrase for people.
    """

    def __init__(self, field: str, value: object, allowed: str) -> None:
        self.field = field
        self.value = value
        self.allowed = allowed
        super().__init__(f"{field}: {_show(value)} is not valid; allowed: {allowed}")


def _show(value: object) -> str:
    """Return a bounded repr; a value that has none must not hide the error that names it."""
    try:
        text = repr(value)
    except Exception:  # the value is the user's
        text = f"<unprintable {type(value).__qualname__}>"
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
