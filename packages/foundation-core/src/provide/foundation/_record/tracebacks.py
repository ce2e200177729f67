"""Descriptions of exceptions as the text of a traceback.

`format_exception` needs nothing but what `describe_exception` returns, so that the viewer prints a
line of a file as the program would have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provide.foundation._process.interrupts import let_through
from provide.foundation._record.exceptions import (
    DEEPEST_GROUP,
    FRAME_KEYS,
    MOST_EXCEPTIONS,
    OMITTED,
)
from provide.foundation._record.values import plain

CAUSE = "The above exception was the direct cause of the following exception:"
CONTEXT = "During handling of the above exception, another exception occurred:"


def format_exception(description: Mapping[str, Any]) -> str:
    """Return a description as the text of a traceback, without a line end.

    Order and wording are those of Python; the members of a group are framed. Never raises an
    `Exception`, whatever the description holds; its control characters are not escaped.
    """
    try:
        return "\n".join(_chain_lines(description, 0))
    except Exception as failure:  # never raises: descriptions are read back from files, too
        if type(failure) is not RecursionError:
            let_through()
        return "<unprintable exception>"


def exception_members(parts: Mapping[str, Any], form: str) -> dict[str, Any]:
    """Return the members that a line in JSON has of an exception: an object, a text, or both.

    Args:
        parts: The attributes of a `Record`, or what `Pipeline.describe` returns.
        form: ``object``, ``text`` or ``both``.
    """
    exception = parts.get("exception")
    if exception is None:
        return {}
    if form == "object":
        return {"exception": exception}
    text = parts.get("stack_trace")
    if text is None:
        text = exception if isinstance(exception, str) else format_exception(exception)
    return {"exception": text} if form == "text" else {"exception": exception, "stack_trace": text}


def _chain_lines(description: Any, depth: int) -> Iterator[str]:
    """Yield the lines of an exception, after those of what it came from."""
    links = [(description, "")]
    # A description read from a file may be a longer chain than any of ours.
    while len(links) <= MOST_EXCEPTIONS:
        node = links[-1][0]
        for key, wording in (("cause", CAUSE), ("context", CONTEXT)):
            if isinstance(node, Mapping) and isinstance(node.get(key), Mapping):
                links.append((node[key], wording))
                break
        else:
            break
    for node, wording in reversed(links):
        yield from _own_lines(node, depth)
        if wording:
            yield from ("", wording, "")


def _own_lines(node: Any, depth: int) -> Iterator[str]:
    """Yield the lines of one exception and of its members."""
    if not isinstance(node, Mapping):
        yield from _text(node).split("\n")
        return
    frames = node.get("frames")
    if isinstance(frames, list) and frames:
        yield "Traceback (most recent call last):"
        if node.get("frames_omitted"):
            yield f"  <{_text(node['frames_omitted'])} more frames>"
        for frame in frames:
            if isinstance(frame, Mapping):
                file, line, function = (_text(frame.get(key)) for key in FRAME_KEYS)
                if frame.get("folded"):
                    yield f"  ... {function} ..."
                else:
                    yield f'  File "{file}", line {line}, in {function}'
    kind, message = _text(node.get("type")), _text(node.get("message"))
    if kind == OMITTED:
        yield message
    else:
        yield from (f"{kind}: {message}" if message else kind).split("\n")
    notes = node.get("notes")
    if isinstance(notes, list):
        for note in notes:
            yield from _text(note).split("\n")
    members = node.get("exceptions")
    if isinstance(members, list) and members:
        for number, member in enumerate(members, 1):
            yield f"  +---------------- {number} ----------------"
            if depth > DEEPEST_GROUP:
                yield "  | <depth limit>"
            else:
                for row in _chain_lines(member, depth + 1):
                    yield f"  | {row}".rstrip()
        yield "  +------------------------------------"


def _text(value: object) -> str:
    if type(value) is str:
        return value
    return "" if value is None else str(plain(value))
