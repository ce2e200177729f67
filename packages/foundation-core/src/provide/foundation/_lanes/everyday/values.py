"""The checked walk: values as plain data, in copies that no other thread can change.

orjson gets nothing that has not been looked at, see `_render/json.py`. Here containers are copied
one by one, and the items of a copy are looked at and replaced. That is fast where all of it is
exact strings, numbers, booleans, None, dicts, lists, tuples and what `_lanes/everyday/spelling.py`
knows, with no limit in sight. Whatever is not goes, with all fields of its line, to the encoder of
`_record/values.py`, which says what the result has to be.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from math import isfinite
from typing import Any, TypeVar
from uuid import UUID

from provide.foundation._lanes.everyday.spelling import ODD, Ways
from provide.foundation._lanes.rare import Odd
from provide.foundation._process.memory import FEW_BYTES, SHORT_TEXT, ask_for_bytes, needed_for
from provide.foundation._record.redaction import MASK, KeyPolicy
from provide.foundation._record.values import (
    LARGEST_INT,
    LAZIES,
    RENDERING,
    SMALLEST_INT,
    Limits,
    measured_fields,
    spell_float,
    spell_int,
)
from provide.foundation.levels import ERROR

#: What is made of plain data.
Made = TypeVar("Made")

_MOST_KEYS = 1024
#: Longer keys are the encoder's business; shorter ones are in no budget, as there.
_LONGEST_KEY = 64
#: From so many items on, a list is asked as a whole whether all of it is of one type.
_MANY = 3
#: What a list is not asked about as a whole: each of these has a rule of its own in a list.
_SINGLE = frozenset({bool, type(None), list, tuple, datetime, UUID})
#: From so many bytes on, as `needed_for` reckons, a line is perhaps large.
_MUCH = 100_000
#: Of values: from so many on, the walk looks now and then how deep it is.
_WATCHED = 256
#: What no name of a header becomes.
_NO_NAMES = frozenset({int, float, bool, type(None), dict, list, tuple})


class CheckedValues:
    """Make plain data of fields.

    Args:
        limits: Where the encoder cuts; a value within them all is written whole.
        policy: Tells which keys' values are masked, and with what.
        keeps: Whether datetimes in UTC or without a zone, and UUIDs, stay: orjson is faster.
        hiding: The pipeline's, if any: its encoder searches texts.
    """

    __slots__ = (
        "_censor", "_is_secret", "anywhere", "careful", "check", "keeps_kinds", "known", "limits",
        "within",
    )  # fmt: skip

    def __init__(self, limits: Limits, policy: KeyPolicy, keeps: bool, hiding: Any) -> None:
        self._censor = policy.censor
        self.limits = limits if hiding is None else hiding.values
        self._is_secret = policy.is_secret
        self.keeps_kinds = keeps
        self.known: set[str] = set()  # keys inside values that need nothing done
        self.anywhere, self.within = Ways(within=False), Ways(within=True)
        #: Whether integers are looked at: orjson refuses those beyond 64 bits, and so nobody looks
        #: until one is met, 0.98 of a line.
        self.careful = False
        #: Returns fields as plain data, what to ask for, how many values they have.
        self.check = self.encode if hiding and hiding.searches else _make_check(self)

    def be_careful(self) -> bool:
        """Look at integers from now on; False: that is done already, and another look is no use."""
        was, self.careful = self.careful, True
        return not was

    def encode(self, fields: dict[str, Any]) -> tuple[dict[str, Any], int, int]:
        """Return fields as plain data by the encoder, what to ask for, how many values it has."""
        if LAZIES.force is not None and LAZIES.force(fields):
            return self.check(fields)
        plain, size, count = measured_fields(fields, self.limits, self._is_secret)
        return plain, needed_for(size, count, count), count

    def may_be_header(self, made: Any) -> bool:
        """Say whether a pair in a list, ``("Cookie", "...")``, perhaps has to be masked."""
        if type(made) is not list:
            return False
        first = made[0]
        if type(first) is str:
            return self._is_secret(first)
        return type(first) not in _NO_NAMES

    def learn(self, mapping: dict[Any, Any]) -> bool:
        """Mask what is secret, and remember the other keys; False: one is the encoder's."""
        for key in mapping:
            if type(key) is not str or len(key) > _LONGEST_KEY or not key.isascii():
                return False
            if self._is_secret(key):
                mapping[key] = MASK if self._censor is None else self._censor(mapping[key])
            elif key not in self.known:
                if len(self.known) >= _MOST_KEYS:
                    self.known.clear()
                self.known.add(key)
        return True


