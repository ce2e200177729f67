"""The frames of a traceback as text, each of which is made once and kept.

`traceback` makes the text of a frame, with its line of the source and the carets below it. The same
instruction of the same code has the same text, until its file changes.
"""

from __future__ import annotations

# `traceback` would load these two in a call, and a child that is forked meanwhile would hang.
import ast  # noqa: F401
import linecache
import sys
import unicodedata  # noqa: F401
from collections.abc import Iterator, Sequence
from itertools import islice
from time import monotonic
from traceback import format_tb
from types import CodeType, TracebackType

from provide.foundation._pipeline.stack import (
    FRESH_S,
    MOST_EQUAL,
    Source,
    remember,
    say_repeated,
)
from provide.foundation._pipeline.stack_traces.folding import Folded, FrameFolder, list_steps
from provide.foundation._process.interrupts import let_through
from provide.foundation._process.memory import ask_for_frames
from provide.foundation._record.exceptions import MOST_FRAMES

#: Characters of the source of one frame; a frame with more is shown without.
_MOST_SOURCE = 4096
#: Frames that `traceback` needs to show one.
_ROOM = 60
#: Characters of a text that is kept.
_LONGEST_TEXT = 1024

#: A frame, what stands for a run of them, or how many more there are that are equal.
_Entry = TracebackType | Folded | int
#: The number of a code object, an instruction of it, and that one's line.
_Key = tuple[int, int, int | None]
#: The texts of frames. The code is kept with its text, so that its number stays its own.
_TEXTS: dict[_Key, tuple[str, Source, CodeType]] = {}


def show_frames(trace: TracebackType | None, folder: FrameFolder | None) -> list[str]:
    """Return the frames of a traceback, outermost first, as `traceback` shows them.

    Args:
        trace: The traceback.
        folder: Puts one entry in place of a run of frames.
    """
    steps = list_steps(trace)
    most = getattr(sys, "tracebacklimit", None)
    if most is not None:
        del steps[max(most, 0) :]
    entries: Sequence[_Entry] = steps if folder is None else folder.fold(steps)
    if len(entries) > MOST_EQUAL:
        entries = list(_count_equal(entries))
    now = monotonic()
    texts = [_show(each, now) for each in entries[-MOST_FRAMES:]]
    omitted = entries[:-MOST_FRAMES]
    if omitted:
        texts.insert(0, f"  <{sum(map(_count, omitted))} more frames>\n")
    return texts


def _count_equal(entries: Sequence[_Entry]) -> Iterator[_Entry]:
    """Yield the frames that are shown; behind the last of many equal ones, how many are not."""
    last, count = None, 0
    for each in entries:
        if isinstance(each, TracebackType):
            code = each.tb_frame.f_code
            key = (code.co_filename, each.tb_lineno, code.co_name)
        else:
            key = None
        if key is not None and key == last:
            count += 1
        else:
            if count > MOST_EQUAL:
                yield count - MOST_EQUAL
            last, count = key, 1
        if count <= MOST_EQUAL:
            yield each
    if count > MOST_EQUAL:
        yield count - MOST_EQUAL


def _count(entry: _Entry) -> int:
    """Return how many frames an entry stands for."""
    if isinstance(entry, TracebackType):
        return 1
    return entry.number if isinstance(entry, Folded) else entry


def _show(entry: _Entry, now: float) -> str:
    """Return the text of one frame, or of what stands for several."""
    if not isinstance(entry, TracebackType):
        if isinstance(entry, Folded):
            return f"  ... {entry.say()} ...\n"
        return say_repeated(entry)
    key = (id(entry.tb_frame.f_code), entry.tb_lasti, entry.tb_lineno)
    found = _TEXTS.get(key)
    if found is None or (found[1].due <= now and not found[1].is_fresh(now)):
        return _learn(entry, key, now)
    return found[0]


def _learn(step: TracebackType, key: _Key, now: float) -> str:
    """Return the text of one frame, and remember it."""
    frame, line = step.tb_frame, step.tb_lineno
    code = frame.f_code
    name = code.co_filename
    text = f'  File "{name}", line {line}, in {code.co_name}\n'
    try:
        ask_for_frames(_ROOM)  # with less, `traceback` leaves carets out
        if _count_source(step, code) <= _MOST_SOURCE:
            text = "".join(format_tb(TracebackType(None, frame, step.tb_lasti, line), 1))
    except Exception as failure:  # every value renders: a loader fails, a line is no number
        if type(failure) is not RecursionError:
            let_through()
        return text
    remember(_TEXTS, key, (text, Source(name, now + FRESH_S), code), _LONGEST_TEXT)
    return text


def _count_source(step: TracebackType, code: CodeType) -> int:
    """Return how many characters of the source `traceback` would look at."""
    lines = linecache.getlines(code.co_filename, step.tb_frame.f_globals)
    place = next(islice(code.co_positions(), max(step.tb_lasti, 0) // 2, None), (None, None))
    return sum(map(len, lines[step.tb_lineno - 1 : place[1] or step.tb_lineno]))
