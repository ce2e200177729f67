"""Compare what a test expects of a line with what the line has: in part, at any depth.

An expected value that equals the found one matches. Otherwise a mapping matches one that has at
least its keys, a list one whose items match one by one. A class matches its instances, a compiled
regular expression the texts that it is found in, any other callable what it says true of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard
from unittest.mock import ANY

from provide.foundation._record.redaction import MASK, KeyPolicy
from provide.foundation.levels import LEVEL_NAMES, find_number

#: What stands for a key that a line does not have.
_ABSENT = object()
#: The most characters of one value in a text for people.
_WIDEST = 120
#: How deep a value is spelt out; below that it is `...`.
_DEEPEST = 6
#: Whose values are in no message: reports of tests are read by more people than logs are.
_is_secret = KeyPolicy().is_secret


def matches(expected: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    """Say whether a line has what is expected of it; see `find_differences`."""
    return next(_compare_line(expected, line), None) is None


def find_differences(expected: Mapping[str, Any], line: Mapping[str, Any]) -> list[Difference]:
    """Return the places in which a line is not as expected; of a line that matches, nothing.

    Args:
        expected: Values by key, as the module says. A level may be a name in any case or a number.
        line: The line, as `as_dict` returns it.
    """
    return list(_compare_line(expected, line))


class Difference:
    """Be one place in which a line is not as expected; its text is made when it is asked for.

    Args:
        keys: The way to the place.
        expected: What is expected there.
        found: What is found.
        error: What the comparison has raised.
    """

    __slots__ = ("error", "expected", "found", "keys")

    def __init__(
        self,
        keys: tuple[object, ...],
        expected: object,
        found: object,
        error: Exception | None = None,
    ) -> None:
        self.keys, self.expected, self.found, self.error = keys, expected, found, error

    def __str__(self) -> str:
        first, *others = self.keys
        steps = [f"[{each}]" if isinstance(each, int) else f".{each}" for each in others]
        place = "".join([str(first), *steps])
        if any(type(key) is str and _is_secret(key) for key in self.keys):
            return f"{place}: not as expected"
        wanted = show(self.expected)
        if isinstance(self.expected, type):
            wanted = f"of {wanted}"
        elif callable(self.expected):
            wanted = f"true by {wanted}"
        elif _is_list(self.expected) and _is_list(self.found):
            wanted = f"{len(self.expected)} items"
        found = "not there" if self.found is _ABSENT else f"{show(self.found)} found"
        raised = "" if self.error is None else f", raises {show(self.error)}"
        return f"{place}: {wanted} expected, {found}{raised}"


def show(value: object) -> str:
    """Return a value for people, in one line of bounded length; secrets inside of it are masked."""
    text = _spell(value, 0).replace("\n", "\\n")
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 20]}...{text[-17:]}"


def _spell(value: object, depth: int) -> str:
    if isinstance(value, str) and len(value) > 2 * _WIDEST:
        value = value[:_WIDEST] + value[-_WIDEST:]
    if isinstance(value, Mapping | list | tuple):
        if depth == _DEEPEST:
            return "..."
        if isinstance(value, Mapping):
            pairs = (_spell_pair(key, each, depth + 1) for key, each in value.items())
            return "{" + _join(pairs, len(value)) + "}"
        return "[" + _join((_spell(each, depth + 1) for each in value), len(value)) + "]"
    if isinstance(value, re.Pattern):
        return f"re.compile({value.pattern!r})"
    if isinstance(value, type):
        return value.__qualname__
    if value is ANY:
        return "ANY"
    if callable(value) and hasattr(value, "__qualname__"):
        return str(value.__qualname__).replace("<locals>.", "")
    try:
        return repr(value)
    except Exception as error:  # the value is the test's own, and the message must come out
        return f"<{type(value).__name__} whose repr raises {type(error).__name__}>"


def _spell_pair(key: object, value: object, depth: int) -> str:
    is_masked = type(key) is str and _is_secret(key)
    return f"{_spell(key, depth)}: {MASK if is_masked else _spell(value, depth)}"


def _join(parts: Iterator[str], count: int) -> str:
    """Join as many parts as are going to be shown."""
    taken: list[str] = []
    while sum(map(len, taken)) <= _WIDEST and (part := next(parts, None)) is not None:
        taken.append(part)
    return ", ".join(taken if len(taken) == count else [*taken, "..."])


def _compare_line(expected: Mapping[str, Any], line: Mapping[str, Any]) -> Iterator[Difference]:
    for key, value in expected.items():
        wanted = _level(value) if key == "level" else value
        yield from _compare((key,), wanted, line.get(key, _ABSENT))


def _level(expected: object) -> object:
    number = find_number(expected) if isinstance(expected, str | int) else None
    return expected if number is None else LEVEL_NAMES[number]


def _compare(keys: tuple[object, ...], expected: object, found: object) -> Iterator[Difference]:
    """Yield each place in which a value is not as expected."""
    if found is _ABSENT:
        yield Difference(keys, expected, found)
    elif _equals(expected, found):
        return
    elif isinstance(expected, Mapping) and isinstance(found, Mapping):
        for key, value in expected.items():
            yield from _compare((*keys, key), value, found.get(key, _ABSENT))
    elif _is_list(expected) and _is_list(found) and len(expected) == len(found):
        for number, (item, other) in enumerate(zip(expected, found, strict=True)):
            yield from _compare((*keys, number), item, other)
    elif isinstance(expected, type):
        if not isinstance(found, expected):
            yield Difference(keys, expected, found)
    elif isinstance(expected, re.Pattern):
        if not (isinstance(found, str) and _is_in(expected, found)):
            yield Difference(keys, expected, found)
    elif not callable(expected):
        yield Difference(keys, expected, found)
    else:
        try:
            difference = None if expected(found) else Difference(keys, expected, found)
        except Exception as error:  # what it cannot take does not match, and the message says so
            difference = Difference(keys, expected, found, error)
        if difference is not None:
            yield difference


def _is_in(pattern: re.Pattern[Any], text: str) -> bool:
    return isinstance(pattern.pattern, str) and pattern.search(text) is not None


def _equals(expected: object, found: object) -> bool:
    try:
        return bool(expected is found or expected == found)
    except Exception:  # arrays have no truth, and other classes raise what they like
        return False


def _is_list(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)
