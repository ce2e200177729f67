"""Slopes: found where there are some, and not where there is only noise."""

from __future__ import annotations

import numpy as np
import pytest

from perf_lab.soak.drift import find_slope

X = [float(at) for at in range(100)]


def noise(seed: int, count: int = 100) -> list[float]:
    """Return noise in which each value resembles the one before."""
    random = np.random.default_rng(seed)
    values = [0.0]
    for _ in range(1, count):
        values.append(0.6 * values[-1] + float(random.normal()))
    return values


def test_slope_is_inside_of_its_interval() -> None:
    """A true slope of 0.5 lies inside of most intervals, and none holds 0."""
    found = [
        find_slope(X, [0.5 * x + 3 * y for x, y in zip(X, noise(seed), strict=True)])
        for seed in range(20)
    ]
    inside = [each for each in found if each is not None and each.low <= 0.5 <= each.high]
    above = [each for each in found if each is not None and each.low > 0]

    assert len(inside) >= 16
    assert len(above) == 20


def test_noise_has_no_slope() -> None:
    """Without a slope the interval holds 0, in most of many cases."""
    found = [find_slope(X, noise(seed)) for seed in range(20)]

    assert len([each for each in found if each is not None and each.low <= 0 <= each.high]) >= 16


def test_wild_seconds_do_not_move_it() -> None:
    """A few values that are a hundred times as high leave the slope where it was."""
    y = [0.5 * x + wave for x, wave in zip(X, noise(1), strict=True)]
    for at in (20, 60, 61, 90):
        y[at] *= 100
    slope = find_slope(X, y)

    assert slope is not None
    assert slope.slope == pytest.approx(0.5, rel=0.1)


def test_too_few_points_have_no_slope() -> None:
    """Four points give no interval, so they give nothing."""
    assert find_slope([1, 2, 3, 4], [1, 2, 3, 4]) is None


def test_what_a_rise_adds_up_to() -> None:
    """The rise over the run is the slope times its length; the sure one is the interval's end."""
    slope = find_slope(X, [3.0 * x for x in X])

    assert slope is not None
    assert [297.0, 297.0] == pytest.approx([slope.total, slope.sure_rise])
