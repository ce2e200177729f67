"""A bounded map from a text to what was found out about it; imports nothing of this package.

Two generations: new texts go to the young one. When that is full it becomes the old one, and the
old one is forgotten whole. A text that is asked for while it is in the old one moves back to the
young one, so a flood of texts that never come again cannot push out those that do.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from threading import RLock
from typing import NamedTuple

from provide.foundation.extension import call_holding, let_through

# A dict of 2,048 slots takes 1,365 entries before it grows: the memory is well filled then.
_GENERATION = 1_365
#: Entries of both generations together.
LIMIT = 2 * _GENERATION
# So many threads may store at the same moment, each after it has seen room, without going over it.
_SPARE = 65
#: Texts with more characters are not kept: strings of any length would be no bound at all.
LONGEST_KEY = 200


class CacheInfo(NamedTuple):
    """Say how a cache has done: how often asked with and without success, and how full it is."""

    hits: int
    misses: int
    size: int
    limit: int


class TextCache:
    """Remember what a function returns for each text; threads ask without a lock.

    A text that two threads ask for at the same moment may be computed twice. Only exact strings of
    200 characters or fewer are kept, 2,730 of them at most.

    Args:
        compute: Returns the value for a text; it must not raise, and equal texts give equal values.
        shape: Returns what all texts of one value have in common, under which that is kept; a text
            of its own is its own shape. By default every text is one of its own.
    """

    __slots__ = ("_compute", "_info_lock", "_looks", "_misses", "_old", "_seen", "_shape", "_young")

    def __init__(
        self, compute: Callable[[str], str], shape: Callable[[str], str] | None = None
    ) -> None:
        self._compute = compute
        self._shape = shape
        self._young: dict[str, str] = {}
        self._old: dict[str, str] = {}
        # next() of a count is one C call, so no thread's increment is lost.
        self._looks = count()
        self._misses = count()
        self._seen = 0
        self._info_lock = RLock()  # a signal handler may look, too

    def get(self, text: str) -> str:
        """Return the value of a text, computed if need be."""
        next(self._looks)
        try:
            value = self._young.get(text)
        except Exception:  # promise: a text of whatever class does not make a line fail
            let_through()
            value = None
        return self._miss(text) if value is None else value

    def _miss(self, text: str) -> str:
        if type(text) is not str:
            next(self._misses)
            return ""
        young, key = self._young, text
        if self._shape is not None:
            key = self._shape(text)
            if key is not text and key in young:
                return young[key]
        value = self._old.get(key)
        if value is None:
            next(self._misses)
            value = self._compute(text)
            if len(key) > LONGEST_KEY:
                return value
        if len(young) >= _GENERATION - _SPARE:
            # The full one as this thread has seen it: if two threads do this, it is kept all the
            # same. A look between the two lines finds the full one in both places.
            self._old = young
            self._young = {key: value}
        else:
            young[key] = value
        return value

    def info(self) -> CacheInfo:
        """Return hits, misses, size and limit; texts that are in both generations count once."""
        looks, misses = call_holding(self._info_lock, self._read)
        size = len(self._young.copy().keys() | self._old.copy().keys())
        return CacheInfo(max(looks - misses, 0), misses, size, LIMIT)

    def _read(self) -> tuple[int, int]:
        # Reading a count moves it on, which is taken off again.
        looks, misses = next(self._looks) - self._seen, next(self._misses) - self._seen
        self._seen += 1
        return looks, misses
