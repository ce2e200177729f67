"""What may be shown of the values of a configuration, in records and explanations."""

from __future__ import annotations

from typing import Any

from provide.foundation._record.redaction import MASK

#: Fields whose values may be secret, whatever their names are.
SECRET = ("logging.fields", "otlp.headers", "otlp.endpoint")


def mask(value: Any) -> Any:
    """Return a mapping without its values, or an address without a password and a query."""
    if isinstance(value, str):
        address, mark, _ = value.partition("?")
        scheme, slashes, rest = address.partition("//") if "//" in address else ("", "", address)
        _, sign, host = rest.rpartition("@")
        shown = f"{scheme}{slashes}{MASK}@{host}" if sign else address
        return f"{shown}?{MASK}" if mark else shown
    return None if value is None else dict.fromkeys(value, MASK)
