"""What orjson is given for values that it has no rule for: its `default=`, as its README shows one.

structlog tuned and the hand-rolled floor render them so, and come to the values that Foundation
writes; without it structlog would write their `repr`. numpy's values are left to orjson's option.
Source: https://github.com/ijl/orjson#default
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from pathlib import PurePath
from typing import Any

import orjson

OPTION = orjson.OPT_SERIALIZE_NUMPY


def render_other(value: Any) -> Any:
    """Return what orjson can write in place of a value."""
    if isinstance(value, Decimal | BaseException | PurePath | IPv4Address | IPv6Address):
        return str(value)
    if isinstance(value, set | frozenset):
        return list(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, tuple):
        return value._asdict()  # type: ignore[attr-defined] # a plain one is orjson's own affair
    if hasattr(value, "model_dump"):
        return value.model_dump()
    if hasattr(value, "__attrs_attrs__"):
        return {each.name: getattr(value, each.name) for each in value.__attrs_attrs__}
    return repr(value)


def dumps_wide(value: Any, default: Callable[[Any], Any] = render_other, option: int = 0) -> bytes:
    """Write JSON also where an integer is beyond 64 bits, which orjson refuses."""
    try:
        return orjson.dumps(value, default, option)
    except TypeError:
        return json.dumps(value, default=default, separators=(",", ":")).encode()
