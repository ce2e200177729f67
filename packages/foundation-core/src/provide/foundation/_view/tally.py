"""Entries counted instead of shown: by the values of keys, and over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from provide.foundation._record.escaping import escape_text
from provide.foundation._record.timestamps import format_moment
from provide.foundation._view.dialects.reader import Entry
from provide.foundation._view.query.values import MISSING, as_text, find_value
from provide.foundation.levels import ERROR

#: Different values that are counted; all further ones are counted together.
MOST_VALUES = 100_000
_ROWS, _BAR = 24, 40
_STEPS_S = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
    172_800, 604_800, 2_592_000, 31_536_000,
)  # fmt: skip
_WIDEST = 60


class CountBy:
    """Count entries by the values that they have under some keys."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = keys
        self._counts: Counter[tuple[str, ...]] = Counter()

    def add(self, entry: Entry) -> None:
        """Count an entry."""
        found = (find_value(entry, key) for key in self.keys)
        values = tuple("-" if each is MISSING else as_text(each)[:_WIDEST] for each in found)
        if len(self._counts) >= MOST_VALUES and values not in self._counts:
            values = ("(others)",) + ("",) * (len(self.keys) - 1)
        self._counts[values] += 1

    def rows(self, *, local: bool) -> Iterator[str]:
        """Yield a heading, and a row for each value, the most frequent first."""
        counted = sorted(self._counts.items(), key=lambda each: (-each[1], each[0]))
        shown = [(f"{count:,}", *map(escape_text, values)) for values, count in counted]
        table = [("count", *self.keys), *shown]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for count, *values in table:
            cells = (f"{value:{width}}" for value, width in zip(values, widths[1:], strict=True))
            yield f"{count:>{widths[0]}}  {'  '.join(cells)}".rstrip()


class Histogram:
    """Count entries over time."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self._errors: Counter[int] = Counter()
        self._timeless = 0
        self._step = 1

    def add(self, entry: Entry) -> None:
        """Count an entry."""
        if entry.seconds is None:
            self._timeless += 1
            return
        at = int(entry.seconds // self._step)
        self._counts[at] += 1
        if entry.level is not None and entry.level >= ERROR:
            self._errors[at] += 1
        if len(self._counts) > MOST_VALUES:
            self._widen(self._step * 10)

    def rows(self, *, local: bool) -> Iterator[str]:
        """Yield a row for each stretch of time: where it begins, how many, how many errors."""
        if self._counts:
            span = (max(self._counts) - min(self._counts) + 1) * self._step
            step = next((each for each in _STEPS_S if each * _ROWS >= span), _STEPS_S[-1])
            self._widen(-(-step // self._step) * self._step)
            most = max(self._counts.values())
            width = len(f"{most:,}")
            for at in range(min(self._counts), max(self._counts) + 1):
                count, errors = self._counts[at], self._errors[at]
                bar = "█" * -(-count * _BAR // most)
                moment = format_moment(at * self._step, local=local)[:19]
                said = f"  {errors:,} errors" if errors else ""
                yield f"{moment}  {count:>{width},}  {bar}{said}".rstrip()
        if self._timeless:
            yield f"{self._timeless:,} lines have no time"

    def _widen(self, step: int) -> None:
        factor = step // self._step
        for counts in (self._counts, self._errors):
            kept = dict(counts)
            counts.clear()
            for at, count in kept.items():
                counts[at // factor] += count
        self._step = step
