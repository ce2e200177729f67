"""Bytes as log calls: a logger with bound fields, a context, an event, arguments, parameters.

The same bytes always give the same call. Beside what `RichFeed` makes there are texts of all
planes, edge values, and containers up to the bounds and over them.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import enum
import importlib
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from fuzz.feed import CANARY, Feed
from fuzz.raised import make_raised
from fuzz.rich import RichFeed
from provide.foundation import Logger, bound_contextvars

try:
    msgspec: Any = importlib.import_module("msgspec")
except ImportError:  # it is in no lock of ours
    STRUCT = None
else:
    STRUCT = msgspec.defstruct("Struct", [("x", Any), ("token", str, CANARY)])

_NAMES = (
    "a", "b", "n", "user", "user_id", "path", "status", "domain", "action", "http.method", "k",
    "duration_ms", "items", "a_", "A", "x1",
)  # fmt: skip
_RESERVED = (
    "timestamp", "level", "logger", "event", "service", "exception", "stack", "trace_id", "emoji",
    "self", "args", "fields", "callsite", "message", "level_",
)  # fmt: skip
_SECRETS = (
    "password",
    "token",
    "x-api-key",
    "Set-Cookie",
    "user_pwd",
    "clientSecret",
    "\u017fecret",
)
_EVENTS = (
    "plain", "two words", "took %d ms", "%s and %s", "%(a)s", "100% sure", "a\nb", "é=1", '"q"', "",
    "it \x1b[31m is", "%r", "%5.2f|%-9s|", "a" * 300,
)  # fmt: skip
_INTS = tuple(
    sign * (1 << bits) + more
    for bits in (0, 8, 15, 29, 30, 31, 32, 52, 53, 60, 62, 63, 64, 70, 1023, 1024, 3400)
    for sign in (1, -1)
    for more in (-1, 0, 1)
)
_FLOATS = (
    0.0, -0.0, 1.0, -1.5, 0.1, 1e-5, 9.999e-6, 1e15, 1e16, 9007199254740993.0, 1e22, 1e-300, 5e-324,
    1.7976931348623157e308, float("inf"), float("-inf"), float("nan"), 123456.789, 1 / 3, 2e-7,
)  # fmt: skip
#: The first characters of ranges that are escaped, or that have a length of their own in UTF-8.
_RANGES = (
    0x00, 0x08, 0x1E, 0x20, 0x22, 0x5C, 0x7E, 0x80, 0x9F, 0xA0, 0x61C, 0x7FF, 0x800, 0x200B, 0x200E,
    0x2027, 0x202E, 0x2066, 0x3000, 0xD7FF, 0xDC00, 0xDFFF, 0xE000, 0xFEFF, 0xFFFE, 0x10000,
    0x1F600, 0xE0001, 0x10FFFE, 0x41,
)  # fmt: skip
_LENGTHS = (0, 1, 9, 10, 11, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 256, 257, 288, 1000, 3000)
_SIZES = (0, 1, 5, 6, 7, 15, 16, 17, 99, 100, 101, 999, 1000, 1001)


@dataclasses.dataclass
class Call:
    """Hold a log call, and how often it is made with the same logger."""

    method: str
    words: tuple[Any, ...]
    fields: dict[str, Any]
    bound: dict[str, Any]
    context: dict[str, Any]
    raised: BaseException | None
    traceback: TracebackType | None
    times: int

    def __str__(self) -> str:
        """Return what it looks like, whatever its values do."""
        shown = []
        for name, value in vars(self).items():
            try:
                shown.append(f"{name}={value!r:.800}")
            except Exception as error:  # many of the values raise
                shown.append(f"{name}=<{error!r}>")
        return ", ".join(shown)

    @property
    def values(self) -> int:
        """Return how many values it has, not counting those within others."""
        return len(self.words) + len(self.fields) + len(self.bound) + len(self.context)


class CallFeed(RichFeed):
    """Give calls, and values of all kinds."""

    def call(self) -> Call:
        """Return a call."""
        shape = self.byte()
        method = ("info", "info", "warning", "error", "critical", "log")[self.byte() % 6]
        event = _EVENTS[self.byte() % len(_EVENTS)]
        words: list[Any] = [event]
        if shape & 3 == 1:
            words = [self.text()]
        elif shape & 15 == 2:
            words = [self.value()]
        if shape & 7 == 4:
            words += [self.value(4) for _ in range(self.byte() % 3)]
        if method == "log":
            words.insert(0, (20, "info", 30, "error", 17, "bogus")[self.byte() % 6])
        fields = self.fields_of_call(10)
        raised = None
        rare = self.byte()
        if rare < 20:
            raised = make_raised(self.byte(), self.text())
        if rare % 16 == 1:
            fields |= self.parameters()
        bound = self.fields_of_call(6) if shape & 16 else {}
        context = self.fields_of_call(5) if shape & 8 else {}
        traceback = None if raised is None else raised.__traceback__
        times = 1 + self.byte() % 3
        return Call(method, tuple(words), fields, bound, context, raised, traceback, times)

    def parameters(self) -> dict[str, Any]:
        """Return parameters of a call, that are no fields."""
        match self.byte() % 12:
            case 0 | 1:
                return {"exc_info": True}
            case 2:
                return {"exc_info": None, "stacklevel": 2}
            case 3:
                return {"exc_info": False, "stack_info": False}
            case 4 | 5:
                return {"exc_info": make_raised(self.byte(), self.text())}
            case 6:
                error = make_raised(self.byte(), self.text())
                return {"exc_info": (type(error), error, error.__traceback__)}
            case 7:
                return {"stack_info": True}
            case 8:
                return {"stack_info": True, "exc_info": True, "stacklevel": self.byte() % 4}
            case 9:
                return {"exc_info": self.value()}
        return {"stacklevel": (1, 2, 3, 0, -1, 99, "x", None)[self.byte() % 8]}

    def fields_of_call(self, most: int) -> dict[str, Any]:
        """Return fields, most of them under usual names."""
        fields: dict[str, Any] = {}
        for _ in range(self.byte() % most):
            kind = self.byte()
            if kind < 200:
                fields[_NAMES[kind % len(_NAMES)]] = self.value()
            elif kind < 220:
                fields[_RESERVED[kind % len(_RESERVED)]] = self.value()
            elif kind < 244:
                fields[_SECRETS[kind % len(_SECRETS)]] = self.secret()
            else:
                fields[self.text()] = self.value()
        for name in ("exc_info", "stack_info", "stacklevel"):
            fields.pop(name, None)
        return fields

    def fields(self, depth: int = 0) -> dict[str, Any]:
        """Return the items of a dict; under a secret key stands the canary."""
        fields = super().fields(depth)
        if self.byte() % 8 == 0:
            fields[_SECRETS[self.byte() % len(_SECRETS)]] = CANARY
        return fields

    def text(self) -> str:
        """Return a text: as `Feed` has it, or of a length and of characters at the edges."""
        kind = self.byte()
        if kind < 128:
            return super().text()
        character = chr(min(_RANGES[kind % len(_RANGES)] + self.byte() % 4, 0x10FFFF))
        length = _LENGTHS[self.byte() % len(_LENGTHS)]
        base = "ab é\U0001f600"[self.byte() % 5] * length
        at = self.byte() * length // 256
        return base[:at] + character + base[at:]

    def value(self, depth: int = 0) -> Any:
        """Return any value; half of them are such as services log."""
        kind = self.byte()
        if kind < 96:
            return super().value(depth)
        match kind % 12:
            case 0 | 1 | 2:
                return self.text()
            case 3:
                return _INTS[self.byte() % len(_INTS)]
            case 4:
                return _FLOATS[self.byte() % len(_FLOATS)]
            case 5:
                return (None, True, False, self.byte())[self.byte() % 4]
            case 6 | 7:
                return self.leaf(self.byte())
            case 8:
                return [self.value(depth + 1) for _ in range(self.byte() % 4)] if depth < 5 else []
            case 9:
                return self.fields(depth + 1) if depth < 5 else {}
            case 10:
                return self.large()
        if depth < 5:
            return self.of_new_class(depth)
        return Feed.value(self, depth)

    def of_new_class(self, depth: int) -> Any:
        """Return an object of a class that no other one is of, at the address of one that died."""
        kind = self.byte() % 16
        if kind > 8 and STRUCT is not None:
            return STRUCT(self.value(depth + 1))
        names = ["a", "token", "k v", "b", "_c"][kind % 3 : kind % 3 + 1 + kind % 2]
        names = [name for name in names if name.isidentifier() and name[0] != "_"] or ["x"]
        values = [CANARY if name == "token" else self.value(depth + 1) for name in names]
        match kind:
            case 0 | 1:
                return dataclasses.make_dataclass("Made", names)(*values)
            case 2 | 3:
                return collections.namedtuple("Made", names)(*values)
            case 4:
                make: Any = enum.Enum
                return make("Made", {"ONE": self.text()})["ONE"]
            case 5:
                return type("Made", (ValueError,), {})(self.text())
            case 6:
                return type("Made", (dict,), {"__slots__": ()})(zip(names, values, strict=True))
            case 7:
                return type("Made", (str,), {"__repr__": lambda _: "no"})(self.text())
            case 8:
                made: Any = type("Made", (), {"__slots__": names, "__str__": lambda _: "made"})
                return made()
        return Feed.value(self, depth)

    def large(self) -> Any:
        """Return a container near a bound: in its items, or in its depth."""
        size = _SIZES[self.byte() % len(_SIZES)]
        match self.byte() % 6:
            case 0:
                return list(range(size))
            case 1:
                return {f"k{n}": n for n in range(size)}
            case 2:
                return ["x\n"] * size
            case 3:
                return [[n] for n in range(size)]
            case 4:
                return {str(n): {"token": CANARY} for n in range(size % 20)}
        nested: Any = self.text()
        for level in range(size % 40):
            nested = {"n": nested} if level % 2 else [nested]
        return nested


def perform(log: Logger, call: Call) -> Iterator[None]:
    """Make a call as often as it says, and yield behind each."""
    if call.bound:
        log = log.bind(**call.bound)
    with bound_contextvars(**call.context) if call.context else contextlib.nullcontext():
        write = getattr(log, call.method)
        for _ in range(call.times):
            if call.raised is None:
                write(*call.words, **call.fields)
            else:
                try:
                    raise call.raised.with_traceback(call.traceback)
                except BaseException:  # whatever it is
                    if call.method == "error":
                        log.exception(*call.words, **call.fields)
                    else:
                        write(*call.words, **{"exc_info": True, **call.fields})
            yield
