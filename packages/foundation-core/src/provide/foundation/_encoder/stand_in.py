"""JSON by the standard library, byte for byte as orjson writes it: what stands in for orjson.

It knows what Foundation hands over: exact strings, numbers, booleans, None, dicts, lists and
tuples, datetimes in UTC or without a zone, and UUIDs. It refuses what orjson refuses, and beyond
that dataclasses, dates, times of day and other time zones, all of which are texts before they get
to an encoder. Only where orjson is missing does anything import this module.

Source: the results of orjson 3.13, with which `tests/test_encoder.py` compares.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import Enum
from json.encoder import encode_basestring as quote
from typing import Any, NoReturn
from uuid import UUID

# Numbers of orjson's, so that a lane that has been told one understands it here.
OPT_PASSTHROUGH_SUBCLASS = 256
OPT_PASSTHROUGH_DATETIME = 512
OPT_APPEND_NEWLINE = 1024
OPT_PASSTHROUGH_DATACLASS = 2048

#: What `dumps` raises for a value that it refuses.
JSONEncodeError = TypeError
#: What `loads` raises for a text that is no JSON.
JSONDecodeError = json.JSONDecodeError

_LARGEST_INT = 2**64 - 1
_SMALLEST_INT = -(2**63)
#: So many containers may be inside of each other.
_DEEPEST = 254
#: Of `repr` alone: orjson has plain digits there, see `_write_float`.
_PLAIN_DIGITS = "e-05"
_TEXTS = frozenset({str})


def _write_int(value: int) -> str:
    if _SMALLEST_INT <= value <= _LARGEST_INT:
        return int.__repr__(value)
    raise JSONEncodeError("Integer exceeds 64-bit range")


def _write_float(value: float) -> str:
    if value - value != 0.0:  # not a number, or an infinity
        return "null"
    text = repr(value)
    if "e" not in text:
        return text
    if text.endswith(_PLAIN_DIGITS):
        digits = text[: -len(_PLAIN_DIGITS)].replace(".", "")
        return f"-0.0000{digits[1:]}" if digits[0] == "-" else f"0.0000{digits}"
    return text.replace("e-0", "e-")


#: Of each type that is no container: what writes a value.
_WAYS: dict[type, Callable[[Any], str]] = {
    str: quote,
    int: _write_int,
    float: _write_float,
    bool: {True: "true", False: "false"}.__getitem__,
    type(None): {None: "null"}.__getitem__,
    UUID: '"{}"'.format,
}


def dumps(value: object, default: None = None, option: int | None = None) -> bytes:
    """Return a value as JSON in UTF-8, without spaces.

    Any thread may call this.

    Args:
        value: Plain data.
        default: `None`; the place that orjson has for a function which Foundation never gives.
        option: The options of this module, added up.

    Raises:
        TypeError: A value is refused: its type, an integer beyond 64 bits, half of a surrogate
            pair, a key that is no exact string, more than 254 containers inside of each other.
    """
    option = option or 0
    try:
        if type(value) is dict and _TEXTS.issuperset(map(type, value)):
            # A line's fields, mostly: half the time of the walk.
            members = [f"{quote(key)}:{_WAYS[type(each)](each)}" for key, each in value.items()]
            text = "{" + ",".join(members) + "}"
        else:
            text = _WAYS[type(value)](value)
    except KeyError:
        text = "".join(_walk(value, option))
    if option & OPT_APPEND_NEWLINE:
        text += "\n"
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise JSONEncodeError("str is not valid UTF-8: surrogates not allowed") from None


def _walk(value: object, option: int) -> list[str]:
    """Return the pieces of a value's JSON; it needs no more of the stack the deeper the value is.

    Raises:
        TypeError: As `dumps`.
    """
    pieces: list[str] = []
    write = pieces.append
    #: For each open container: an iterator over its other items, and the text that ends it.
    opened: list[tuple[Iterator[Any], str]] = [(iter((value,)), "")]
    while opened:
        items, end = opened[-1]
        for item in items:
            each = item
            if end == "}":
                key, each = item
                if type(key) is not str:
                    raise JSONEncodeError("Dict key must be str")
                write(quote(key) + ":")
            way = _WAYS.get(type(each))
            if way is None:
                each = _settle(each, option)
                way = _WAYS.get(type(each))
            if way is not None:
                write(way(each))
                write(",")
                continue
            if len(opened) > _DEEPEST:
                raise JSONEncodeError("Recursion limit reached")
            mapped = isinstance(each, dict)
            write("{" if mapped else "[")
            opened.append((iter(each.items() if mapped else each), "}" if mapped else "]"))
            break
        else:
            opened.pop()
            if pieces[-1] == ",":
                pieces.pop()
            if opened:
                write(end)
                write(",")
    return pieces


def _settle(value: Any, option: int) -> Any:
    """Return what to write for a value of a type that no way is known for.

    Raises:
        TypeError: It is refused.
    """
    kind = type(value)
    if kind is dict or kind is list or kind is tuple:
        return value
    if (
        kind is datetime
        and not option & OPT_PASSTHROUGH_DATETIME
        and (value.tzinfo is None or value.tzinfo is UTC)
    ):
        return value.isoformat()
    if isinstance(value, Enum):
        inner = value.value
        return inner if type(inner) in _WAYS else _settle(inner, option)
    if not option & OPT_PASSTHROUGH_SUBCLASS:
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, int):
            return int.__int__(value)
        if isinstance(value, list | dict):
            return value
    raise JSONEncodeError(f"Type is not JSON serializable: {kind.__name__}")


def _read_int(text: str) -> int | float:
    value = int(text) if len(text) < 21 else _LARGEST_INT + 1
    return value if _SMALLEST_INT <= value <= _LARGEST_INT else _read_float(text)


def _read_float(text: str) -> float:
    value = float(text)
    if value - value != 0.0:
        raise ValueError("number is infinity when parsed as double")
    return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


_DECODER = json.JSONDecoder(parse_int=_read_int, parse_float=_read_float, parse_constant=_refuse)


def loads(text: bytes | str) -> Any:
    """Return the value that JSON stands for; any thread may call this.

    Args:
        text: One document; bytes are UTF-8.

    Raises:
        json.JSONDecodeError: It is none, or holds NaN, an infinity or half of a surrogate pair; or
            the stack has too little room for its depth.
    """
    whole = ""
    try:
        whole = text if isinstance(text, str) else text.decode()
        value = _DECODER.decode(whole)
        if "\\u" in whole or isinstance(text, str):
            json.dumps(value, ensure_ascii=False).encode()
    except JSONDecodeError:
        raise
    except (ValueError, RecursionError) as failure:
        raise JSONDecodeError(str(failure), whole, 0) from None
    return value
