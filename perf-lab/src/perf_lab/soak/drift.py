"""From the series of a run to slopes with their intervals, and to what is judged.

The slope is Theil's and Sen's: the median of the slopes between all pairs of block means. A few
wild seconds, of which a shared machine has many, do not move it as they move least squares. Its
95 % interval comes from a moving-block bootstrap of the residuals: they are drawn in runs of
neighbours, because a second resembles the one before, and an interval that takes them for
independent is too narrow.

A rise counts as found when the whole interval lies above zero; it fails when what it surely adds up
to over the run is more than its limit. Resident memory comes in steps (an arena of Python's
allocator is 1 MiB), so one step is allowed. Times are judged in relation to a yardstick, a fixed
piece of work that is timed in each second too: on a shared machine the processor itself drifts by
more than any logger may. The limits stand in soak.toml.

Source: P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", 1968;
H. R. Künsch, "The jackknife and the bootstrap for general stationary observations", 1989.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perf_lab.laboratory import known, middle
from perf_lab.soak.mix import DOCUMENTED_RATE
from perf_lab.soak.series import PLAN, Series

Numbers = NDArray[np.float64]
#: Block means that a slope is made from; more would cost time and tell no more.
MOST_BLOCKS = 60
#: With fewer points no interval is given, and with fewer samples times are not judged.
FEWEST_POINTS, FEWEST_TIMES = 5, 30
RESAMPLES = 500


def find_slope(x: Sequence[float] | Numbers, y: Sequence[float] | Numbers) -> dict[str, float]:
    """Return the slope of y over x; nothing where there are too few points.

    "slope", "low" and "high" (of the interval) are per unit of x, "total" and "total_low" what they
    add up to over the "span" of x: a rise is sure where the latter is above 0. "mean" and "points"
    are of y.

    Args:
        x: Where, rising.
        y: What was measured there.
    """
    if len(x) < FEWEST_POINTS or x[0] == x[-1]:
        return {}
    blocks = min(len(x), MOST_BLOCKS)
    xs, ys = (np.array([part.mean() for part in np.array_split(np.asarray(each, float), blocks)])
              for each in (x, y))  # fmt: skip
    first, second = np.nonzero(xs[:, None] < xs)
    distance = xs[second] - xs[first]

    def slope_of(values: Numbers) -> float:
        return float(np.median((values[second] - values[first]) / distance))

    slope = slope_of(ys)
    line = slope * xs
    line = line + np.median(ys - line)
    random = np.random.default_rng(1)  # a record can be judged again
    # About the cube root is the length that makes the error of such an interval least.
    length = min(blocks, max(2, round(1.5 * blocks ** (1 / 3))))
    starts = random.integers(0, blocks - length + 1, size=(RESAMPLES, -(-blocks // length)))
    places = (starts[:, :, None] + np.arange(length)).reshape(RESAMPLES, -1)[:, :blocks]
    drawn = [slope_of(line + (ys - line)[each]) for each in places]
    low, high = map(float, np.percentile(drawn, [2.5, 97.5]))
    span = float(x[-1] - x[0])
    return {
        "slope": slope, "low": low, "high": high, "span": span, "total": slope * span,
        "total_low": low * span, "mean": float(np.mean(ys)), "points": len(x),
        "zero_within": low <= 0 <= high,
    }  # fmt: skip


def evaluate(
    series: Series, ours: Mapping[str, Any], lines: int, rate: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the record's data, and the figures that are judged.

    Args:
        series: All samples.
        ours: The summary of Foundation, with the counts of all runs that the series has.
        lines: How many lines the reader has counted in this run.
        rate: What was asked for; 0: as fast as it goes.
    """
    judged = series.judged()
    drift: dict[str, dict[str, Any]] = {}
    samples = len(judged["t_s"])
    for name, kind in PLAN["drift"].items():
        per, there = PLAN["per"][kind["over"]], ~np.isnan(judged[name])
        slope = find_slope(judged[kind["over"]][there] / per["size"], judged[name][there])
        words = {"what": kind["what"], "unit": kind["unit"], "per": per["name"]}
        drift[name] = {"name": name, **words, **slope}

    def gained(name: str) -> float:
        values, part = judged[name], max(1, samples // 10)
        return float(np.median(values[-part:]) - np.median(values[:part]))

    summary = {
        **ours, "runs": series.run + 1,
        "hours_at_14000": ours["messages"] / DOCUMENTED_RATE / 3600,
        **{name: middle(judged[name].tolist()) for name in ("rss_bytes", "cpu_ns")},
        "rss_growth_bytes": drift["rss_bytes"].get("total"),
    }  # fmt: skip
    figures: dict[str, Any] = {
        **ours, "children_missing": ours["forks"] - ours["children"],
        "count_difference": known(lambda: abs(ours["written"] - lines)),
        **{name: drift[name].get("total_low") for name in ("rss_bytes", "blocks")},
    }  # fmt: skip
    if rate:
        figures["rate_share"] = summary["rate"] / rate
    if samples:
        figures |= {name: gained(name) for name in ("open_files", "threads")}
    if samples >= FEWEST_TIMES:
        for name in ("cpu_share", "p50_share"):
            figures[name] = 100 * drift[name]["total_low"] / drift[name]["mean"]
    return {"summary": summary, "drift": list(drift.values()), **series.thin()}, figures
