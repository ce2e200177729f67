"""The stack of a call as text, each frame of which is made once and kept.

`traceback` makes the text, frame by frame, from the source lines that `linecache` has. A frame of
the same file, line and function has the same text, until the file changes. Asking the system for
the times of all files takes longer than all the rest, so each is asked for at most once a second.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Iterator
from itertools import groupby
from time import monotonic
from traceback import StackSummary
from types import FrameType
from typing import Any

from provide.foundation._process.interrupts import let_through

_HEADING = "Stack (most recent call last):\n"
#: For so many seconds a file counts as unchanged.
FRESH_S = 1.0
#: `traceback` shows no more than so many equal frames in a row.
MOST_EQUAL = 3
# Together these bound what is kept, in characters of texts; so does each `longest`.
_MOST_TEXTS = 1024
_LONGEST_TEXT = 512


#: File, line and function.
_Key = tuple[str, int | None, str]


class Source:
    """Say of a file until when it counts as unchanged, and which lines `linecache` had of it."""

    __slots__ = ("due", "lines", "name")

    def __init__(self, name: str, due: float) -> None:
        self.name = name
        self.due = due
        self.lines: Any = linecache.cache.get(name)

    def is_fresh(self, now: float) -> bool:
        """Say whether the file is unchanged."""
        if self.due <= now:
            linecache.checkcache(self.name)
            if linecache.cache.get(self.name) is not self.lines:
                return False
            self.due = now + FRESH_S
        return True


#: The texts of frames, by file, line and function.
_TEXTS: dict[_Key, tuple[str, Source]] = {}


def format_stack(frame: FrameType | None) -> str:
    """Return the stack of a frame, as `traceback.format_stack` shows it, below a heading."""
    keys: list[_Key] = []
    texts: list[str] = []
    known, now = _TEXTS, monotonic()
    most = getattr(sys, "tracebacklimit", None)
    while frame is not None:
        if most is not None and len(keys) >= most:
            break
        code = frame.f_code
        key = (code.co_filename, frame.f_lineno, code.co_name)
        found = known.get(key)
        if found is None or (found[1].due <= now and not found[1].is_fresh(now)):
            texts.append(_learn(frame, key, now))
        else:
            texts.append(found[0])
        keys.append(key)
        frame = frame.f_back
    if len(keys) > len(set(keys)):
        texts = list(_fold(keys, texts))
    texts.append(_HEADING)
    texts.reverse()
    return "".join(texts).rstrip("\n")


def _fold(keys: list[_Key], texts: list[str]) -> Iterator[str]:
    """Yield the texts of frames, innermost first, with a count in place of many equal ones."""
    place = 0
    for _, equal in groupby(keys):
        count = len(list(equal))
        more = count - MOST_EQUAL
        if more > 0:
            yield say_repeated(more)
        yield from texts[place : place + min(count, MOST_EQUAL)]
        place += count


def say_repeated(more: int) -> str:
    """Return the line that counts further frames equal to the one before."""
    return f"  [Previous line repeated {more} more time{'s' if more > 1 else ''}]\n"


def _learn(frame: FrameType, key: _Key, now: float) -> str:
    """Return the text of one frame, and remember it if its file and line decide what it is."""
    name, line, function = key
    frames: Any = [(frame, line)]
    try:
        text = "".join(StackSummary.extract(frames).format())
    except Exception:  # every value renders: the name is no file's, or a loader fails
        let_through()
        return f'  File "{name}", line {line}, in {function}\n'
    remember(_TEXTS, key, (text, Source(name, now + FRESH_S)), _LONGEST_TEXT)
    return text


def remember(
    texts: dict[Any, Any], key: Any, entry: tuple[str, Source, *tuple[Any, ...]], longest: int
) -> None:
    """Keep the text of a frame, if its file and its place there decide what it is.

    Args:
        texts: Where it is kept.
        key: The frame.
        entry: The text, its source, and what else is kept with them.
        longest: How many characters a text may have.
    """
    text, source = entry[0], entry[1]
    # Code from a prompt has source lines, and `linecache` has them under no name.
    if len(text) <= longest and (source.lines is not None or text.count("\n") == 1):
        if len(texts) >= _MOST_TEXTS:
            texts.clear()
        texts[key] = entry
    else:
        texts.pop(key, None)