def make_renderer(
    values: CheckedValues,
    most: int,
    encode: Callable[[dict[str, Any]], Made],
    encode_much: Callable[[dict[str, Any]], Made],
) -> Callable[..., Made]:
    """Return what renders fields of any values: a closure, whose constants cost a call nothing.

    Args:
        values: Knows what is to be done with them.
        most: How many values a line may have.
        encode: Renders plain data.
        encode_much: Does so where it is perhaps large.
    """
    check = values.check

    def render(level: int, fields: dict[str, Any], room: int = 0) -> Made:
        """Return what `encode` makes of fields.

        Args:
            level: The level of the line.
            fields: The fields, under names that need nothing done; nobody else may have this dict.
                It is left as it is.
            room: The bytes to ask for beside.

        Raises:
            Exception: Only the processor lane can write them.
        """
        plain, need, count = check(fields)
        if count > most:
            raise Odd
        need += room
        try:
            if need > FEW_BYTES or level >= ERROR:
                ask_for_bytes(need)
                if need > _MUCH:
                    return encode_much(plain)
            return encode(plain)
        except TypeError:  # an integer beyond 64 bits, perhaps; or half of a surrogate pair
            if not values.be_careful():
                raise
        return render(level, fields, room)

    return render


def _make_check(
    values: CheckedValues,
) -> Callable[[dict[str, Any]], tuple[dict[str, Any], int, int]]:
    limits = values.limits
    items, nodes, depth, line = limits.items, limits.nodes, limits.depth, limits.line
    longest = limits.string
    #: Texts up to here are bounded by the number of values.
    short = min(SHORT_TEXT, longest)
    keeps, unique = (datetime, UUID) if values.keeps_kinds else (None, None)
    is_known, learn, may_be_header = values.known.issuperset, values.learn, values.may_be_header
    anywhere, within, give_up = values.anywhere, values.within, values.encode

    def check(fields: dict[str, Any]) -> tuple[dict[str, Any], int, int]:
        """Check fields; an integer may be beyond 64 bits as long as the walk is not `careful`."""
        careful = values.careful
        plain = fields
        count = widest = len(fields)
        if count > items:
            return give_up(fields)
        size, alike, watch = 0, 0, _WATCHED
        # Each container adds those that it holds, and the loop goes on with them.
        work: list[Any] = [fields]
        for each in work:
            listed = type(each) is list
            if listed:
                total = len(each)
                if (
                    total >= _MANY
                    and (kinds := list(map(type, each))).count(kind := kinds[0]) == total
                ):
                    if kind is int:
                        if not careful:
                            continue
                    elif kind is str:
                        if max(map(len, each)) <= short:
                            continue
                    elif kind is float:
                        if all(map(isfinite, each)):
                            continue
                    elif kind is dict:
                        count += sum(map(len, each))
                        widest = max(widest, *map(len, each))
                        if widest > items or count > nodes:
                            return give_up(fields)
                        each[:] = copies = list(map(dict.copy, each))
                        work += copies
                        alike += total - 1
                        continue
                    elif kind not in _SINGLE:
                        ways = anywhere if RENDERING.encoder is None else within
                        each[:] = map(way := ways[kind], each)
                        if way is str and max(map(len, each)) <= short:
                            continue
                pairs: Any = enumerate(each)
            elif each is fields or is_known(each) or learn(each):
                pairs = each.items()
            else:
                return give_up(fields)
            for key, value in pairs:
                kind = type(value)
                if kind is str:
                    if len(value) > short:
                        if len(value) > longest:
                            return give_up(fields)
                        size += len(value) if value.isascii() else 4 * len(value)
                    continue
                if kind is int:
                    if not careful or SMALLEST_INT <= value <= LARGEST_INT:
                        continue
                    made: Any = spell_int(value)
                elif kind is float:
                    if value - value == 0.0:
                        continue
                    made = spell_float(value)
                elif kind is dict or kind is list:
                    if len(value) > items:
                        return give_up(fields)
                    made = value.copy()
                elif (
                    kind is bool
                    or value is None
                    or (kind is unique and type(value.int) is int)
                    or (kind is keeps and (value.tzinfo is UTC or value.tzinfo is None))
                ):
                    continue
                else:
                    ways = anywhere if RENDERING.encoder is None else within
                    made = ways[kind](value)
                    if type(made) is str:
                        if len(made) > short:
                            if len(made) > longest:
                                return give_up(fields)
                            size += len(made) if made.isascii() else 4 * len(made)
                    elif made is ODD:
                        return give_up(fields)
                if each is fields:
                    if plain is fields:
                        plain = fields.copy()
                    plain[key] = made
                else:
                    each[key] = made
                if type(made) is dict or type(made) is list:
                    total = len(made)
                    count += total
                    if total > widest:
                        if total > items:
                            return give_up(fields)
                        widest = total
                    if listed and total == 2 and may_be_header(made):
                        return give_up(fields)
                    work.append(made)
                    if count > watch:
                        if count > nodes or (
                            len(work) - alike > depth and _is_deeper(plain, depth, work)
                        ):
                            return give_up(fields)
                        watch = min(4 * count, nodes)
        if len(work) - alike > depth and _is_deeper(plain, depth, work):
            return give_up(fields)
        if size + short * count > line:
            return give_up(fields)
        return plain, needed_for(size, count, widest), count

    return check


def _is_deeper(plain: dict[str, Any], depth: int, copies: list[Any]) -> bool:
    """Say whether more than so many copies are inside of each other; of these there are few."""
    known = set(map(id, copies))
    level: list[Any] = [plain]
    for _ in range(depth + 1):
        level = [
            item
            for each in level
            for item in (each.values() if type(each) is dict else each)
            if (type(item) is dict or type(item) is list) and id(item) in known
        ]
        if not level:
            return False
    return True
