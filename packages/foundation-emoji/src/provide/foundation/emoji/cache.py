"""A bounded map from a text to what was found out about it; imports nothing of this package.

Two generations: new texts go to the young one. When that is full it becomes the old one, and the
old one is forgotten whole. A text that is asked for while it is in the old one moves back to the
young one, so a flood of texts that never come again cannot push out those that do.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from threading import Lock
from typing import NamedTuple

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
    """

    __slots__ = ("_compute", "_generations", "_info_lock", "_looks", "_misses", "_seen")

    def __init__(self, compute: Callable[[str], str]) -> None:
        self._compute = compute
        # Young and old in one tuple, so that both are replaced at the same moment.
        self._generations: tuple[dict[str, str], dict[str, str]] = ({}, {})
        # next() of a count is one C call, so no thread's increment is lost.
        self._looks = count()
        self._misses = count()
        self._seen = 0
        self._info_lock = Lock()

    def get(self, text: str) -> str:
        """Return the value of a text, computed if need be."""
        next(self._looks)
        try:
            value = self._generations[0].get(text)
        except Exception:  # promise: a text of whatever class does not make a line fail
            value = None
        return self._miss(text) if value is None else value

    def _miss(self, text: str) -> str:
        if type(text) is not str:
            next(self._misses)
            return ""
        young, old = self._generations
        value = old.get(text)
        if value is None:
            next(self._misses)
            value = self._compute(text)
            if len(text) > LONGEST_KEY:
                return value
        if len(young) >= _GENERATION - _SPARE:
            # Made from what this thread has seen: if two do it at once, the full one is kept.
            self._generations = ({text: value}, young)
        else:
            young[text] = value
        return value

    def info(self) -> CacheInfo:
        """Return hits, misses, size and limit; texts that are in both generations count once."""
        with self._info_lock:
            # Reading a count moves it on, which is taken off again.
            looks = next(self._looks) - self._seen
            misses = next(self._misses) - self._seen
            self._seen += 1
        young, old = self._generations
        size = len(young.copy().keys() | old.copy().keys())
        return CacheInfo(max(looks - misses, 0), misses, size, LIMIT)
