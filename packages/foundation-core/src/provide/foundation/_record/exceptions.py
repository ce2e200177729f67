"""Exceptions as structured data; `_record/tracebacks.py` makes text of it.

`describe_exception` walks the traceback objects themselves: it opens no source file and reads no
local variable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Protocol

from provide.foundation._process.interrupts import let_through
from provide.foundation._record.classes import type_name
from provide.foundation._record.values import (
    DEFAULT_LIMITS,
    Limits,
    exception_message,
    plain,
    unprintable,
)

# Their descriptors read an exception past whatever its class overrides.
_BASE: Any = BaseException
_GROUP: Any = BaseExceptionGroup

_MOST_LINKS = 16
MOST_FRAMES = 64
_MOST_MEMBERS = 16
DEEPEST_GROUP = 8
_MOST_NOTES = 16
# Of one description: members to the power of depth is no bound.
MOST_EXCEPTIONS = 100
_MOST_FRAMES_OF_ALL = 1500
_SHORTEST_CUT = 100  # characters, once all texts together are too long

#: The type under which a description says that it left exceptions out.
OMITTED = "..."
#: The message that stands for an exception that is described in another place.
DESCRIBED = "<already described>"
FRAME_KEYS = ("file", "line", "function")
#: The keys of a description and of its frames.
KEYS = (
    *("type", "message", "notes", "frames", "frames_omitted", "cause", "context", "exceptions"),
    *FRAME_KEYS,
    "folded",
)
# A description that an encoder need not look through is not nested deeper than this.
_FEW_EXCEPTIONS = 16
# Of an exception, of a frame, and the characters of a marker for exceptions that are left out.
_VALUES, _FRAME_VALUES, _OMISSION_CHARS = 6, 4, 256


class Fold(Protocol):
    """Put one entry in place of a run of frames, as `FrameFolder` does."""

    def describe(
        self, describer: Describer, trace: TracebackType | None, node: dict[str, Any]
    ) -> None:
        """Add the frames of a traceback, as `Describer.describe_frames` does."""


def describe_exception(
    error: BaseException,
    *,
    limits: Limits = DEFAULT_LIMITS,
    is_secret: Callable[[str], bool] | None = None,
) -> dict[str, Any]:
    """Return an exception with its causes and members as plain data.

    The keys are those of schema 1, in its order. `type` has its module, but for builtins. After
    `message` come, where there are any, `notes` (PEP 678), `frames`, `cause` or `context` (as a
    traceback shows them), and `exceptions` (of a group). Frames are the innermost 64, outermost
    first; `frames_omitted` counts the others. A description of the type `OMITTED` stands for
    exceptions that are left out. Never raises an `Exception`.

    Args:
        error: The exception. Its methods may fail.
        limits: Where its message is cut.
        is_secret: Tells which keys are masked of what its message and its notes are made of.
    """
    return measured_exception(error, limits, is_secret)[0]


def measured_exception(
    error: BaseException,
    limits: Limits = DEFAULT_LIMITS,
    is_secret: Callable[[str], bool] | None = None,
    fold: Fold | None = None,
) -> tuple[dict[str, Any], tuple[int, int] | None]:
    """Return what `describe_exception` does, the most bytes of its texts, and how many values.

    The last two are `None` where `plain` would perhaps change the description: a text of it is cut,
    its types are no plain texts, or there are many exceptions. Its keys nobody has looked at: where
    one of `KEYS` is secret, `plain` has to mask its value.
    """
    describer = Describer(limits, is_secret, fold)
    try:
        description = describer.describe(error, 0)
    except Exception as failure:  # every value renders: even where the caller's stack is used up
        if type(failure) is not RecursionError:
            let_through()
        return {"type": "BaseException", "message": "<unprintable>"}, None
    return description, describer.measure()


class Describer:
    """Describe one exception: what is left of the budget, and what has been described."""

    __slots__ = (
        "chars", "exceptions", "fold", "frames", "is_secret", "limits", "plain_types", "room",
        "seen", "values", "wide",
    )  # fmt: skip

    def __init__(
        self, limits: Limits, is_secret: Callable[[str], bool] | None, fold: Fold | None
    ) -> None:
        self.is_secret = is_secret
        self.fold = fold
        self.limits = limits
        self.exceptions = MOST_EXCEPTIONS
        self.frames = _MOST_FRAMES_OF_ALL
        self.room = limits.line
        self.seen: set[int] = set()
        #: Characters that no budget has: of types, of markers for omissions.
        self.chars = 0
        #: Values beside those that every exception and every frame has.
        self.values = 0
        #: Whether a text has characters that take more than a byte.
        self.wide = False
        #: Whether all types are exact texts, fit for UTF-8.
        self.plain_types = True

    def measure(self) -> tuple[int, int] | None:
        """Return the most bytes of all texts, and the number of values; `None`: as said above."""
        limits, count = self.limits, MOST_EXCEPTIONS - self.exceptions
        size = limits.line - self.room + self.chars
        if not self.plain_types or count > _FEW_EXCEPTIONS or size > min(limits.string, self.room):
            return None
        frames = _MOST_FRAMES_OF_ALL - self.frames
        values = self.values + count * _VALUES + frames * _FRAME_VALUES
        return 4 * size if self.wide else size, values

    def plain(self, value: object) -> Any:
        """Return any object as plain data."""
        return plain(value, self.limits, self.is_secret)

    def text(self, value: object) -> str:
        """Return a text, cut where it or all texts together are too long."""
        limits = self.limits
        if type(value) is str and len(value) <= limits.string <= self.room and value.isascii():
            self.room -= len(value)
            return value
        self.wide = True
        if self.room < self.limits.string:
            self.limits = Limits(
                string=max(self.room, _SHORTEST_CUT), line=limits.line, encoder=limits.encoder
            )
        text = str(self.plain(value))
        self.room -= len(text)
        return text

    def describe(self, error: BaseException, depth: int) -> dict[str, Any]:
        """Return the description of an exception and all that it came from."""
        links = [(error, self.describe_alone(error))]
        while True:
            error, node = links[-1]
            key, origin = origin_of(error)
            if origin is None:
                break
            if id(origin) in self.seen:
                self.count_omission()
                node[key] = {
                    "type": type_name(type(origin)),
                    "message": DESCRIBED,
                }
                break
            if len(links) > _MOST_LINKS or self.exceptions <= 0:
                self.count_omission()
                node[key] = _omit(_count_links(origin))
                break
            node[key] = self.describe_alone(origin)
            links.append((origin, node[key]))
        for error, node in links:
            if isinstance(error, BaseExceptionGroup):
                node["exceptions"] = list(self.describe_members(error, depth + 1))
        return links[0][1]

    def describe_members(self, group: Any, depth: int) -> Iterator[dict[str, Any]]:
        """Yield the descriptions of the members of a group."""
        members = _GROUP.exceptions.__get__(group)
        for index, member in enumerate(members):
            if index >= _MOST_MEMBERS or depth > DEEPEST_GROUP or self.exceptions <= 0:
                self.count_omission()
                yield _omit(len(members) - index)
                return
            yield self.describe(member, depth)

    def count_omission(self) -> None:
        """Count a marker for what is left out."""
        self.chars += _OMISSION_CHARS
        self.values += _VALUES

    def describe_alone(self, error: BaseException) -> dict[str, Any]:
        """Return type, message, notes and frames of an exception."""
        self.seen.add(id(error))
        self.exceptions -= 1
        kind = type_name(type(error))
        self.chars += len(kind)
        self.plain_types = self.plain_types and type(kind) is str and kind.isascii()
        node: dict[str, Any] = {"type": kind}
        try:
            node["message"] = self.text(exception_message(error, self.plain))
        except Exception as failure:  # every value renders: the method is the user's
            if type(failure) is not RecursionError:
                let_through()
            node["message"] = unprintable(error)
            self.count_omission()
        try:
            notes = getattr(error, "__notes__", None)
            if notes:
                node["notes"] = shown = [self.text(note) for note in notes[:_MOST_NOTES]]
                self.values += len(shown)
        except Exception as failure:  # every value renders: the attribute is the user's
            if type(failure) is not RecursionError:
                let_through()
            node["notes"] = ["<unreadable>"]
            self.count_omission()
        trace = _BASE.__traceback__.__get__(error)
        if trace is not None:
            self.describe_frames(trace, node)
        return node

    def describe_frames(self, trace: TracebackType | None, node: dict[str, Any]) -> None:
        """Add the innermost frames of a traceback, and how many more there are."""
        if self.fold is not None:
            return self.fold.describe(self, trace, node)
        count, step = 0, trace
        while step is not None:
            count, step = count + 1, step.tb_next
        omitted = max(count - min(MOST_FRAMES, self.frames), 0)
        self.frames -= count - omitted
        for _ in range(omitted):
            trace = trace.tb_next if trace else None
        frames = node["frames"] = []
        while trace is not None:
            code = trace.tb_frame.f_code
            file, function = code.co_filename, code.co_name
            line = trace.tb_lineno or 0  # None where the code was made without lines
            # As `text` does, without the calls of it: 14 frames take 4 us, and 8 with them.
            if (
                type(file) is type(function) is str
                and (size := len(file) + len(function)) <= self.limits.string <= self.room
                and file.isascii()
                and function.isascii()
            ):
                self.room -= size
            else:
                file, function = self.text(file), self.text(function)
            frames.append({"file": file, "line": line, "function": function})
            trace = trace.tb_next
        if omitted:
            node["frames_omitted"] = omitted
        return None


def origin_of(error: BaseException) -> tuple[str, BaseException | None]:
    """Return what an exception came from, as a traceback shows it, and the key to put it under."""
    cause: BaseException | None = _BASE.__cause__.__get__(error)
    if cause is not None:
        return "cause", cause
    if _BASE.__suppress_context__.__get__(error):
        return "context", None
    return "context", _BASE.__context__.__get__(error)


def _count_links(error: BaseException | None) -> int:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        error = origin_of(error)[1]
    return len(seen)


def _omit(count: int) -> dict[str, Any]:
    return {"type": OMITTED, "message": f"<{count} more exceptions>"}
