"""The frames of a traceback as text, each of which is made once and kept.

`traceback` makes the text of a frame, with its line of the source and the carets below it. The same
instruction of the same code has the same text, until its file changes.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from time import monotonic
from traceback import format_tb
from types import CodeType, TracebackType

from provide.foundation._pipeline.stack import FRESH_S, MOST_EQUAL, Source, say_repeated
from provide.foundation._process.interrupts import let_through

#: Of one traceback, so many frames at most; the outermost are left out.
MOST_FRAMES = 64
#: Characters of the source of one frame; a frame with more is shown without.
_MOST_SOURCE = 4096
# Together these bound what is kept, in characters of texts.
_MOST_TEXTS = 1024
_LONGEST_TEXT = 1024

#: The number of a code object, an instruction of it, and that one's line.
_Key = tuple[int, int, int | None]
#: The texts of frames. The code is kept with its text, so that its number stays its own.
_TEXTS: dict[_Key, tuple[str, Source, CodeType]] = {}


def show_frames(trace: TracebackType | None) -> list[str]:
    """Return the frames of a traceback, outermost first, as `traceback` shows them."""
    steps: list[TracebackType] = []
    while trace is not None:
        steps.append(trace)
        trace = trace.tb_next
    most = getattr(sys, "tracebacklimit", None)
    if most is not None:
        del steps[max(most, 0) :]
    if len(steps) > MOST_EQUAL:
        entries = list(_fold(steps))
        if len(entries) > MOST_FRAMES or len(entries) < len(steps):
            return _show_entries(entries)
    now = monotonic()
    return [_show(step, now) for step in steps]


def _fold(steps: Sequence[TracebackType]) -> Iterator[tuple[TracebackType, int]]:
    """Yield the frames that are shown; with the last of many equal ones, how many are not."""
    last, count = None, 0
    for place, step in enumerate(steps):
        code = step.tb_frame.f_code
        key = (code.co_filename, step.tb_lineno, code.co_name)
        if key == last:
            count += 1
        else:
            if count > MOST_EQUAL:
                yield steps[place - 1], count - MOST_EQUAL
            last, count = key, 1
        if count <= MOST_EQUAL:
            yield step, 0
    if count > MOST_EQUAL:
        yield steps[-1], count - MOST_EQUAL


def _show_entries(entries: list[tuple[TracebackType, int]]) -> list[str]:
    """Return the innermost frames, and how many more there are."""
    now = monotonic()
    texts = []
    omitted = entries[:-MOST_FRAMES]
    if omitted:
        texts.append(f"  <{sum(count or 1 for _, count in omitted)} more frames>\n")
    for step, count in entries[-MOST_FRAMES:]:
        texts.append(say_repeated(count) if count else _show(step, now))
    return texts


def _show(step: TracebackType, now: float) -> str:
    """Return the text of one frame."""
    key = (id(step.tb_frame.f_code), step.tb_lasti, step.tb_lineno)
    found = _TEXTS.get(key)
    if found is None or (found[1].due <= now and not found[1].is_fresh(now)):
        return _learn(step, key, now)
    return found[0]


def _learn(step: TracebackType, key: _Key, now: float) -> str:
    """Return the text of one frame, and remember it."""
    frame, line = step.tb_frame, step.tb_lineno
    code = frame.f_code
    name = code.co_filename
    try:
        if _count_source(step, code) > _MOST_SOURCE:
            raise ValueError(name)
        text = "".join(format_tb(TracebackType(None, frame, step.tb_lasti, line), 1))
    except Exception as failure:  # every value renders: a loader fails, a line is no number
        if type(failure) is not RecursionError:
            let_through()
        return f'  File "{name}", line {line}, in {code.co_name}\n'
    source = Source(name, now + FRESH_S)
    # Code from a prompt has source lines, and `linecache` has them under no name.
    if len(text) <= _LONGEST_TEXT and (source.lines is not None or text.count("\n") == 1):
        if len(_TEXTS) >= _MOST_TEXTS:
            _TEXTS.clear()
        _TEXTS[key] = (text, source, code)
    else:
        _TEXTS.pop(key, None)
    return text


def _count_source(step: TracebackType, code: CodeType) -> int:
    """Return how many characters of the source `traceback` would look at."""
    lines = linecache.getlines(code.co_filename, step.tb_frame.f_globals)
    place = next(islice(code.co_positions(), max(step.tb_lasti, 0) // 2, None), (None, None))
    return sum(map(len, lines[step.tb_lineno - 1 : place[1] or step.tb_lineno]))
