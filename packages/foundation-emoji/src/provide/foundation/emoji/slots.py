"""How the value of a field becomes an emoji; imports sets only.

Values are the caller's, of any class. No method of theirs is ever called: exact strings and
numbers are looked at, and of their subclasses (such as enums) the plain value inside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provide.foundation.emoji.sets import DEFAULT

#: Strings with more characters than this are not compared, and count as not listed.
LONGEST_VALUE = 100


class Slot:
    """Find the emoji of one field's value; immutable, any thread may use it.

    Args:
        table: Values to emoji, as `EmojiSet.fields` has them.

    `exact` maps strings and integers to emoji in brackets. It holds the usual spellings of each
    value and the numbers of each class, so that most values are found in it as they come.
    """

    __slots__ = ("_default", "exact")

    def __init__(self, table: Mapping[str, str]) -> None:
        self.exact: dict[str | int, str] = {}
        self._default = ""
        texts: dict[str, str] = {}
        numbers: dict[int, str] = {}
        for value, emoji in table.items():
            text = f"[{emoji}]"
            if value == DEFAULT:
                self._default = text
            elif len(value) == 3 and value.isascii() and value[0].isdecimal() and value[1:] == "xx":
                first = int(value[0]) * 100
                self.exact.update(dict.fromkeys(range(first, first + 100), text))
            else:
                texts[value] = text
                if value.isascii() and value.isdecimal():
                    numbers[int(value)] = text
        for value, text in texts.items():
            for spelling in (value.upper(), value.capitalize()):
                if spelling.casefold() == value:
                    self.exact[spelling] = text
        # The values as they were given come last, so that they win.
        for number, text in numbers.items():
            self.exact[number] = text
        for value, text in texts.items():
            self.exact[value] = text

    def find(self, value: Any) -> str:
        """Return the emoji of a value in brackets, or "" where it has none."""
        kind = type(value)
        if kind is int:
            return self._find_number(value)
        if kind is str:
            return self._find_text(value)
        if kind is bool:
            return self.exact.get("true" if value else "false", self._default)
        if kind is float:
            # Neither infinity nor NaN is an integer.
            return self._find_number(int(value)) if value.is_integer() else self._default
        # These two methods are those of the built-in classes, whatever the value's class has.
        if issubclass(kind, str):
            return self._find_text(str.__str__(value))
        if issubclass(kind, int):
            return self._find_number(int.__index__(value))
        return ""

    def _find_number(self, number: int) -> str:
        return self.exact.get(number, self._default)

    def _find_text(self, text: str) -> str:
        if len(text) > LONGEST_VALUE:
            return self._default
        found = self.exact.get(text) or self.exact.get(text.casefold())
        if found is None and len(text) == 3 and text.isascii() and text.isdecimal():
            found = self.exact.get(int(text))
        return self._default if found is None else found
