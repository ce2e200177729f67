"""Bytes as values: a decoder that makes hostile objects of any input; imports nothing of ours.

It is our own and not Atheris's, so that the test suite can play the corpus without Atheris, and
Hypothesis can drive it too. The same bytes always give the same values.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import struct
import uuid
from typing import Any

#: Never to be seen in an output: it is only given under keys that are secret.
CANARY = "canary-Zq7"

_WORDS = (
    "a", "event", "level", "timestamp", "logger", "exception", "stack", "emoji", "trace_id",
    "service", "callsite", "a_", "level_", "1", "", "k v", 'q"', "x=y", "...", "exc", "user.name",
)  # fmt: skip
_SECRETS = ("password", "Authorization", "x-api-key", "client_secret", "token", "cookies")
_CHARACTERS = (
    '\x00\n\r\t\x1b\x7f\x85\x9b\u2028\u2029\u202e\u2066\u061c\ud800\udfff\ufeff\U0001f600é"\\%{}= '
)


class Hostile:
    """Raise from every method that rendering may call."""

    def __repr__(self) -> str:
        raise RuntimeError("no")

    __str__ = __repr__

    def __len__(self) -> int:
        raise ValueError("no")

    def __eq__(self, other: object) -> bool:
        raise TypeError("no")

    __hash__ = object.__hash__


class HostileZone(datetime.tzinfo):
    """Raise from every method; orjson crashes on such a datetime."""

    def utcoffset(self, _: datetime.datetime | None) -> datetime.timedelta:
        """Raise."""
        raise RuntimeError("no")

    dst = utcoffset

    def tzname(self, _: datetime.datetime | None) -> str:
        """Raise."""
        raise RuntimeError("no")


class Text(str):
    """Be a string that is not exactly one."""

    def __str__(self) -> str:
        raise RuntimeError("no")


class Colour(enum.Enum):
    """Hold values that need a look of their own."""

    RED = "red\x1b"
    PAIR = ("a", b"\xff")


class HostileEnum(enum.Enum):
    """Raise when the value is asked for; orjson crashes on such a member."""

    ONE = 1

    @property
    def value(self) -> Any:
        """Raise."""
        raise RuntimeError("no")


class HostileText(enum.StrEnum):
    """Do the same, and be a string."""

    ONE = "one"

    @property
    def value(self) -> Any:
        """Raise."""
        raise RuntimeError("no")


@dataclasses.dataclass
class Record:
    """Have a secret among its fields."""

    a: Any
    token: str = CANARY


class Feed:
    """Give values from bytes until they are used up; then it gives the smallest of each kind."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def byte(self) -> int:
        """Return the next byte, 0 at the end."""
        position = self.position
        self.position += 1
        return self.data[position] if position < len(self.data) else 0

    def take(self, size: int) -> bytes:
        """Return so many bytes, fewer at the end."""
        taken = self.data[self.position : self.position + size]
        self.position += size
        return taken

    def text(self) -> str:
        """Return a text: a word, a hostile character, or bytes with lone surrogates."""
        kind = self.byte()
        if kind < 64:
            return _WORDS[kind % len(_WORDS)]
        if kind < 128:
            return "".join(_CHARACTERS[self.byte() % len(_CHARACTERS)] for _ in range(kind % 5))
        if kind < 136:
            return chr(self.byte()) * (1 << (kind - 128) * 2)
        return self.take(kind % 24).decode("utf-8", "surrogateescape")

    def fields(self, depth: int = 0) -> dict[str, Any]:
        """Return fields of a call; under a secret key stands the canary."""
        fields: dict[str, Any] = {}
        for _ in range(self.byte() % 5):
            if self.byte() % 7 == 0:
                fields[_SECRETS[self.byte() % len(_SECRETS)]] = self.secret()
            else:
                fields[self.text()] = self.value(depth + 1)
        return fields

    def secret(self) -> Any:
        """Return the canary, or something that holds it."""
        return (CANARY, [CANARY], {"a": CANARY}, CANARY.encode(), Record(1))[self.byte() % 5]

    def value(self, depth: int = 0) -> Any:
        """Return any value."""
        kind = self.byte() % (28 if depth < 5 else 18)
        match kind:
            case 0:
                return self.byte()
            case 1:
                return (None, True, False)[self.byte() % 3]
            case 2:
                return int.from_bytes(self.take(self.byte() % 40), "big", signed=True)
            case 3:
                return struct.unpack("d", self.take(8).ljust(8, b"\xff"))[0]
            case 4 | 5 | 6:
                return self.text()
            case 7:
                return self.take(self.byte() % 16)
            case 8:
                return Hostile()
            case 9:
                return datetime.datetime(2026, 1, 2, tzinfo=HostileZone())
            case 10:
                return datetime.datetime.fromordinal(1 + self.byte() * 256 + self.byte())
            case 11:
                kinds = (Colour.RED, Colour.PAIR, Colour, HostileEnum.ONE, HostileText.ONE)
                return kinds[self.byte() % 5]
            case 12:
                return decimal.Decimal(self.byte()).scaleb(self.byte() - 128)
            case 13:
                return uuid.UUID(int=self.byte())
            case 14:
                return Text(self.text())
            case 15:
                return ValueError(self.text())
            case 16:
                return (number for number in (1, 2))
            case 17:
                return datetime.timedelta(self.byte(), self.byte())
            case 18 | 19:
                return [self.value(depth + 1) for _ in range(self.byte() % 4)]
            case 20:
                return tuple(self.value(depth + 1) for _ in range(self.byte() % 4))
            case 21 | 22:
                return self.fields(depth)
            case 23:
                return {self.key(): self.value(depth + 1) for _ in range(self.byte() % 4)}
            case 24:
                knot: list[Any] = [self.value(depth + 1)]
                knot.append(knot)
                tied: dict[Any, Any] = {self.key(): knot}
                tied[self.key()] = tied
                return tied if self.byte() % 2 else knot
            case 25:
                return Record(self.value(depth + 1))
            case 26:
                return collections.deque([self.value(depth + 1)])
        return {self.key() for _ in range(self.byte() % 4)}

    def key(self) -> Any:
        """Return a key of a dict that is not a call's."""
        kind = self.byte() % 8
        if kind < 3:
            return self.text()
        return (1, None, True, 1.5, (1, "a"))[kind - 3]
