"""Streams that lead back to us: they log what is written to them.

Celery, Airflow and many small classes put an object in the place of `sys.stderr` whose `write`
logs the text; such an object may be an output of its own as well. A line of ours that is written
there comes back as a message of `logging`, to be written there again. Three signs give such a
stream away. A line comes back from inside its own write. A message is logged from inside a write
that is not ours. The stream has a logger whose records reach us, and nothing else to write
to. From then on lines go to the stream that the interpreter started with, for as long as that very
object stands there; lines for an output's own object go to the interpreter's stderr.
"""

from __future__ import annotations

import re
import sys
import threading
import weakref
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, TypeVar

from provide.foundation._process.interrupts import let_through

Record = TypeVar("Record")

#: What proxies add to a text or take from it, and what renderers escape: all but the words.
_BESIDE_WORDS = re.compile('(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|["\\\\]')


class Place:
    """Be where a stream stands, and know whether that leads back to us.

    Args:
        name: Of a standard stream; "" for one that an output was given.
        given: The stream that an output was given.
    """

    __slots__ = ("__weakref__", "_found", "given", "name")

    def __init__(self, name: str, given: object = None) -> None:
        self.name = name
        self.given = given
        # It is held, so that nothing else can be taken for it.
        self._found: object = None

    def present(self) -> object:
        """Return what stands there and may lead back; `None`: nothing does."""
        if not self.name:
            return self.given
        stream = getattr(sys, self.name, None)
        return None if stream is getattr(sys, f"__{self.name}__", None) else stream

    def is_known(self, stream: object) -> bool:
        """Say whether a stream is known to lead back to us."""
        return self._found is stream

    def mark(self, stream: object) -> None:
        """Know from now on that a stream leads back to us."""
        self._found = stream


#: Those of the standard streams.
STANDARD = {name: Place(name) for name in ("stderr", "stdout")}
# Those of the outputs, while they live.
_given: list[weakref.ref[Place]] = []


def place_of(stream: object) -> Place | None:
    """Return the place of a stream that an output was given; `None`: it cannot lead back to us."""
    global _given
    if _code_of_write(stream) is None:
        return None
    place = Place("", stream)
    _given = [*[each for each in _given if each() is not None], weakref.ref(place)]
    return place


class Attempt:
    """Be one line on its way into a stream, in this thread.

    Args:
        text: The line.
        outer: The one from inside whose write it comes.
    """

    __slots__ = ("came_back", "outer", "text")

    def __init__(self, text: str, outer: Attempt | None) -> None:
        self.text = text
        self.outer = outer
        self.came_back = False


class _Local(threading.local):
    attempt: Attempt | None = None


_LOCAL = _Local()


def begin(text: str) -> Attempt:
    """Note which line is about to be written in this thread; `end` has to follow."""
    attempt = _LOCAL.attempt = Attempt(text, _LOCAL.attempt)
    return attempt


def end(attempt: Attempt) -> None:
    """Forget it again."""
    _LOCAL.attempt = attempt.outer


def comes_back(message: str) -> bool:
    """Say whether a message is a line that is being written in this thread, and note that."""
    attempt = _LOCAL.attempt
    while attempt is not None:
        if _repeats(message, attempt.text):
            attempt.came_back = True
            return True
        attempt = attempt.outer
    return False


def is_return(record: Record, message_of: Callable[[Record], str]) -> bool:
    """Say whether a record of `logging` is a line of ours that comes back.

    If it is what the program itself has written to a stream, it is none; but it shows that this
    stream leads to us.
    """
    if _LOCAL.attempt is not None:
        return comes_back(message_of(record))
    if not _given and sys.stderr is sys.__stderr__ and sys.stdout is sys.__stdout__:
        return False  # as the loop would say, which takes ten times as long, for each record
    for place in (*STANDARD.values(), *[found for each in _given if (found := each())]):
        stream = place.present()
        if stream is None or place.is_known(stream):
            continue
        code = _code_of_write(stream)
        if code is not None and _is_written(stream, code, record, message_of):
            place.mark(stream)
    return False


def has_only_a_logger(stream: Any) -> bool:
    """Say whether a stream has a logger that leads to us, and no other stream to write to.

    That alone tells, where the logger's level or a guard against recursion swallows the line.
    """
    logging: Any = sys.modules.get("logging")
    ours: Any = sys.modules.get("provide.foundation._bridges.stdlib")
    if logging is None or ours is None or _code_of_write(stream) is None:
        return False
    try:
        values = list(vars(stream).values())
    except TypeError:  # it has slots
        return False
    found = None
    for value in values:
        if isinstance(value, logging.LoggerAdapter):
            value = value.logger
        if isinstance(value, logging.Logger):
            found = value
        elif hasattr(type(value), "write"):
            return False
    return found is not None and bool(ours.leads_here(found))


def _code_of_write(stream: object) -> CodeType | None:
    """Return the code of a stream's `write`; `None`: it is not written in Python."""
    try:
        code = getattr(getattr(type(stream), "write", None), "__code__", None)
    except Exception:  # a log call never raises: the class is the user's
        let_through()
        return None
    return code if isinstance(code, CodeType) else None


def _is_written(
    stream: object, code: CodeType, record: Record, message_of: Callable[[Record], str]
) -> bool:
    """Say whether the call at hand comes from a stream's `write` of this very text.

    The write of an end of line tells of any text: it ends what is kept until then.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code is code:
            own = frame.f_locals
            given = [own.get(name) for name in code.co_varnames[:2]]
            if given[0] is stream:
                text = given[-1]
                if not isinstance(text, str) or not text.strip():
                    return True
                return _repeats(message_of(record), text)
        frame = frame.f_back
    return False


def _repeats(message: str, text: str) -> bool:
    """Say whether a message has a text in it, or is one of the text's lines."""
    said, written = _words_of(message), _words_of(text)
    return written in said or (bool(said) and said in (_words_of(e) for e in text.splitlines()))


def _words_of(text: str) -> str:
    return _BESIDE_WORDS.sub("", text).strip()
