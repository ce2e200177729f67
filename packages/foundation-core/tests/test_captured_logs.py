"""The list of captured lines: what matches, what does not, and what it says then."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any
from unittest.mock import ANY

import pytest

from provide.foundation import get_logger, reset_for_testing, set_level
from provide.foundation.testing import CapturedLogs, capture_logs

log = get_logger("shop.orders")


@pytest.fixture
def lines() -> Iterator[CapturedLogs]:
    """Give four captured lines."""
    reset_for_testing()
    set_level("DEBUG")
    with capture_logs() as captured:
        log.info("order_placed", order_id=1, customer={"name": "kim", "age": 30}, items=["tea", 2])
        log.info("order_placed", order_id=2, total=9.5)
        log.warning("stock_low", item="tea", password="hunter2")
        get_logger("shop.mail").debug("mail_sent", to=None)
    yield captured
    reset_for_testing()


def raises(value: object) -> bool:
    """Refuse every value with an error."""
    raise KeyError(value)


@pytest.mark.parametrize(
    ("event", "fields", "count"),
    [
        pytest.param("order_placed", {}, 2, id="event"),
        pytest.param("order_placed", {"order_id": 1}, 1, id="field"),
        pytest.param(ANY, {"order_id": 1}, 1, id="field-alone"),
        pytest.param(ANY, {}, 4, id="all"),
        pytest.param("order", {}, 0, id="part-of-an-event"),
        pytest.param(re.compile("^order_"), {}, 2, id="pattern"),
        pytest.param(str.isidentifier, {}, 4, id="callable"),
        pytest.param("order_placed", {"order_id": int}, 2, id="class"),
        pytest.param("order_placed", {"order_id": str}, 0, id="other-class"),
        pytest.param("order_placed", {"order_id": lambda n: n > 1}, 1, id="condition"),
        pytest.param("order_placed", {"order_id": raises}, 0, id="condition-that-raises"),
        pytest.param("order_placed", {"order_id": ANY}, 2, id="any-value"),
        pytest.param("order_placed", {"nothing": ANY}, 0, id="any-value-of-no-key"),
        pytest.param("mail_sent", {"to": None}, 1, id="none"),
        pytest.param("stock_low", {"to": None}, 0, id="none-is-not-absent"),
        pytest.param(ANY, {"customer": {"name": "kim"}}, 1, id="part-of-a-mapping"),
        pytest.param(ANY, {"customer": {"age": range(40).__contains__}}, 1, id="deep-condition"),
        pytest.param(ANY, {"customer": {"name": "bo"}}, 0, id="other-part"),
        pytest.param(ANY, {"items": [re.compile("t"), int]}, 1, id="items"),
        pytest.param(ANY, {"items": ("tea", 2)}, 1, id="tuple-for-a-list"),
        pytest.param(ANY, {"items": ["tea"]}, 0, id="too-few-items"),
        pytest.param(ANY, {"total": pytest.approx(9.5001, rel=0.1)}, 1, id="approx"),
        pytest.param(ANY, {"level": "warning"}, 1, id="level"),
        pytest.param(ANY, {"level": "WARN"}, 1, id="level-in-capitals"),
        pytest.param(ANY, {"level": logging.WARNING}, 1, id="level-number"),
        pytest.param(ANY, {"logger": "shop.mail"}, 1, id="logger"),
        pytest.param(ANY, {"logger": re.compile(r"^shop\b")}, 4, id="logger-pattern"),
        pytest.param(ANY, {"event": "stock_low"}, 1, id="event-as-a-field"),
    ],
)
def test_matching(lines: CapturedLogs, event: object, fields: dict[str, Any], count: int) -> None:
    """Every question finds the same lines."""
    found = lines.has(event, **fields)
    assert (bool(count), count) == (bool(found), len(found.lines))
    assert found.lines == lines.filter(event, **fields)
    assert count == lines.count(event, **fields)


def test_a_list_it_stays(lines: CapturedLogs) -> None:
    """It equals a plain list, counts equal lines, and `filter` gives a list of the same kind."""
    assert list(lines) == lines
    assert (1, 0) == (lines.count(lines[2]), lines.count({"event": "stock_low"}))
    assert lines.filter("order_placed").has(order_id=2)


def test_one_and_only(lines: CapturedLogs) -> None:
    """`one` returns the line that matches, `only` the line that stands alone; else they say why."""
    assert {"item": "tea"}.items() <= lines.one("stock_low").items()
    with pytest.raises(AssertionError) as several:
        lines.one("order_placed")
    with pytest.raises(AssertionError, match="no line order_paid"):
        lines.one("order_paid")
    with pytest.raises(AssertionError) as beside:
        lines.only("stock_low")
    assert lines[3] == lines.filter("mail_sent").only("mail_sent", logger="shop.mail")

    assert (
        "found 2 lines order_placed\n"
        "  info shop.orders order_placed order_id=1 customer={'name': 'kim', 'age': 30} "
        "items=['tea', 2]\n"
        "  info shop.orders order_placed order_id=2 total=9.5"
    ) == str(several.value)
    assert str(beside.value).startswith("one line stock_low, beside 3 others:\n  info shop.orders")


def test_in_order(lines: CapturedLogs) -> None:
    """Lines are found in the order in which they came, others may stand between them."""
    found = lines.in_order("order_placed", {"event": "stock_low", "level": "warning"}, "mail_sent")
    assert [lines[0], lines[2], lines[3]] == found.lines
    assert lines.in_order("order_placed", "order_placed")

    missing = lines.in_order("stock_low", "order_placed")
    assert not missing
    assert "no line order_placed after stock_low\n  [0] info" in missing.explanation
    assert not lines.in_order("order_placed", "order_placed", "order_placed")


def test_nearest_lines(lines: CapturedLogs) -> None:
    """What is not found is explained by the nearest lines, and what each of them lacks."""
    wanted = {"name": "bo", "age": str, "zip": ANY}
    found = lines.has("order_placed", order_id=3, customer=wanted, level="error")

    assert "<no line order_placed with order_id=3, customer=" in repr(found)
    assert (
        """\
