"""An exception as rows for people: the error first, then where it came through.

Frames of the program have their line of the source, which is read here and nowhere else: no line of
JSON, and none of a file, opens a source file. Runs of frames of libraries become one row, and so do
frames that repeat. Its variables are shown below a frame of the program where that is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from types import TracebackType
from typing import Any, NamedTuple

from provide.foundation._process.interrupts import let_through
from provide.foundation._record.exceptions import FRAME_KEYS, MOST_EXCEPTIONS, OMITTED
from provide.foundation._record.values import Limits
from provide.foundation._render.console import clean_text, paint_block
from provide.foundation._render.frames.libraries import library_of
from provide.foundation._render.frames.variables import (
    MOST_OF_ALL,
    Variables,
    members_of,
    source_of,
    steps_of,
)
from provide.foundation._render.logfmt import display_value, exception_text
from provide.foundation._render.terminal.codes import (
    EVENT,
    FAILURE,
    KEY,
    QUIET,
    RESET,
    SCREEN,
    value_code,
)
from provide.foundation._render.terminal.wrap import cut

#: Where the rows begin: below the level.
_MARGIN = " " * 13
#: Characters of a line of the source that are shown, and how many more of it are searched.
_MOST_SOURCE, _MARGIN_OF_SEARCH = 300, 4096
#: Columns of the value of a variable.
_MOST_COLUMNS = 100
#: Characters that need no escape in the path of a link (RFC 3986, section 3.3).
_PLAIN_IN_LINKS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
_ORIGINS = (("cause", "↳ caused by"), ("context", "↳ while handling"))

_Frame = tuple[str, str, str, int]


class Failures(NamedTuple):
    """Say how exceptions are shown, and show them.

    Args:
        form: ``short``, ``full``, with the frames of libraries, or ``python``, as Python prints it.
        links: Whether a place in the source is a link, of OSC 8, which not every terminal knows.
        search: Returns a text without what the patterns of a redaction find in it.
        variables: Reads the variables of frames; `None`: they are not shown.
    """

    form: str = "short"
    links: bool = False
    search: Callable[[str], str] | None = None
    variables: Variables | None = None

    def show(
        self, exception: Mapping[str, Any] | str, exc_info: object, limits: Limits
    ) -> Iterator[str]:
        """Yield the rows of an exception, escaped and coloured.

        Args:
            exception: Its description, or a text.
            exc_info: What `sys.exc_info` gives of it, or None.
            limits: Where texts are cut.
        """
        if self.form == "python" or isinstance(exception, str):
            yield from paint_block(exception_text(exception, limits), SCREEN)
            return
        error = exc_info[1] if isinstance(exc_info, tuple) else None
        yield from _Shower(self, limits).show_all(exception, error)

    def link(self, file: str, line: str, text: str) -> str:
        """Return a text as a link to a place in a file, if there are links."""
        if not (self.links and os.path.isabs(file)):
            return text
        path = "".join([each if each in _PLAIN_IN_LINKS else _escape(each) for each in file])
        return f"\x1b]8;;file://{path}#{line}\x1b\\{text}\x1b]8;;\x1b\\"


def _escape(character: str) -> str:
    return "".join([f"%{byte:02X}" for byte in character.encode("utf-8", "replace")])


class _Shower:
    """Make the rows of one exception, and of those that it came from."""

    def __init__(self, failures: Failures, limits: Limits) -> None:
        self.failures, self.limits = failures, limits
        self.folder = _working_folder()
        self.left = MOST_EXCEPTIONS
        #: How many variables may still be shown.
        self.variables = MOST_OF_ALL if failures.variables else 0

    def clean(self, text: object) -> str:
        return clean_text(text, self.limits)

    def show_all(
        self, node: Any, error: object, sign: str = "✖", margin: str = _MARGIN
    ) -> Iterator[str]:
        """Yield the rows of an exception, of its members, and of what it came from."""
        while isinstance(node, Mapping) and self.left:
            self.left -= 1
            yield from self.show_one(node, error, sign, margin)
            for key, words in _ORIGINS:
                if isinstance(node.get(key), Mapping):
                    node, error, sign = node[key], source_of(error, key), words
                    break
            else:
                return

    def show_one(
        self, node: Mapping[str, Any], error: object, sign: str, margin: str
    ) -> Iterator[str]:
        """Yield the rows of one exception and of its members."""
        kind, message = node.get("type"), node.get("message")
        if kind == OMITTED:
            yield f"{margin}{QUIET}{self.clean(message)}{RESET}"
            return
        first, *more = str(message or "").split("\n")
        text = f": {self.clean(first)}" if first else ""
        code = QUIET if sign[0] == "↳" else FAILURE
        yield f"{margin}{code}{sign} {FAILURE}{self.clean(kind)}{RESET}{text}"
        notes = node.get("notes")
        for each in [*more, *(notes if isinstance(notes, list) else ())]:
            for row in str(each).split("\n"):
                yield f"{margin}  {self.clean(row)}"
        if isinstance(error, SyntaxError):
            yield from self.show_syntax(error, margin)
        yield from self.show_frames(node, error, margin)
        members, errors = node.get("exceptions"), members_of(error)
        for number, member in enumerate(members if isinstance(members, list) else (), 1):
            found = errors[number - 1] if number <= len(errors) else None
            yield from self.show_all(member, found, f"{number}.", f"{margin}  ")

    def show_syntax(self, error: SyntaxError, margin: str) -> Iterator[str]:
        """Yield the place of a mistake in a source, its line and a caret below it."""
        file, line, text, offset = error.filename, error.lineno, error.text, error.offset
        if not (type(file) is str and type(line) is int and type(text) is str):
            return
        yield f"{margin}  {self.place(file, str(line))}"
        shown = text.rstrip("\r\n")
        lead = len(shown) - len(shown.lstrip())
        yield f"{margin}    {QUIET}│{RESET} {self.show_source(shown.strip())}"
        if type(offset) is int and offset > lead:
            yield f"{margin}    {QUIET}│{RESET} {' ' * (offset - lead - 1)}{FAILURE}^{RESET}"

    def show_source(self, text: str) -> str:
        """Return as much as is shown of a line of the source."""
        if self.failures.search is not None:  # before it is cut: a cut may go through a secret
            text = self.failures.search(text[: _MOST_SOURCE + _MARGIN_OF_SEARCH])
        return self.clean(text[:_MOST_SOURCE])

    def show_frames(self, node: Mapping[str, Any], error: object, margin: str) -> Iterator[str]:
        """Yield the rows of a traceback, outermost first."""
        frames = node.get("frames")
        if node.get("frames_omitted"):
            yield f"{margin}  {QUIET}⋮ {self.clean(node['frames_omitted'])} more frames{RESET}"
        found = [self.read(each) for each in frames] if isinstance(frames, list) else []
        own = [number for number, each in enumerate(found) if not self.library(each)]
        raising = own[-1] if own else len(found) - 1
        steps = [*steps_of(error, [each[3] or 1 for each in found])] if self.variables else []
        for library, run in groupby(enumerate(found), lambda pair: self.library(pair[1]) != ""):
            rows = list(run)
            if library and self.failures.form != "full":
                yield from self.fold(rows, margin)
                continue
            for frame, same in groupby(rows, lambda pair: pair[1]):
                numbers = [number for number, _ in same]
                yield from self.show_frame(frame, numbers[0] <= raising <= numbers[-1], margin)
                if steps and not library:
                    yield from self.show_variables(frame, steps[numbers[-1]], margin)
                if len(numbers) > 1:
                    yield f"{margin}  {QUIET}⋮ repeated {len(numbers) - 1} times{RESET}"

    def read(self, frame: Any) -> _Frame:
        """Return file, line and function of a frame, and how many it stands for."""
        if not isinstance(frame, Mapping):
            return OMITTED, "0", str(frame), 1
        file, line, function = (str(frame.get(key, "")) for key in FRAME_KEYS)
        folded = frame.get("folded")
        return file, line, function, folded if type(folded) is int else 0

    def library(self, frame: _Frame) -> str:
        """Return the library that a frame is of; "" for the program's own."""
        return frame[2] if frame[3] else library_of(frame[0].replace("\\", "/"))

    def fold(self, rows: list[tuple[int, _Frame]], margin: str) -> Iterator[str]:
        """Yield what stands for frames of libraries."""
        names = []
        for _, frame in rows:
            name = frame[2].rpartition(" in ")[2] if frame[3] else self.library(frame)
            if name not in names:
                names.append(name)
        count = sum(frame[3] or 1 for _, frame in rows)
        shown = self.clean(", ".join(names[:4]) + (", ..." if len(names) > 4 else ""))
        yield f"{margin}  {QUIET}⋮ {count} frame{'s' if count > 1 else ''} in {shown}{RESET}"

    def show_frame(self, frame: _Frame, raised: bool, margin: str) -> Iterator[str]:
        """Yield a frame and its line of the source."""
        file, line, function, _ = frame
        yield f"{margin}  {self.place(file, line)} {QUIET}in{RESET} {self.clean(function)}"
        source = _source_line(file, line)
        if source:
            sign, code = (f"{FAILURE}❯", EVENT) if raised else (f"{QUIET}│", "")  # noqa: RUF001
            shown = self.show_source(source)
            yield f"{margin}    {sign}{RESET} {code}{shown}{RESET if code else ''}"

    def show_variables(
        self, frame: _Frame, step: TracebackType | None, margin: str
    ) -> Iterator[str]:
        """Yield the variables of a frame, if it is that of a step of the traceback."""
        file, line, function, _ = frame
        if step is None or self.failures.variables is None or self.variables <= 0:
            return
        code = step.tb_frame.f_code
        if (code.co_filename, str(step.tb_lineno or 0), code.co_name) != (file, line, function):
            return
        shown, more = self.failures.variables.read(step.tb_frame, _source_line(file, line))
        self.variables -= len(shown)
        for name, value in shown:
            text = cut(display_value(value), _MOST_COLUMNS)
            lead = f"{margin}      {KEY}{self.clean(name)} {QUIET}={RESET} "
            yield f"{lead}{value_code(text)}{text}{RESET}"
        if more:
            yield f"{margin}      {QUIET}⋮ {more} more{RESET}"

    def place(self, file: str, line: str) -> str:
        """Return a place in a source file, from the working directory on."""
        shown = f"{self.clean(file.removeprefix(self.folder))}:{self.clean(line)}"
        return self.failures.link(file, line, shown)


def _working_folder() -> str:
    try:
        return os.path.join(os.getcwd(), "")
    except OSError:  # it has been deleted
        return "\0"  # what no path begins with


def _source_line(file: str, line: str) -> str:
    # Imported here: it takes half a millisecond, and only exceptions ask for it.
    import linecache

    try:
        return linecache.getline(file, int(line)).strip()
    except Exception as failure:  # never raises: a loader of the user's may do anything
        if type(failure) is not RecursionError:
            let_through()
        return ""
