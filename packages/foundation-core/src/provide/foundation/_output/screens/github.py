"""Errors as workflow commands of GitHub Actions, and rows that start none.

The runner reads commands in what a step writes: a row that begins with two colons, whatever blanks
stand before it, and ``##[`` of an earlier form, wherever it stands. So a text that somebody logs
must not begin a row with the one, nor have the other.

Source: "Workflow commands for GitHub Actions" in GitHub's documentation; `escapeData` and
`escapeProperty` in actions/toolkit, packages/core/src/command.ts; `ActionCommand` in
actions/runner.
"""

from __future__ import annotations

import os
import re
from collections.abc import Container

from provide.foundation._render.terminal.codes import CODES, EVENT, QUIET, RESET

_EVENT, _QUIET, _RESET = EVENT.encode(), QUIET.encode(), RESET.encode()
#: A reader of lines takes a carriage return for an end, too.
_COMMAND = re.compile(r"((?:^|[\r\n])[^\S\r\n]*)::")
_NAME = re.compile(rb"m([^\x1b]*)\x1b\[0m *[^\x1b]*\Z")
#: A frame, of which no text that is logged can have the codes, and whether it is the one that
#: raised; behind it the rows of what the exception came from.
_FRAME = re.compile(
    rb"^ {15}(\S[^\n\x1b]*):(\d+) \x1b\[38;5;243min\x1b\[0m [^\n]*"
    rb"(?:\n {17}\x1b\[38;5;196m(\xe2\x9d\xaf))?",
    re.MULTILINE,
)
_ORIGIN = b"\xe2\x86\xb3"
_ERROR = re.compile(rb"^ {13}\x1b\[38;5;196m\xe2\x9c\x96 ([^\n]*)", re.MULTILINE)
_CALLSITE = re.compile(rb" \x1b\[38;5;243mcallsite=\"?([^\x1b\"]+):(\d+):[^\x1b:]*\x1b\[0m")
_MOST_CHARACTERS = 4000


class Commands:
    """Add a command to each error, and take care that a line has no other.

    Args:
        errors: Indexes of the counters of errors.
    """

    __slots__ = ("errors",)

    def __init__(self, errors: Container[int]) -> None:
        self.errors = errors

    def add(self, index: int, data: bytes, rows: bytes) -> bytes:
        """Return the rows of a line, and its command, if it is an error.

        Args:
            index: Of the level's counter.
            data: The flat line.
            rows: What a screen has made of it.
        """
        if b"::" in rows or b"##[" in rows:
            text = rows.decode("utf-8", "surrogateescape").replace("##[", "## [")
            rows = _COMMAND.sub(r"\1│ ::", text).encode("utf-8", "surrogateescape")
        event_at = data.find(_EVENT)
        if index not in self.errors or event_at < 0:
            return rows
        first, _, rest = data.partition(b"\n")
        message = CODES.sub(b"", first[event_at:])
        if error := _ERROR.search(rest):
            message += b"\n" + CODES.sub(b"", error[1])
        properties = _place_of(first, rest)
        if name := _NAME.search(first[:event_at]):
            properties["title"] = name[1].decode("utf-8", "replace")
        shown = ",".join([f"{key}={_escape(value, ':,')}" for key, value in properties.items()])
        text = message.decode("utf-8", "replace")[:_MOST_CHARACTERS]
        lead = f"::error {shown}" if shown else "::error"
        return rows + f"{lead}::{_escape(text)}\n".encode("utf-8", "backslashreplace")


def _escape(text: str, further: str = "") -> str:
    for character in f"%\r\n{further}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _place_of(first: bytes, rest: bytes) -> dict[str, str]:
    """Return file and line of the frame that has raised, else of the call, where they are known."""
    frames = [*_FRAME.finditer(rest.partition(_ORIGIN)[0])]
    found = next((each for each in frames if each[3]), frames[-1] if frames else None)
    found = found or _CALLSITE.search(first)
    if found is None:
        return {}
    file = os.path.abspath(found[1].decode("utf-8", "replace"))
    folder = os.path.join(os.environ.get("GITHUB_WORKSPACE") or os.getcwd(), "")
    if not file.startswith(folder):  # the page of a change has no other files
        return {}
    return {"file": file.removeprefix(folder).replace(os.sep, "/"), "line": found[2].decode()}
