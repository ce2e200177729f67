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
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Values = Sequence[float] | Numbers
#: Block means that a slope is made from; more would cost time and tell no more.
MOST_BLOCKS = 60
#: With fewer points no interval is given.
FEWEST_POINTS = 5
RESAMPLES = 500


@dataclass(frozen=True)
class Slope:
    """Hold a slope, its 95 % interval, and what it adds up to over the run.

    Args:
        slope, low, high: Per unit of x.
        span: The last x less the first.
        mean: Of y.
        points: How many y there were.
    """

    slope: float
    low: float
    high: float
    span: float
    mean: float
    points: int

    @property
    def total(self) -> float:
        """Return the rise over the run."""
        return self.slope * self.span

    @property
    def sure_rise(self) -> float:
        """Return the least rise over the run that the interval allows; 0 or less: none is sure."""
        return self.low * self.span


def find_slope(x: Values, y: Values, seed: int = 1) -> Slope | None:
    """Return the slope of y over x; None where there are too few points.

    Args:
        x: Where, rising.
        y: What was measured there.
        seed: Of the bootstrap, so that a record can be judged again.
    """
    if len(x) < FEWEST_POINTS:
        return None
    xs, ys = (_block_means(np.asarray(each, dtype=np.float64)) for each in (x, y))
    first, second = np.triu_indices(len(xs), 1)
    distance = xs[second] - xs[first]
    apart = distance > 0
    first, second, distance = first[apart], second[apart], distance[apart]
    if not len(distance):
        return None

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
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Slope(slope, float(low), float(high), float(x[-1] - x[0]), float(np.mean(ys)), len(x))


def _block_means(values: Numbers) -> Numbers:
    if len(values) <= MOST_BLOCKS:
        return values
    parts = np.array_split(values, MOST_BLOCKS)
    return np.asarray([part.mean() for part in parts])
