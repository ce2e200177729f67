"""Slopes with their intervals: does a figure rise or fall over a run?

The slope is Theil's and Sen's: the median of the slopes between all pairs of block means. A few
wild seconds, of which a shared machine has many, do not move it as they move least squares. Its
95 % interval comes from a moving-block bootstrap of the residuals: they are drawn in runs of
neighbours, because a second resembles the one before, and an interval that takes them for
independent is too narrow.

Source: P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", 1968;
H. R. Künsch, "The jackknife and the bootstrap for general stationary observations", 1989.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Values = Sequence[float] | Numbers
#: Block means that a slope is made from; more would cost time and tell no more.
MOST_BLOCKS = 60
#: With fewer points no interval is given.
FEWEST_POINTS = 5
RESAMPLES = 500


def find_slope(x: Values, y: Values, seed: int = 1) -> dict[str, float]:
    """Return the slope of y over x; nothing where there are too few points.

    "slope", "low" and "high" (of the interval) are per unit of x, "total" and "total_low" what they
    add up to over the "span" of x: a rise is sure where the latter is above 0. "mean" and "points"
    are of y.

    Args:
        x: Where, rising.
        y: What was measured there.
        seed: Of the bootstrap, so that a record can be judged again.
    """
    if len(x) < FEWEST_POINTS:
        return {}
    xs, ys = (_block_means(np.asarray(each, dtype=np.float64)) for each in (x, y))
    first, second = np.triu_indices(len(xs), 1)
    distance = xs[second] - xs[first]
    apart = distance > 0
    first, second, distance = first[apart], second[apart], distance[apart]
    if not len(distance):
        return {}

    def slope_of(values: Numbers) -> float:
        return float(np.median((values[second] - values[first]) / distance))

    slope = slope_of(ys)
    line = slope * xs
    line = line + np.median(ys - line)
    residuals = ys - line
    random = np.random.default_rng(seed)
    # About the cube root is the length that makes the error of such an interval least.
    length = min(len(ys), max(2, round(1.5 * len(ys) ** (1 / 3))))
    runs = -(-len(ys) // length)
    starts = random.integers(0, len(ys) - length + 1, size=(RESAMPLES, runs))
    places = (starts[:, :, None] + np.arange(length)).reshape(RESAMPLES, -1)[:, : len(ys)]
    drawn = [slope_of(line + residuals[each]) for each in places]
    low, high = map(float, np.percentile(drawn, [2.5, 97.5]))
    span = float(x[-1] - x[0])
    return {
        "slope": slope, "low": low, "high": high, "span": span, "total": slope * span,
        "total_low": low * span, "mean": float(np.mean(ys)), "points": len(x),
        "zero_within": low <= 0 <= high,
    }  # fmt: skip


def _block_means(values: Numbers) -> Numbers:
    if len(values) <= MOST_BLOCKS:
        return values
    parts = np.array_split(values, MOST_BLOCKS)
    return np.asarray([part.mean() for part in parts])
