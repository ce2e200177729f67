"""Ratios of interleaved rounds, percentiles, and the comparison with a baseline; pure functions.

Times of one machine say little: this one slows down and speeds up by a third within a minute. Two
libraries that take turns of a few milliseconds are hit alike, so the ratio of each round is steady
where its two times are not, and the median of the ratios is the result.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import mean, median, stdev
from typing import Any

#: What the baseline allows: the founding claims' 5% of throughput and 10% of p50.
THROUGHPUT_LIMIT, P50_LIMIT = 0.05, 0.10
LIMITS = {"throughput": THROUGHPUT_LIMIT, "p50": P50_LIMIT}
#: What the gate of CI allows: beyond its noise, and well within a slowdown of 20%.
GATE_LIMITS = {"throughput": 0.11, "p50": 0.14}

PERCENTILES = {"p50": 50.0, "p90": 90.0, "p95": 95.0, "p99": 99.0, "p99.9": 99.9}
#: Resamples of a bootstrap, and how often the interval has what the rounds are of.
_RESAMPLES, _CONFIDENCE = 999, 0.95


def ratios_of(slower: Sequence[float], faster: Sequence[float]) -> list[float]:
    """Return how many times longer each round of one took than the same round of the other."""
    return [first / second for first, second in zip(slower, faster, strict=True)]


def ratio_of(slower: Sequence[float], faster: Sequence[float]) -> float:
    """Return the median of the rounds' ratios."""
    return median(ratios_of(slower, faster))


def interval_of(slower: Sequence[float], faster: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % confidence interval of the median of the rounds' ratios, by bootstrap."""
    import numpy  # to import scipy takes a second, which the gate has no need of
    from scipy.stats import bootstrap  # type: ignore[import-untyped]

    ratios = ratios_of(slower, faster)
    if len(ratios) < 2:
        return ratios[0], ratios[0]
    found = bootstrap(
        (ratios,), numpy.median, n_resamples=_RESAMPLES, confidence_level=_CONFIDENCE,
        method="percentile", rng=numpy.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    return float(found.low), float(found.high)


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return a percentile of sorted samples, by the nearest rank."""
    # Rounded, because 99.9% of 1,000 is a little more than 999 in floating point.
    rank = max(1, math.ceil(round(percent * len(ordered) / 100, 6)))
    return ordered[rank - 1]


def distribution(samples: Sequence[float]) -> dict[str, float]:
    """Return the percentiles, mean and standard deviation of latencies."""
    ordered = sorted(samples)
    found = {name: percentile(ordered, percent) for name, percent in PERCENTILES.items()}
    return {**found, "mean": mean(ordered), "stdev": stdev(ordered), "samples": len(ordered)}


@dataclass(frozen=True)
class Regression:
    """Describe one ratio beside that of a baseline, for the worse or the better."""

    workload: str
    metric: str
    reference: str
    before: float
    now: float
    limit: float

    @property
    def change(self) -> float:
        """Return by what share it has got worse; below 0 it has got better."""
        growth = self.now / self.before - 1
        return -growth if self.metric == "throughput" else growth

    @property
    def key(self) -> tuple[str, str, bool]:
        """Return what has changed, and whether it has got worse."""
        return self.workload, self.metric, self.change > 0

    def __str__(self) -> str:
        """Return the sentence that a person needs."""
        side = "worse" if self.change > 0 else "better"
        return (
            f"{self.workload}: {self.metric} relative to {self.reference} was {self.before:.3f}, "
            f"is {self.now:.3f}: {abs(self.change):.1%} {side}, limit {self.limit:.0%}"
        )


def compare(
    baseline: dict[str, Any], current: dict[str, Any], limits: dict[str, float]
) -> list[Regression]:
    """Return each ratio that both have, in the order of this run.

    Args:
        baseline: ``{workload: {metric: {reference: ratio}}}``; ratios of throughput are better
            when higher, those of p50 when lower.
        current: The same, of this run.
        limits: The allowed change for each metric, as a share.
    """
    return [
        Regression(workload, metric, reference, before, now, limits[metric])
        for workload, metrics in current.items()
        for metric, references in metrics.items()
        for reference, now in references.items()
        if (before := baseline.get(workload, {}).get(metric, {}).get(reference)) is not None
    ]


def find_changes(
    baseline: dict[str, Any], current: dict[str, Any], limits: dict[str, float]
) -> list[Regression]:
    """Return one for each workload and metric that changed against every reference alike.

    A slower Foundation is slower against the floor and against structlog; a figure that is worse
    against one of them alone is that one's noise. With a gain it is the same: a baseline that has
    become too easy hides the next loss. Arguments are those of `compare`.
    """
    found = []
    both = compare(baseline, current, limits)
    for _, pairs in groupby(both, lambda pair: (pair.workload, pair.metric)):
        alike = list(pairs)
        least = min(alike, key=lambda pair: abs(pair.change))
        if abs(least.change) > least.limit and len({pair.key for pair in alike}) == 1:
            found.append(least)
    return found
