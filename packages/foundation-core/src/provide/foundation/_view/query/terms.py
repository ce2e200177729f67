r"""A query as a tree: each node tells whether it holds for an entry, and what lines must have.

What lines must have is for a search of bytes before anything is parsed: `needles` returns texts of
which every line that can match has one at least, or `None` where nothing can be said. A text in
JSON may be spelt with escapes, so only letters, digits and few marks are taken for needles, whose
only escape is one with a ``\u``; `scan.py` looks for that as well.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from provide.foundation._view.dialects.levels import read_level
from provide.foundation._view.dialects.reader import Entry, decode_line
from provide.foundation._view.query.errors import QueryError
from provide.foundation._view.query.values import MISSING, as_text, find_value, list_texts

#: Texts of which a line has one at least; `None`: any line may match.
Needles = frozenset[bytes] | None

_VERBATIM = re.compile(r"[A-Za-z0-9_.:-]+")
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$")
#: Whose values are not always spelt in a file as a query has them.
_RESPELT = frozenset({"level", "timestamp", "span_id", "trace_flags", "exception", "stack"})
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
OPERATORS = ("=", "!=", "~", "!~", *_COMPARE)


class Term:
    """Be one node of a query."""

    def holds(self, entry: Entry) -> bool:
        """Tell whether an entry is wanted."""
        raise NotImplementedError

    def needles(self) -> Needles:
        """Return what each line that holds has one of; `None`: nothing is known of it."""
        return None

    def list_keys(self) -> list[str]:
        """Return the keys that it asks for."""
        return []


class Comparison(Term):
    """Compare the value under a key.

    A line without the key holds for no operator: `not status=200` is what finds those as well.

    Args:
        key: Dotted.
        sign: One of `OPERATORS`.
        text: What the value is compared with.

    Raises:
        QueryError: The text is no regular expression.
    """

    def __init__(self, key: str, sign: str, text: str) -> None:
        self.key = key
        self.sign = sign
        self.text = text
        self._number = float(text) if _NUMBER.match(text) else None
        self._digits = b"" if self._number is None else _spell(self._number)
        self._level = read_level(text) if key == "level" else None
        self._pattern = compile_pattern(text) if "~" in sign else None

    def holds(self, entry: Entry) -> bool:
        """Tell whether an entry is wanted."""
        value = find_value(entry, self.key)
        if value is MISSING:
            return False
        if self._pattern is not None:
            return (self._pattern.search(as_text(value)) is not None) is (self.sign == "~")
        if self.sign in _COMPARE:
            return self._compares(value, entry)
        return self._equals(value, entry) is (self.sign == "=")

    def _equals(self, value: Any, entry: Entry) -> bool:
        if self._level is not None:
            return entry.level == self._level
        if type(value) is str:
            return value == self.text
        if type(value) is int or type(value) is float:
            # Written with these digits: 500 and 500.0, and not 5e2, which no search of bytes finds.
            return value == self._number and (type(value) is int or self._digits in entry.raw)
        return bool(as_text(value) == self.text)

    def _compares(self, value: Any, entry: Entry) -> bool:
        compare = _COMPARE[self.sign]
        if self._level is not None:
            return entry.level is not None and compare(entry.level, self._level)
        if type(value) is bool or value is None:
            return False
        if self._number is not None:
            if type(value) is str:
                return bool(_NUMBER.match(value)) and compare(float(value), self._number)
            return type(value) in (int, float) and compare(value, self._number)
        return type(value) is str and compare(value, self.text)

    def needles(self) -> Needles:
        """Return a part of the value, or the last name of the key."""
        if self.key.partition(".")[0] in _RESPELT:
            return None
        if self.sign == "=" and self._number is not None:
            # A text may have the digits as they are given, and a number as they are the fewest.
            texts = {self._digits, self.text.encode()}
            return frozenset(texts) if min(map(len, texts)) > 1 else None
        if self.sign == "=" or (self.sign == "~" and not _SPECIAL.search(self.text)):
            return longest(self.text)
        return None

    def list_keys(self) -> list[str]:
        """Return its key."""
        return [self.key]


class Has(Term):
    """Ask for a key, whatever its value."""

    def __init__(self, key: str) -> None:
        self.key = key

    def holds(self, entry: Entry) -> bool:
        """Tell whether an entry is wanted."""
        return find_value(entry, self.key) is not MISSING

    def list_keys(self) -> list[str]:
        """Return its key."""
        return [self.key]


class Text(Term):
    """Look for a text anywhere in a line: in the bytes of the file, in keys and in values."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._raw = text.encode("utf-8", "surrogateescape")

    def holds(self, entry: Entry) -> bool:
        """Tell whether an entry is wanted."""
        if self._raw in entry.raw:
            return True
        if entry.record is None:
            # A part of the escape of a broken byte is no text of the line, the whole escape is.
            return self.text in (entry.text or "") and (
                "\\" in self.text or entry.text != decode_line(entry.raw)
            )
        return any(self.text in text for text in list_texts(vars(entry.record)))

    def needles(self) -> Needles:
        """Return the longest part of the text."""
        return None if "\\" in self.text else longest(self.text)


