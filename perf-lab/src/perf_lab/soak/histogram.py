"""Latencies, counted by buckets of 64 ns: a message costs an addition, and little memory.

Who logs adds to a dict itself, because a method would be half of the cost: `counts[ns >> SHIFT]`.
Standard library only.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from itertools import accumulate
from math import log2

SHIFT = 6
PERCENTILES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999, "p99.99": 0.9999}
#: From here on, a millisecond, a whole run keeps sixteen buckets for each doubling.
_COARSE = 1 << 14


def add_counts(total: Counter[int], counts: Mapping[str, int]) -> None:
    """Add the counts of a process, as JSON has them; how many buckets there are has a bound."""
    for name, count in counts.items():
        bucket = int(name)
        if bucket >= _COARSE:
            bucket = round(2 ** (round(log2(bucket) * 16) / 16))
        total[bucket] += count


def percentiles_us(counts: Mapping[int, int], form: str = "{}_us") -> dict[str, float]:
    """Return the percentiles in microseconds; nothing if there was no call."""
    buckets = sorted(counts)
    sums = list(accumulate(counts[bucket] for bucket in buckets))
    found = {}
    for name, share in PERCENTILES.items() if sums else ():
        rank = min(sums[-1] - 1, int(share * sums[-1]))
        at = bisect_right(sums, rank)
        bucket, count = buckets[at], counts[buckets[at]]
        inside = (rank - (sums[at] - count) + 0.5) / count
        found[form.format(name)] = round((bucket + inside) * (1 << SHIFT) / 1000, 3)
    return found


def latency_rows(counts: Mapping[int, int]) -> list[tuple[float, int]]:
    """Return upper ends in microseconds and calls, in buckets that grow by an eighth."""
    merged: list[tuple[float, int]] = []
    first = 0.0
    for bucket in sorted(counts):
        upper = round((bucket + 1 << SHIFT) / 1000, 3)
        if merged and upper <= first * 1.125:
            merged[-1] = (upper, merged[-1][1] + counts[bucket])
        else:
            first = upper
            merged.append((upper, counts[bucket]))
    return merged
