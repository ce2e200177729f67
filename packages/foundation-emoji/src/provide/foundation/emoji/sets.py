"""Defines an emoji set and its checks; imports core's errors only.

A set is plain data and is checked when it is made, so whoever holds one holds a valid one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Self, TypeVar, cast
from unicodedata import category

import attrs

from provide.foundation import ConfigurationError

#: The value of a field's table that stands for every other value.
DEFAULT = "*"
#: Characters that one emoji may have: the flags of regions and the longest families have fewer.
LONGEST_EMOJI = 16
HIGHEST_PRIORITY = 1_000_000

_Value = TypeVar("_Value", covariant=True)


class Table(Mapping[str, _Value]):
    """Map strings to values, in their order and for good; can be hashed and pickled."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, _Value]) -> None:
        self._items = dict(items)

    def __getitem__(self, key: str) -> _Value:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)


def _may_show(char: str) -> bool:
    # U+200D joins emoji to one, and tags spell the flags of regions; both are of category Cf.
    return category(char)[0] not in "CZ" or char == "\u200d" or 0xE0020 <= ord(char) <= 0xE007F


def check_emoji(value: object, field: str) -> str:
    """Return an emoji, or any other short text that a terminal shows as it is.

    Raises:
        ConfigurationError: It is empty, longer than 16 characters or not a string, or it holds a
            space, a control character or one that changes the direction of text.
    """
    if isinstance(value, str) and 0 < len(value) <= LONGEST_EMOJI and all(map(_may_show, value)):
        return str(value)
    allowed = f"1 to {LONGEST_EMOJI} characters, none of them a space or a control character"
    raise ConfigurationError(field, value, allowed)


def _check_name(value: object) -> None:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ConfigurationError(
            f"emoji set {value!r}: name", value, "a string with something in it"
        )


def _check_priority(value: object, field: str) -> None:
    if (
        not isinstance(value, int)
        or isinstance(value, bool)
        or not -HIGHEST_PRIORITY <= value <= HIGHEST_PRIORITY
    ):
        allowed = f"an integer from -{HIGHEST_PRIORITY} to {HIGHEST_PRIORITY}"
        raise ConfigurationError(field, value, allowed)


def _check_mapping(value: object, field: str, what: str) -> Mapping[object, object]:
    if isinstance(value, Mapping):
        return value
    raise ConfigurationError(field, value, f"a mapping of {what}")


def _check_key(value: object, field: str, what: str) -> str:
    if isinstance(value, str) and value:
        return str(value)
    raise ConfigurationError(field, value, f"{what}, as a string that is not empty")


@attrs.frozen
class EmojiSet:
    """Hold the emoji of one subject, as plain data.

    Args:
        name: What `enabled_emoji_sets` calls it; not empty.
        priority: Of two sets that know a line, the one with the higher number marks it; of two
            equal ones, the one that is listed first. -1,000,000 to 1,000,000, default 0.
        fields: For each field name, a mapping of values to emoji. Values are compared without
            regard to case. ``"2xx"`` is every number from 200 to 299, and ``"*"`` is every value
            that the mapping does not list. A field ``a.b`` is known as ``a_b`` as well. The order
            is that of the emoji in the line. Default none.
        patterns: For each regular expression that `re.search` finds in the event, an emoji; the
            first that is found counts. Flags stand inside, such as ``(?i)``. Default none.
        aliases: Further names of the fields: each alias with the name in `fields` that it stands
            for. Where a line has several names of one field, the first that is known counts.
            Default none.

    Raises:
        ConfigurationError: A value is not allowed; the error names the set.
    """

    name: str
    priority: int = 0
    fields: Mapping[str, Mapping[str, str]] = attrs.field(factory=dict)
    patterns: Mapping[str, str] = attrs.field(factory=dict)
    aliases: Mapping[str, str] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        _check_name(self.name)
        place = f"emoji set {self.name!r}"
        store = object.__setattr__  # the class is frozen; its own initialiser may still store
        _check_priority(self.priority, f"{place}: priority")
        store(self, "fields", _check_fields(self.fields, f"{place}: fields"))
        store(self, "patterns", _check_patterns(self.patterns, f"{place}: patterns"))
        store(self, "aliases", _check_aliases(self.aliases, self.fields, f"{place}: aliases"))

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Self:
        """Return the set that a mapping describes, as a configuration file may hold it.

        Args:
            values: The arguments of the class by their names; ``name`` is required.

        Raises:
            ConfigurationError: A key is unknown or a value is not allowed.
        """
        given = _check_mapping(values, "emoji set", "an emoji set's fields to values")
        place = f"emoji set {given.get('name')!r}"
        known = [attribute.name for attribute in attrs.fields(cls)]
        if "name" not in given:
            raise ConfigurationError(place, dict(given), "a mapping that has a name")
        for key, value in given.items():
            if key not in known:
                raise ConfigurationError(f"{place}: {key}", value, ", ".join(known))
        return cls(**cast("dict[str, Any]", dict(given)))


def _check_fields(fields: object, place: str) -> Table[Table[str]]:
    checked = {}
    for name, values in _check_mapping(fields, place, "field names to tables").items():
        field = f"{place}[{name!r}]"
        key = _check_key(name, place, "a field's name")
        table = {}
        for value, emoji in _check_mapping(values, field, "values to emoji").items():
            text = _check_key(value, field, "a value").casefold()
            table[text] = check_emoji(emoji, f"{field}[{value!r}]")
        checked[key] = Table(table)
    return Table(checked)


def _check_patterns(patterns: object, place: str) -> Table[str]:
    checked = {}
    for pattern, emoji in _check_mapping(patterns, place, "patterns to emoji").items():
        text = _check_key(pattern, place, "a regular expression")
        try:
            re.compile(text)
        except (re.error, RecursionError, OverflowError) as error:
            reason = f"a regular expression ({error})"
            raise ConfigurationError(place, pattern, reason) from error
        checked[text] = check_emoji(emoji, f"{place}[{pattern!r}]")
    return Table(checked)


def _check_aliases(aliases: object, fields: Mapping[str, object], place: str) -> Table[str]:
    checked = {}
    for alias, target in _check_mapping(aliases, place, "names to names in fields").items():
        text = _check_key(alias, place, "a field's name")
        if not isinstance(target, str) or target not in fields:
            allowed = f"a name in fields: {', '.join(fields) or 'there is none'}"
            raise ConfigurationError(f"{place}[{alias!r}]", target, allowed)
        checked[text] = target
    return Table(checked)
