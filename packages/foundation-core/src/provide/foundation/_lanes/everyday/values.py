"""The checked walk: values as plain data, in copies that no other thread can change.

orjson gets nothing that has not been looked at, see `_render/json.py`. Here containers are copied
level by level, and the items of a copy are looked at and replaced. That is fast where all of it is
exact strings, numbers, booleans, None, dicts, lists, tuples and what `_lanes/everyday/spelling.py`
knows, with no limit in sight. Whatever is not goes, with all fields of its line, to the encoder of
`_record/values.py`, which says what the result has to be.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from math import isfinite
from typing import Any
from uuid import UUID

from provide.foundation._lanes.everyday.spelling import ODD, Ways
from provide.foundation._process.memory import needed_for
from provide.foundation._record.redaction import MASK
from provide.foundation._record.values import (
    RENDERING,
    Limits,
    measured_fields,
    spell_float,
    spell_int,
)

_SMALLEST_INT = -(1 << 63)
_LARGEST_INT = (1 << 64) - 1
_END_OF_UNIQUE = 1 << 128
_MOST_KEYS = 1024
#: Longer keys are the encoder's business; shorter ones are in no budget, as there.
_LONGEST_KEY = 64
#: From so many items on, a list is asked as a whole whether all of it is of one type.
_MANY = 3
#: What a list is not asked about as a whole: each of these has a rule of its own in a list.
_SINGLE = frozenset({bool, type(None), list, tuple, datetime, UUID})


class CheckedValues:
    """Make plain data of fields.

    Args:
        limits: Where the encoder cuts; a value within them all is written whole.
        is_secret: Tells which keys' values are masked.
        keeps_kinds: Whether datetimes in UTC, those without a zone, and UUIDs stay as they are:
            orjson writes them as `isoformat` and `str` do, in less time.
    """

    __slots__ = (
        "_is_secret", "_keeps", "_keeps_unique", "_known", "_limits", "_most_chars", "_ways",
        "_ways_within", "careful",
    )  # fmt: skip

    def __init__(
        self, limits: Limits, is_secret: Callable[[str], bool], *, keeps_kinds: bool
    ) -> None:
        self._limits = limits
        self._keeps = datetime if keeps_kinds else None
        self._keeps_unique = UUID if keeps_kinds else None
        self._is_secret = is_secret
        self._most_chars = min(limits.string, limits.line)
        #: Keys inside values that need nothing done.
        self._known: set[str] = set()
        self._ways = Ways(within=False)
        self._ways_within = Ways(within=True)
        #: Whether integers are looked at: orjson refuses those beyond 64 bits, and so nobody looks
        #: until one is met, 0.98 of a line.
        self.careful = False

    def check(self, fields: dict[str, Any]) -> tuple[dict[str, Any], int, int]:
        """Return fields as plain data, the bytes to ask for, the number of all values.

        An integer may be beyond 64 bits as long as the walk is not `careful`.

        Args:
            fields: The fields, under names that need nothing done; they are left as they are.
        """
        ways = self._ways if RENDERING.encoder is None else self._ways_within
        limits, is_known, careful = self._limits, self._known.issuperset, self.careful
        items, nodes, depth = limits.items, limits.nodes, limits.depth
        keeps, unique = self._keeps, self._keeps_unique
        size, count, widest, wide = 0, 0, 0, False
        plain = fields.copy()
        level: list[Any] = [plain]
        while level:
            below: list[Any] = []
            for each in level:
                total = len(each)
                count += total
                if total > widest:
                    if total > items:
                        return self._encode(fields)
                    widest = total
                if count > nodes:
                    return self._encode(fields)
                listed = type(each) is list
                if listed:
                    if (
                        total >= _MANY
                        and (kinds := list(map(type, each))).count(kind := kinds[0]) == total
                    ):
                        if kind is int:
                            if not careful:
                                continue
                        elif kind is str:
                            size += sum(map(len, each))
                            wide = wide or not all(map(str.isascii, each))
                            continue
                        elif kind is float:
                            if all(map(isfinite, each)):
                                continue
                        elif kind is dict:
                            if (
                                max(map(len, each)) > items
                                or sum(map(len, each)) > nodes - count
                                or depth <= 0
                            ):
                                return self._encode(fields)
                            each[:] = copies = list(map(dict.copy, each))
                            below += copies
                            continue
                        elif kind not in _SINGLE:
                            each[:] = map(ways[kind], each)
                    pairs: Any = enumerate(each)
                elif is_known(each) or each is plain or self._learn(each):
                    pairs = each.items()
                else:
                    return self._encode(fields)
                for key, value in pairs:
                    kind = type(value)
                    if kind is str:
                        size += len(value)
                        wide = wide or not value.isascii()
                        continue
                    if kind is int:
                        if not careful or _SMALLEST_INT <= value <= _LARGEST_INT:
                            continue
                        made: Any = spell_int(value)
                    elif kind is float:
                        if value - value == 0.0:
                            continue
                        made = spell_float(value)
                    elif kind is dict or kind is list:
                        if len(value) > items:
                            return self._encode(fields)
                        made = value.copy()
                        if listed and len(made) == 2 and self._may_be_header(made):
                            return self._encode(fields)
                        below.append(made)
                    elif (
                        kind is bool
                        or value is None
                        or (kind is keeps and (value.tzinfo is UTC or value.tzinfo is None))
                        or (
                            kind is unique
                            and type(value.int) is int
                            and 0 <= value.int < _END_OF_UNIQUE
                        )
                    ):
                        continue
                    else:
                        made = ways[kind](value)
                        if type(made) is str:
                            size += len(made)
                            wide = wide or not made.isascii()
                        elif type(made) is dict or type(made) is list:
                            if listed and len(made) == 2 and self._may_be_header(made):
                                return self._encode(fields)
                            below.append(made)
                        elif made is ODD:
                            return self._encode(fields)
                    each[key] = made
            level = below
            depth -= 1
            if depth < 0 and below:
                return self._encode(fields)
        if size > self._most_chars:
            return self._encode(fields)
        return plain, needed_for(4 * size if wide else size, count, widest), count

    def be_careful(self) -> bool:
        """Look at integers from now on; False: that is done already, and another look is no use."""
        was, self.careful = self.careful, True
        return not was

    def _encode(self, fields: dict[str, Any]) -> tuple[dict[str, Any], int, int]:
        """Do all of it as the encoder does."""
        plain, size, count = measured_fields(fields, self._limits, self._is_secret)
        return plain, needed_for(size, count, count), count

    def _may_be_header(self, made: Any) -> bool:
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