no line order_placed with order_id=3, customer={'name': 'bo', 'age': str, 'zip': ANY}, level='error'
  nearest of 4 lines:
    [1] info shop.orders order_placed order_id=2
        order_id: 3 expected, 2 found
        customer: {'name': 'bo', 'age': str, 'zip': ANY} expected, not there
        level: 'error' expected, 'info' found
    [0] info shop.orders order_placed order_id=1 customer={'name': 'kim', 'age': 30}
        order_id: 3 expected, 1 found
        customer.name: 'bo' expected, 'kim' found
        customer.age: of str expected, 30 found
        customer.zip: ANY expected, not there
        level: 'error' expected, 'info' found
    [2] warning shop.orders stock_low
        event: 'order_placed' expected, 'stock_low' found
        order_id: 3 expected, not there
        customer: {'name': 'bo', 'age': str, 'zip': ANY} expected, not there
        level: 'error' expected, 'warning' found"""
        == found.explanation
    )


def test_misspelt_event_is_near(lines: CapturedLogs) -> None:
    """The event that is most alike comes first."""
    found = lines.has("stok_low")
    assert "nearest of 4 lines:\n    [2] warning shop.orders stock_low" in found.explanation


def test_nothing_was_logged() -> None:
    """An empty list says that it is empty."""
    found = CapturedLogs().has("e")
    assert "no line e\n  nothing was logged at the levels that are in force" == found.explanation


def test_secrets_stay_out_of_messages() -> None:
    """A value under a secret key is in no message, at any depth."""
    lines = CapturedLogs([{"event": "e", "headers": {"Authorization": "Bearer 1", "n": 1}}])
    found = lines.has("e", headers={"Authorization": "Bearer 2", "n": 2})
    rows = found.explanation.splitlines()

    assert "no line e with headers={'Authorization': ***, 'n': 2}" == rows[0]
    assert ["headers.Authorization: not as expected", "headers.n: 2 expected, 1 found"] == [
        row.strip() for row in rows[3:]
    ]


def test_values_that_misbehave() -> None:
    """A value whose comparison, truth or text raises is no match, and no error."""

    class Bad:
        __hash__ = None  # type: ignore[assignment]

        def __eq__(self, other: object) -> bool:
            raise RuntimeError("no")

        def __repr__(self) -> str:
            raise ValueError("no")

    lines = CapturedLogs([{"event": "e", "bad": Bad(), "n": 1}])
    assert not lines.has("e", bad=1)
    assert "<Bad whose repr raises ValueError>" in lines.has("e", bad=1).explanation
    assert lines.has("e", bad=Bad)
    assert lines.has("e", n=1)


def test_messages_are_bounded() -> None:
    """A huge value, or a great many lines, make no huge message."""
    lines = CapturedLogs({"event": f"e{n}", "text": "x" * 100_000} for n in range(5000))
    explanation = lines.has("f", text=["y" * 100_000] * 1000).explanation
    assert len(explanation) < 3000
    assert "nearest of 5000 lines:" in explanation
