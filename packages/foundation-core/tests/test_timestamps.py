"""Tests of the texts of timestamps; the standard library's datetime is the judge."""

from __future__ import annotations

import math
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provide.foundation._record.timestamps import (
    FIRST_SECOND,
    LAST_SECOND,
    civil_time,
    format_moment,
    format_time,
    format_timestamp,
    second_text,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def expect(micros: int) -> str:
    """Return the timestamp of a number of microseconds, as datetime has it."""
    moment = EPOCH + timedelta(microseconds=micros)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(0, "1970-01-01T00:00:00.000000Z", id="epoch"),
        pytest.param(1795443000.125, "2026-11-23T14:10:00.125000Z", id="now"),
        pytest.param(951782400, "2000-02-29T00:00:00.000000Z", id="leap-day"),
        pytest.param(-0.25, "1969-12-31T23:59:59.750000Z", id="before-the-epoch"),
        pytest.param(-1e-20, "1969-12-31T23:59:59.999999Z", id="just-before-the-epoch"),
        pytest.param(math.nextafter(1, 0), "1970-01-01T00:00:00.999999Z", id="truncated"),
        pytest.param(FIRST_SECOND, "0001-01-01T00:00:00.000000Z", id="first"),
        pytest.param(LAST_SECOND, "9999-12-31T23:59:59.000000Z", id="last"),
        pytest.param(math.inf, "9999-12-31T23:59:59.000000Z", id="infinity"),
        pytest.param(-1e300, "0001-01-01T00:00:00.000000Z", id="far-past"),
        pytest.param(math.nan, "1970-01-01T00:00:00.000000Z", id="nan"),
    ],
)
def test_timestamp(seconds: float, expected: str) -> None:
    """A timestamp is RFC 3339 in UTC with microseconds, whatever the number."""
    assert expected == format_timestamp(seconds)


@given(st.floats(min_value=FIRST_SECOND, max_value=LAST_SECOND))
def test_timestamp_is_that_of_datetime(seconds: float) -> None:
    """Every moment is the truncation of the exact value of its float, to the microsecond."""
    exact = math.floor(Fraction(seconds) * 1_000_000)

    # The fraction below a microsecond is a float of its own, which may round up by one.
    assert format_timestamp(seconds) in (expect(exact), expect(exact + 1))


@given(st.integers(FIRST_SECOND, LAST_SECOND))
def test_whole_seconds_are_exact(second: int) -> None:
    """A whole second has no fraction, and is the text that the fast lane gets too."""
    assert expect(second * 1_000_000) == format_timestamp(second) == second_text(second) + "000000Z"


def test_moments_for_people_are_truncated() -> None:
    """People get milliseconds, cut and not rounded, with a space and without a zone."""
    assert ("2026-11-23 14:10:00.999", "14:10:00.999") == (
        format_moment(1795443000.9999),
        format_time(1795443000.9999),
    )


def test_threads_never_get_each_others_second() -> None:
    """Threads whose seconds differ share the cache without ever mixing date and fraction."""
    wrong: list[str] = []
    deadline = time.monotonic() + 0.5

    def format_often(second: int) -> None:
        expected = second_text(second) + "500000Z"
        while time.monotonic() < deadline:
            got = [format_timestamp(second + 0.5) for _ in range(200)]
            wrong.extend(text for text in got if text != expected)

    threads = [threading.Thread(target=format_often, args=(n * 86_401,)) for n in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)

    assert [] == wrong


@pytest.mark.parametrize("second", [FIRST_SECOND, -86_401, -1, 0, 951_782_400, LAST_SECOND])
def test_calendar_of_our_own(second: int) -> None:
    """What stands in for a `gmtime` that refuses a second, as Windows' does, is right."""
    moment = EPOCH + timedelta(seconds=second)

    assert tuple(moment.timetuple())[:6] == civil_time(second)
