"""An exception as the text of a traceback, as `traceback.format_exception` makes it.

Types, messages and notes are those of the exception's description, so that secrets in them are
masked and long ones cut, and no code of the user's runs twice. The description bounds how many
exceptions there are; frames come from the tracebacks themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import indent
from typing import Any

from provide.foundation._pipeline.stack_traces.exception_lines import show_exception
from provide.foundation._pipeline.stack_traces.folding import FrameFolder
from provide.foundation._pipeline.stack_traces.frames import show_frames
from provide.foundation._process.interrupts import let_through
from provide.foundation._record.exceptions import (
    DESCRIBED,
    MOST_EXCEPTIONS,
    OMITTED,
    origin_of,
)
from provide.foundation._record.tracebacks import CAUSE, CONTEXT, format_exception

_WORDINGS = {"cause": f"\n{CAUSE}\n\n", "context": f"\n{CONTEXT}\n\n"}
#: `traceback` shows so many members of a group.
_MOST_MEMBERS = 15
_DEEPEST_GROUP = 10
_RULE = "+------------------------------------\n"
_GROUP: Any = BaseExceptionGroup
_BASE: Any = BaseException


def format_stack_trace(
    error: BaseException, description: Mapping[str, Any], folder: FrameFolder | None = None
) -> str:
    """Return an exception as the text of a traceback, without a line end.

    Never raises an `Exception`; control characters are not escaped.

    Args:
        error: The exception.
        description: What `describe_exception` has returned for it.
        folder: Puts one entry in place of a run of frames.
    """
    try:
        parts = _Parts(error, description)
        text = "".join(_Printer(folder).show(parts.root))
    except Exception as failure:  # never raises: exceptions are the user's, and so is their source
        if type(failure) is not RecursionError:
            let_through()
        return format_exception(description)
    return text.removesuffix("\n")


class _Part:
    """Be an exception with its description, and what is shown with it."""

    __slots__ = ("description", "error", "members", "origin", "wording")

    def __init__(self, error: BaseException | None, description: Mapping[str, Any]) -> None:
        #: `None` for exceptions that the description leaves out.
        self.error = error
        self.description = description
        self.origin: _Part | None = None
        self.wording = ""
        self.members: list[_Part] = []


class _Parts:
    """Join an exception and all that it came from to their descriptions.

    An exception that is met a second time is left out, in the order of `traceback`.
    """

    def __init__(self, error: BaseException, description: Mapping[str, Any]) -> None:
        self.root = _Part(error, description)
        self._seen = {id(error)}
        self._found: dict[int, Mapping[str, Any]] | None = None
        queue = [self.root]
        while queue:
            queue += self._follow(queue.pop())

    def _follow(self, part: _Part) -> Iterator[_Part]:
        error = part.error
        if error is None:
            return
        key, origin = origin_of(error)
        shown = part.description.get(key)
        if origin is not None and shown is not None and id(origin) not in self._seen:
            part.origin = self._join(origin, shown)
            part.wording = _WORDINGS[key]
            yield part.origin
        shown = part.description.get("exceptions")
        if shown:
            members = _GROUP.exceptions.__get__(error)
            for member, each in zip(members[:_MOST_MEMBERS], shown, strict=False):
                part.members.append(self._join(member, each))
            yield from part.members

    def _join(self, error: BaseException, description: Mapping[str, Any]) -> _Part:
        if description["type"] == OMITTED:
            return _Part(None, description)
        self._seen.add(id(error))
        if description["message"] is DESCRIBED:  # in another place, which comes later here
            if self._found is None:
                self._found = _find_all(self.root)
            description = self._found.get(id(error), description)
        return _Part(error, description)


def _find_all(root: _Part) -> dict[int, Mapping[str, Any]]:
    """Return all descriptions, by the numbers of their exceptions."""
    found: dict[int, Mapping[str, Any]] = {}
    queue: list[tuple[Any, Mapping[str, Any]]] = [(root.error, root.description)]
    while queue and len(found) <= MOST_EXCEPTIONS:
        error, description = queue.pop()
        if description["type"] == OMITTED or description["message"] is DESCRIBED:
            continue
        found[id(error)] = description
        key, origin = origin_of(error)
        if origin is not None and key in description:
            queue.append((origin, description[key]))
        if "exceptions" in description:
            members = _GROUP.exceptions.__get__(error)
            queue += zip(members, description["exceptions"], strict=False)
    return found


class _Printer:
    """Make the lines of exceptions, framed where they are members of a group."""

    def __init__(self, folder: FrameFolder | None) -> None:
        self.folder = folder
        self.depth = 0
        self.must_close = False

    def emit(self, text: str, margin: str = "|") -> str:
        """Return lines behind the frame that they stand in."""
        if not self.depth:
            return text
        return indent(text, f"{'  ' * self.depth}{margin} ", lambda _: True)

    def show(self, part: _Part) -> Iterator[str]:
        """Yield the texts of an exception, after those of what it came from."""
        links = [part]
        while (origin := links[-1].origin) is not None:
            links.append(origin)
        for link in reversed(links):
            if link.wording:
                yield self.emit(link.wording)
            error = link.error
            if error is None:
                yield self.emit(f"{link.description['message']}\n")
            elif not link.members:
                yield from self.show_alone(link, error, "Traceback (most recent call last):\n")
            elif self.depth > _DEEPEST_GROUP:
                yield self.emit(f"... (max_group_depth is {_DEEPEST_GROUP})\n")
            else:
                yield from self.show_group(link, error)

    def show_alone(
        self, part: _Part, error: BaseException, heading: str, margin: str = "|"
    ) -> Iterator[str]:
        """Yield the texts of one exception."""
        trace = _BASE.__traceback__.__get__(error)
        if trace is not None:
            yield self.emit(heading, margin)
            if self.depth:
                yield from map(self.emit, show_frames(trace, self.folder))
            else:
                yield from show_frames(trace, self.folder)
        yield self.emit(show_exception(error, part.description))

    def show_group(self, part: _Part, error: BaseException) -> Iterator[str]:
        """Yield the texts of a group and of its members."""
        is_outermost = self.depth == 0
        if is_outermost:
            self.depth = 1
        heading = "Exception Group Traceback (most recent call last):\n"
        yield from self.show_alone(part, error, heading, "+" if is_outermost else "|")
        more = len(_GROUP.exceptions.__get__(error)) - len(part.members)
        titles = [str(number) for number in range(1, len(part.members) + 1)]
        if part.members[-1].error is None:  # a text says how many are left out
            titles[-1] = "..."
            more = 0
        elif more > 0:
            titles.append("...")
        self.must_close = False
        for number, title in enumerate(titles):
            if number == len(titles) - 1:
                self.must_close = True  # unless that has been done by a group in the last member
            lead = "+-" if number == 0 else "  "
            yield f"{'  ' * self.depth}{lead}+---------------- {title} ----------------\n"
            self.depth += 1
            if number < len(part.members):
                yield from self.show(part.members[number])
            else:
                yield self.emit(f"and {more} more exception{'s' if more > 1 else ''}\n")
            if number == len(titles) - 1 and self.must_close:
                yield "  " * self.depth + _RULE
                self.must_close = False
            self.depth -= 1
        if is_outermost:
            self.depth = 0
