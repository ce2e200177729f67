"""Latencies, counted in a list, so that a message costs an addition and no memory.

Standard library only.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import log2

#: A call is counted in the bucket `ns >> SHIFT`; what does not fit into one is kept as it is.
SHIFT = 6
BUCKETS = 1 << 14
PERCENTILES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999, "p99.99": 0.9999}
#: Buckets for each doubling, of the slow calls of a whole run: their number has a bound.
_PER_DOUBLING = 16


class Histogram:
    """Count calls by how long they took.

    The writer adds to `counts` and `slow` itself, because a method would be half of the cost.

    Args:
        total: Whether it holds a whole run: then its counts are no Python objects, whose number
            would grow for as long as there are new buckets.
    """

    def __init__(self, *, total: bool = False) -> None:
        self.counts: list[int] | array[int] = array("Q", [0]) * BUCKETS if total else [0] * BUCKETS
        self.slow: list[int] = []
        self._older_slow = Counter[int]()

    def percentiles_us(self) -> dict[str, float]:
        """Return the percentiles in microseconds; nothing if there was no call."""
        sums = list(accumulate(self.counts))
        slow = self._slow_us()
        total = sums[-1] + len(slow)
        if not total:
            return {}
        found = {}
        for name, share in PERCENTILES.items():
            rank = min(total - 1, int(share * total))
            inside = rank < sums[-1]
            found[name] = self._inside_us(sums, rank) if inside else slow[rank - sums[-1]]
        return {name: round(value, 3) for name, value in found.items()}

    def _inside_us(self, sums: Sequence[int], rank: int) -> float:
        bucket = bisect_right(sums, rank)
        before = sums[bucket] - self.counts[bucket]
        share = (rank - before + 0.5) / self.counts[bucket]
        return (bucket + share) * (1 << SHIFT) / 1000

    def _slow_us(self) -> list[float]:
        older = Counter({2 ** (n / _PER_DOUBLING): count for n, count in self._older_slow.items()})
        return sorted(ns / 1000 for ns in [*older.elements(), *self.slow])

    def add(self, other: Histogram) -> None:
        """Count the calls of another one too."""
        counts = self.counts
        for bucket, count in enumerate(other.counts):
            if count:
                counts[bucket] += count
        # Rounded to a sixteenth of a doubling: whole lists would look like a leak.
        self._older_slow.update(round(log2(ns) * _PER_DOUBLING) for ns in other.slow)

    def clear(self) -> None:
        """Forget everything, in place: the writer holds on to both lists."""
        if isinstance(self.counts, list):
            self.counts[:] = [0] * BUCKETS
        else:
            self.counts[:] = array("Q", [0]) * BUCKETS
        self.slow.clear()

    def rows(self) -> list[tuple[float, int]]:
        """Return upper ends in microseconds and calls, in buckets that grow by an eighth."""
        regular = [((n + 1 << SHIFT) / 1000, count) for n, count in enumerate(self.counts) if count]
        return merge_rows([*regular, *((us, 1) for us in self._slow_us())])


def merge_rows(rows: Iterable[tuple[float, int]]) -> list[tuple[float, int]]:
    """Return fewer rows: neighbours within an eighth of each other become one."""
    merged: list[tuple[float, int]] = []
    first = 0.0
    for upper, count in sorted(rows):
        if merged and upper <= first * 1.125:
            merged[-1] = (round(upper, 3), merged[-1][1] + count)
        else:
            first = upper
            merged.append((round(upper, 3), count))
    return merged
