"""Ratios, percentiles and the search for regressions."""

from __future__ import annotations

import pytest

from perf_lab.comparison.ratios import (
    Regression,
    distribution,
    find_changes,
    find_missing,
    interval_of,
    percentile,
    ratio_of,
)

LIMITS = {"throughput": 0.05, "p50": 0.10}


def row(floor: float, structlog: float) -> dict[str, dict[str, float]]:
    """Return the throughput ratios of one row."""
    return {"throughput": {"hand-rolled": floor, "structlog-tuned": structlog}}


def test_ratio_is_the_median_of_the_rounds_ratios() -> None:
    """A machine that slows down by half in the middle does not change the ratio."""
    assert 2.0 == ratio_of([200.0, 400.0, 210.0], [100.0, 200.0, 105.0])


def test_one_disturbed_round_does_not_count() -> None:
    """A round in which one of the two was interrupted is an outlier of the ratios."""
    assert 2.0 == ratio_of([200.0, 900.0, 200.0], [100.0, 100.0, 100.0])


@pytest.mark.parametrize(
    ("percent", "expected"), [(50.0, 500.0), (99.0, 990.0), (99.9, 999.0), (100.0, 1000.0)]
)
def test_percentile_is_the_nearest_rank(percent: float, expected: float) -> None:
    """A percentile is a sample that was measured, not a mean of two."""
    assert expected == percentile([float(number) for number in range(1, 1001)], percent)


def test_distribution_has_every_percentile_of_the_document() -> None:
    """The five percentiles, the mean and the standard deviation are there."""
    expected = {"p50", "p90", "p95", "p99", "p99.9", "mean", "stdev", "samples"}

    assert expected == distribution([1.0, 2.0, 3.0]).keys()


def test_slower_against_every_reference_is_a_regression() -> None:
    """Foundation itself has become slower: both ratios fall."""
    expected = Regression("static", "throughput", "structlog-tuned", 3.0, 2.7, 0.05)

    assert [expected] == find_changes(
        {"static": row(0.60, 3.0)}, {"static": row(0.50, 2.7)}, LIMITS
    )


def test_slower_against_one_reference_is_noise() -> None:
    """If only one ratio falls, it was the reference that has become faster."""
    assert [] == find_changes({"static": row(0.60, 3.0)}, {"static": row(0.60, 2.5)}, LIMITS)


def test_gain_against_every_reference_is_found() -> None:
    """A baseline that has become too easy would hide the next loss; a gain against one is noise."""
    before = {"static": row(0.60, 3.0)}

    found = find_changes(before, {"static": row(0.70, 3.3)}, LIMITS)
    assert ["static: throughput relative to structlog-tuned was 3.000, is 3.300: 10.0% better, "
            "limit 5%"] == [str(each) for each in found]  # fmt: skip
    assert [] == find_changes(before, {"static": row(0.70, 3.0)}, LIMITS)


def test_interval_holds_the_median() -> None:
    """The bootstrap's interval is around the median, and narrower where the rounds agree."""
    one = [1.0] * 100
    wide, narrow = (
        interval_of([2 + (number % 7) * step for number in range(100)], one) for step in (0.1, 0.01)
    )

    assert wide[0] <= 2.3 <= wide[1]
    assert 0 < narrow[1] - narrow[0] < wide[1] - wide[0] < 0.3
    assert (2.0, 2.0) == interval_of([2.0], [1.0])


def test_loss_within_the_limit_is_allowed() -> None:
    """Four percent are within the five that are allowed."""
    now = {"static": row(0.576, 2.88)}

    assert [] == find_changes({"static": row(0.60, 3.0)}, now, LIMITS)


def test_higher_p50_is_a_regression() -> None:
    """For a latency, more is worse."""
    before = {"static": {"p50": {"hand-rolled": 1.5}}}

    found = find_changes(before, {"static": {"p50": {"hand-rolled": 1.8}}}, LIMITS)

    assert ["static: p50 relative to hand-rolled was 1.500, is 1.800: 20.0% worse, limit 10%"] == [
        str(each) for each in found
    ]


def test_row_without_a_figure_is_missing() -> None:
    """A row whose output was wrong must not pass for one that is as fast as before."""
    assert ["static"] == find_missing({"static": row(0.6, 3.0)}, {"static": {}})
