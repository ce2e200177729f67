"""Which texts a regular expression cannot match without; imports nothing of this package.

The reading is conservative: what it does not understand, it says nothing about, and such a pattern
is tried on every event. Source: the syntax in the documentation of the standard library's `re`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Escapes that match a class of characters, a place or one control character.
_CLASSES = frozenset("AZbBdDsSwWafnrtv")
_REPEAT = re.compile(r"\{(\d*)(,?)(\d*)\}")
_FLAGS = re.compile(r"\?([aimsuxL]*)(?:-([imsx]+))?([:)])")
_NAME = re.compile(r"\?P<\w+>")
_LOOKS = ("?=", "?!", "?<=", "?<!")


class _UnreadError(Exception):
    """Say that a pattern has something in it that this module does not read."""


def fold_text(text: str) -> str:
    """Return a text in which an ASCII literal stands wherever a pattern could match it.

    Beside the lower-case letter, three letters outside of ASCII match one of ASCII without regard
    to case and have no lower-case form in it.
    """
    if text.isascii():
        return text.lower()
    return text.translate(_FOLDS).lower()


_FOLDS = {0x17F: "s", 0x130: "i", 0x131: "i"}


def find_literals(pattern: str) -> frozenset[str]:
    """Return texts one of which is in `fold_text(event)` wherever the pattern matches the event.

    Args:
        pattern: A regular expression that compiles.

    Returns:
        Lower-case ASCII texts, none of them empty; an empty set says that none is known.
    """
    try:
        return _Reader(pattern).read() or frozenset()
    except (_UnreadError, RecursionError):
        return frozenset()


def _rate(literals: frozenset[str]) -> tuple[int, int]:
    """Return how useful a requirement is: the length of its shortest text, then their number."""
    return min(map(len, literals)), -len(literals)


def _choose(found: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """Return the most useful of several requirements that all hold."""
    return max((literals for literals in found if literals), key=_rate, default=None)


class _Reader:
    """Read one pattern from left to right; a requirement is a set of texts, one of which holds."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def read(self) -> frozenset[str] | None:
        """Return the requirement of the whole pattern."""
        return self.read_branches()

    def read_branches(self) -> frozenset[str] | None:
        """Return what alternatives require, up to the end of the group or of the pattern."""
        branches = [self.read_branch()]
        while self.pattern.startswith("|", self.at):
            self.at += 1
            branches.append(self.read_branch())
        if all(branches):
            return frozenset(text for branch in branches if branch for text in branch)
        return None

    def read_branch(self) -> frozenset[str] | None:
        """Return what one alternative requires."""
        found: list[frozenset[str] | None] = []
        run = ""
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            char, inner = self.read_atom()
            lowest, repeated = self.read_repeat()
            if char and lowest:
                run += char
            elif inner and lowest:
                found.append(inner)
            if (not char or repeated) and run:
                found.append(frozenset((run,)))
                run = ""
        if run:
            found.append(frozenset((run,)))
        return _choose(found)

    def read_atom(self) -> tuple[str, frozenset[str] | None]:
        """Return the lower-case character that comes next, or "" and what a group requires."""
        char = self.pattern[self.at]
        self.at += 1
        if char == "(":
            return "", self.read_group()
        if char == "[":
            self.skip_class()
            return "", None
        if char in ".^$":
            return "", None
        if char == "\\":
            char = self.pattern[self.at]
            self.at += 1
            if char in _CLASSES:
                return "", None
            if char.isalnum():
                raise _UnreadError
        return (char.lower() if char.isascii() else ""), None

    def read_repeat(self) -> tuple[int, bool]:
        """Return how often the atom before must come at least, and whether that was written."""
        rest = self.pattern[self.at : self.at + 1]
        if rest in ("*", "+", "?"):
            self.at += 1
            lowest = int(rest == "+")
        elif (
            rest == "{"
            and (match := _REPEAT.match(self.pattern, self.at))
            and (match[1] or match[2])
        ):
            self.at = match.end()
            lowest = int(match[1] or 0)
        else:
            return 1, False
        if self.pattern[self.at : self.at + 1] in ("?", "+"):
            self.at += 1  # lazy or possessive
        return min(lowest, 1), True

    def read_group(self) -> frozenset[str] | None:
        """Return what a group requires; the bracket before it has been read."""
        looks = False
        if self.pattern.startswith("?", self.at):
            if self.pattern.startswith("?#", self.at):
                self.at = self.pattern.index(")", self.at) + 1
                return None
            if match := _FLAGS.match(self.pattern, self.at):
                if "x" in match[1]:
                    raise _UnreadError  # spaces and comments are no literals then
                self.at = match.end()
                if match[3] == ")":
                    return None
            elif match := _NAME.match(self.pattern, self.at):
                self.at = match.end()
            elif self.pattern.startswith("?>", self.at):
                self.at += 2
            elif self.pattern.startswith(_LOOKS, self.at):
                looks = True
                self.at += 3 if self.pattern.startswith("?<", self.at) else 2
            else:
                raise _UnreadError
        inner = self.read_branches()
        self.at += 1
        return None if looks else inner

    def skip_class(self) -> None:
        """Go past a class of characters; the bracket before it has been read."""
        if self.pattern.startswith("^", self.at):
            self.at += 1
        first = True
        while first or self.pattern[self.at] != "]":
            self.at += 2 if self.pattern[self.at] == "\\" else 1
            first = False
        self.at += 1
