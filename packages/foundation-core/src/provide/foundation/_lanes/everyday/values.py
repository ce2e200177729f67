"""The checked walk: values as plain data, in copies that no other thread can change.

orjson gets nothing that has not been looked at, see `_render/json.py`. Here containers are copied
level by level, and the items of a copy are looked at and replaced. That is fast where all of it is
exact strings, numbers, booleans, None, dicts, lists, tuples and what `_lanes/everyday/spelling.py`
knows, with no limit in sight. Whatever is not goes, with all fields of its line, to the encoder of
`_record/values.py`, which says what the result has to be.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from provide.foundation._lanes.everyday.spelling import ODD, spell
from provide.foundation._record.redaction import MASK
from provide.foundation._record.values import Limits, measured_fields, spell_float, spell_int

_SMALLEST_INT = -(1 << 63)
_LARGEST_INT = (1 << 64) - 1
_MOST_KEYS = 1024
#: Longer keys are the encoder's business; shorter ones are in no budget, as there.
_LONGEST_KEY = 64
#: From so many items on, a list is asked as a whole whether it holds nothing but integers.
_MANY = 16


class CheckedValues:
    """Make plain data of fields.

    Args:
        limits: Where the encoder cuts; a value within them all is written whole.
        is_secret: Tells which keys' values are masked.
        keeps_moments: Whether datetimes in UTC, and those without a zone, stay as they are: orjson
            writes them as `isoformat` does, in less time.
    """

    __slots__ = ("_is_secret", "_keeps", "_known", "_limits", "_most_chars")

    def __init__(
        self, limits: Limits, is_secret: Callable[[str], bool], *, keeps_moments: bool
    ) -> None:
        self._limits = limits
        self._keeps = datetime if keeps_moments else None
        self._is_secret = is_secret
        self._most_chars = min(limits.string, limits.line)
        #: Keys inside values that need nothing done.
        self._known: set[str] = set()

    def check(self, fields: dict[str, Any]) -> tuple[dict[str, Any], int, int]:
        """Return fields as plain data, the most bytes of their texts, the number of all values.

        Args:
            fields: The fields, under names that need nothing done; they are left as they are.
        """
        plain = fields
        count, wide = len(fields), False
        size = _LONGEST_KEY * count
        below: list[Any] = []
        for key, value in fields.items():
            kind = type(value)
            if kind is str:
                size += len(value)
                wide = wide or not value.isascii()
                continue
            if kind is int:
                if _SMALLEST_INT <= value <= _LARGEST_INT:
                    continue
                made: Any = spell_int(value)
            elif kind is float:
                if value - value == 0.0:
                    continue
                made = spell_float(value)
            elif (
                kind is bool
                or value is None
                or (kind is self._keeps and (value.tzinfo is UTC or value.tzinfo is None))
            ):
                continue
            else:
                made = value.copy() if kind is dict or kind is list else spell(value, kind)
                if type(made) is str:
                    size += len(made)
                    wide = wide or not made.isascii()
                elif type(made) is dict or type(made) is list:
                    count += len(made)
                    below.append(made)
                elif made is ODD:
                    return measured_fields(fields, self._limits, self._is_secret)
            if plain is fields:
                plain = fields.copy()
            plain[key] = made
        if below:
            found = self._check_below(below, count)
            if found is None:
                return measured_fields(fields, self._limits, self._is_secret)
            more, count, wider = found
            size, wide = size + more, wide or wider
        if size > self._most_chars or count > self._limits.nodes:
            return measured_fields(fields, self._limits, self._is_secret)
        return plain, 4 * size if wide else size, count

    def _check_below(self, level: list[Any], count: int) -> tuple[int, int, bool] | None:
        """Look at copies of containers and make them plain; `None`: they are the encoder's."""
        most, items = self._limits.nodes, self._limits.items
        most_chars, is_known = self._most_chars, self._known.issuperset
        size, wide, keeps = 0, False, self._keeps
        for _ in range(self._limits.depth):
            below: list[Any] = []
            for each in level:
                if len(each) > items or count > most:
                    return None
                listed = type(each) is list
                if listed:
                    if len(each) >= _MANY and _are_integers(each):
                        continue
                    pairs: Any = enumerate(each)
                elif is_known(each) or self._learn(each):
                    size += _LONGEST_KEY * len(each)
                    pairs = each.items()
                else:
                    return None
                for key, value in pairs:
                    kind = type(value)
                    if kind is int:
                        if _SMALLEST_INT <= value <= _LARGEST_INT:
                            continue
                        made: Any = spell_int(value)
                    elif kind is str:
                        size += len(value)
                        wide = wide or not value.isascii()
                        continue
                    elif kind is float:
                        if value - value == 0.0:
                            continue
                        made = spell_float(value)
                    elif (
                        kind is bool
                        or value is None
                        or (kind is keeps and (value.tzinfo is UTC or value.tzinfo is None))
                    ):
                        continue
                    else:
                        made = value.copy() if kind is dict or kind is list else spell(value, kind)
                        if type(made) is str:
                            size += len(made)
                            wide = wide or not made.isascii()
                        elif type(made) is dict or type(made) is list:
                            count += len(made)
                            if count > most:
                                return None
                            if listed and len(made) == 2 and self._may_be_header(value, made):
                                return None
                            below.append(made)
                        elif made is ODD:
                            return None
                    each[key] = made
            if size > most_chars:
                return None
            if not below:
                return size, count, wide
            level = below
        return None

    def _may_be_header(self, value: Any, made: Any) -> bool:
        """Say whether a pair in a list, ``("Cookie", "...")``, perhaps has to be masked."""
        if type(made) is not list:
            return False
        first = made[0]
        if type(first) is str:
            return self._is_secret(first)
        return type(first) not in _NO_NAMES

    def _learn(self, mapping: dict[Any, Any]) -> bool:
        """Mask what is secret, and remember the other keys; False: one is the encoder's."""
        for key in mapping:
            if type(key) is not str or len(key) > _LONGEST_KEY or not key.isascii():
                return False
            if self._is_secret(key):
                mapping[key] = MASK
            elif key not in self._known:
                if len(self._known) >= _MOST_KEYS:
                    self._known.clear()
                self._known.add(key)
        return True


#: What no name of a header becomes.
_NO_NAMES = frozenset({int, float, bool, type(None), dict, list, tuple})


def _are_integers(items: list[Any]) -> bool:
    """Say whether a list holds exact integers alone, none of them beyond 64 bits."""
    kinds = list(map(type, items))
    if kinds.count(int) != len(kinds):
        return False
    try:
        array("q", items)  # takes less time than `min` and `max`
    except OverflowError:
        return False
    return True
