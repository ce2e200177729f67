"""Whether a found value says what was logged, in which form."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from perf_lab.comparison.equality import Equality, compare
from perf_lab.workloads.objects import MAKERS, Status
from perf_lab.workloads.table import WORKLOADS

_RECORD = {"id": 7, "name": "Jane"}


@pytest.mark.parametrize(
    ("logged", "found", "expected"),
    [
        pytest.param(1, 1, Equality.SAME, id="number"),
        pytest.param(1, 2, Equality.NONE, id="another-number"),
        pytest.param(1, "1", Equality.LESSER, id="number-as-text"),
        pytest.param("paid", "Status.PAID", Equality.LESSER, id="enum-by-its-name"),
        pytest.param(Decimal("1.50"), "1.50", Equality.SAME, id="decimal"),
        pytest.param(datetime(2026, 7, 1, 12, tzinfo=UTC), "2026-07-01T14:00:00+02:00",
                     Equality.SAME, id="time-of-another-zone"),
        pytest.param(datetime(2026, 7, 1, 12, tzinfo=UTC), "2026-07-01T12:00:00Z", Equality.SAME,
                     id="time-with-z"),
        pytest.param(datetime(2026, 7, 1, 12, tzinfo=UTC), "2026-07-01T13:00:00Z", Equality.NONE,
                     id="another-time"),
        pytest.param(date(2026, 7, 1), "2026-07-01", Equality.SAME, id="date"),
        pytest.param(timedelta(seconds=90), 90.0, Equality.SAME, id="seconds"),
        pytest.param(b"ab", "b'ab'", Equality.SAME, id="bytes"),
        pytest.param({"a", "b"}, ["b", "a"], Equality.SAME, id="set"),
        pytest.param([1, 2], [1], Equality.NONE, id="shorter-list"),
        pytest.param([1, 2], "array([1, 2])", Equality.LESSER, id="list-as-text"),
        pytest.param([1, 2], "array([1, 3])", Equality.NONE, id="another-list-as-text"),
        pytest.param(_RECORD, _RECORD, Equality.SAME, id="record"),
        pytest.param(_RECORD, {"id": 7}, Equality.NONE, id="record-without-a-field"),
        pytest.param(_RECORD, "Person(id=7, name='Jane')", Equality.LESSER, id="record-as-text"),
        pytest.param(_RECORD, [7, "Jane"], Equality.LESSER, id="record-without-names"),
        pytest.param([_RECORD], ["Person(id=7, name='Jane')"], Equality.LESSER, id="inner-text"),
        pytest.param(ValueError("fail"), "ValueError: fail", Equality.SAME, id="exception"),
    ],
)  # fmt: skip
def test_form_is_told_apart(logged: Any, found: Any, expected: Equality) -> None:
    """The same value is the same in each spelling of JSON, and text in place of parts is lesser."""
    assert expected is compare(logged, found)


def test_every_maker_makes_what_its_workloads_name() -> None:
    """An expression of a workload that names an object finds it."""
    pytest.importorskip("numpy")
    pytest.importorskip("pydantic")
    made = {name: make() for name, make in MAKERS.items()}
    for workload in filter(lambda each: each.objects, WORKLOADS.values()):
        named = [field.expression for field in (*workload.context, *workload.fields)]
        objects = {each for each in named if each.isidentifier() and each.isupper()}
        assert set() == objects - made[workload.objects].keys(), workload.name

    assert Status.PAID is made["order"]["STATUS"]
