"""How lines whose fields have certain names get their emoji; imports nothing of this package.

Which fields may matter, and in what order, depends on their names alone. It is worked out once for
each combination of names that a program logs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

#: A field's name, the emoji of most of its values and what finds those of the others.
Step = tuple[str, dict[str | int, str], Callable[[Any], str]]
#: Combinations of three values that one plan remembers, and the characters of one of them.
_MOST_KNOWN = 1_000
_LONGEST_KNOWN = 100


class Plan:
    """Mark lines of one combination of field names; any thread may use it.

    Args:
        groups: The steps of each source that may know such a line, those that win first.

    Where there is one source with three fields, `get_three` takes their values and `known` maps
    values that are exact strings to the emoji that were found for them.
    """

    __slots__ = ("get_three", "groups", "known")

    def __init__(self, groups: tuple[tuple[Step, ...], ...]) -> None:
        self.groups = groups
        self.known: dict[tuple[Any, ...], str] = {}
        self.get_three: Callable[[Any], tuple[Any, Any, Any]] | None = None
        if len(groups) == 1 and len(groups[0]) == 3:
            self.get_three = itemgetter(*(name for name, _exact, _find in groups[0]))

    def mark(self, fields: Mapping[str, Any]) -> str:
        """Return the emoji of the first source that knows a value, or ""."""
        for group in self.groups:
            text = ""
            for name, exact, find in group:
                value = fields[name]
                kind = type(value)
                # Exact types only: a subclass may have an __eq__ of its own, and True equals 1.
                if (kind is str or kind is int) and value in exact:
                    text += exact[value]
                else:
                    text += find(value)
            if text:
                if self.get_three is not None:
                    self._remember(self.get_three(fields), text)
                return text
        return ""

    def _remember(self, values: tuple[Any, Any, Any], text: str) -> None:
        if all(type(value) is str and len(value) <= _LONGEST_KNOWN for value in values):
            if len(self.known) >= _MOST_KNOWN:
                self.known = {}
            self.known[values] = text