class Pattern(Term):
    """Look for a regular expression anywhere in a line."""

    def __init__(self, text: str, *, wanted: bool) -> None:
        self._pattern = compile_pattern(text)
        self._wanted = wanted

    def holds(self, entry: Entry) -> bool:
        """Tell whether an entry is wanted."""
        line = entry.raw.decode("utf-8", "backslashreplace")
        found = self._pattern.search(line) is not None
        if not found and entry.record is not None:
            found = any(self._pattern.search(text) for text in list_texts(vars(entry.record)))
        return found is self._wanted


class Not(Term):
    """Hold where another does not."""

    def __init__(self, inner: Term) -> None:
        self.inner = inner

    def holds(self, entry: Entry) -> bool:
        """Tell whether an entry is wanted."""
        return not self.inner.holds(entry)

    def list_keys(self) -> list[str]:
        """Return the keys inside."""
        return self.inner.list_keys()


class All(Term):
    """Hold where all of some do."""

    def __init__(self, inner: list[Term]) -> None:
        self.inner = inner

    def holds(self, entry: Entry) -> bool:
        """Tell whether an entry is wanted."""
        return all(each.holds(entry) for each in self.inner)

    def needles(self) -> Needles:
        """Return those of the one that has the longest."""
        known = [found for each in self.inner if (found := each.needles()) is not None]
        return max(known, key=lambda each: min(map(len, each)), default=None)

    def list_keys(self) -> list[str]:
        """Return the keys inside."""
        return [key for each in self.inner for key in each.list_keys()]


class Either(Term):
    """Hold where one of some does."""

    def __init__(self, inner: list[Term]) -> None:
        self.inner = inner

    def holds(self, entry: Entry) -> bool:
        """Tell whether an entry is wanted."""
        return any(each.holds(entry) for each in self.inner)

    def needles(self) -> Needles:
        """Return those of all, if each has some."""
        found = [each.needles() for each in self.inner]
        together: frozenset[bytes] = frozenset()
        for each in found:
            if each is None:
                return None
            together |= each
        return together

    def list_keys(self) -> list[str]:
        """Return the keys inside."""
        return [key for each in self.inner for key in each.list_keys()]


def _spell(number: float) -> bytes:
    """Return the digits of a number that each spelling without an exponent has, or b""."""
    digits = repr(number).removesuffix(".0")
    return b"" if "e" in digits else digits.encode()


def compile_pattern(text: str) -> re.Pattern[str]:
    """Return a regular expression of Python's.

    Raises:
        QueryError: It is none.
    """
    try:
        return re.compile(text)
    except (re.error, RecursionError, OverflowError) as problem:
        raise QueryError(f"{text!r} is no regular expression ({problem})") from None


def longest(text: str) -> Needles:
    r"""Return the longest part of a text that JSON spells one way, or with a ``\u``."""
    parts = _VERBATIM.findall(text)
    part = max(parts, key=len, default="")
    return frozenset({part.encode()}) if len(part) > 1 else None
