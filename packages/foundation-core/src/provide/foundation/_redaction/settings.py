"""What may be shown of the values of a configuration, in records and explanations."""

from __future__ import annotations

from typing import Any

from provide.foundation._record.redaction import MASK

#: Fields whose values may be secret, whatever their names are.
SECRET = ("logging.fields", "otlp.headers", "otlp.endpoint")


def mask(value: Any) -> Any:
    """Return a mapping without its values, or an address without a password."""
    if isinstance(value, str):
        scheme, slashes, rest = value.partition("//") if "//" in value else ("", "", value)
        _, sign, host = rest.rpartition("@")
        return f"{scheme}{slashes}{MASK}@{host}" if sign else value
    return None if value is None else dict.fromkeys(value, MASK)
