"""Ratios, percentiles and the search for regressions."""

from __future__ import annotations

import pytest

from perf_lab.comparison import ratios

BASE = "static: throughput relative to structlog-tuned was 3.000, is "


@pytest.mark.parametrize("slow", [[200.0, 400.0, 210.0], [200.0, 900.0, 210.0]])
def test_ratio_is_the_median_of_the_rounds_ratios(slow: list[float]) -> None:
    """A machine that slows down in the middle does not change the ratio, nor does an outlier."""
    assert 2.0 == ratios.ratio_of(slow, [100.0, 200.0, 105.0])


@pytest.mark.parametrize(
    ("percent", "expected"), [(50.0, 500.0), (99.0, 990.0), (99.9, 999.0), (100.0, 1000.0)]
)
def test_percentile_is_the_nearest_rank(percent: float, expected: float) -> None:
    """A percentile is a sample that was measured, not a mean of two."""
    assert expected == ratios.percentile([float(number) for number in range(1, 1001)], percent)


def test_distribution_has_every_percentile_of_the_document() -> None:
    """The five percentiles, the mean and the standard deviation are there."""
    expected = {"p50", "p90", "p95", "p99", "p99.9", "mean", "stdev", "samples"}

    assert expected == ratios.distribution([1.0, 2.0, 3.0]).keys()


@pytest.mark.parametrize(
    ("metric", "floor", "structlog", "found"),
    [
        pytest.param("throughput", 0.50, 2.7, [f"{BASE}2.700: 10.0% worse, limit 5%"], id="slower"),
        pytest.param("throughput", 0.60, 2.5, [], id="slower-against-one-is-its-noise"),
        pytest.param("throughput", 0.576, 2.88, [], id="slower-within-the-limit"),
        pytest.param("throughput", 0.70, 3.3, [f"{BASE}3.300: 10.0% better, limit 5%"], id="gain"),
        pytest.param("throughput", 0.70, 3.0, [], id="gain-against-one-is-noise"),
        pytest.param("throughput", 0.50, 3.3, [], id="each-on-its-side"),
        pytest.param("p50", 0.72, 4.0, ["static: p50 relative to hand-rolled was 0.600, is 0.720: "
                                        "20.0% worse, limit 10%"], id="higher-p50-is-worse"),
    ],
)  # fmt: skip
def test_change_against_every_reference_is_found(
    metric: str, floor: float, structlog: float, found: list[str]
) -> None:
    """Foundation itself has changed where all ratios have; a gain hides the next loss, too."""
    before, now = (
        {"static": {metric: {"hand-rolled": one, "structlog-tuned": other}}}
        for one, other in ((0.60, 3.0), (floor, structlog))
    )

    assert found == list(map(str, ratios.find_changes(before, now, ratios.LIMITS)))


def test_interval_holds_the_median() -> None:
    """The bootstrap's interval is around the median, and narrower where the rounds agree."""
    one = [1.0] * 100
    wide, narrow = (
        ratios.interval_of([2 + (number % 7) * step for number in range(100)], one)
        for step in (0.1, 0.01)
    )

    assert wide[0] <= 2.3 <= wide[1]
    assert 0 < narrow[1] - narrow[0] < wide[1] - wide[0] < 0.3
    assert (2.0, 2.0) == ratios.interval_of([2.0], [1.0])
