"""The page about the middleware's cost says what was measured."""

from __future__ import annotations

import json

from programs.overhead.measure import RECORD, describe
from programs.overhead.page import PAGE, write_page


def test_page_is_that_of_the_record() -> None:
    """Nobody has typed a figure on the page."""
    record = json.loads(RECORD.read_text("utf-8"))

    assert write_page(record) == PAGE.read_text("utf-8")


def test_share_is_that_of_the_same_logger() -> None:
    """Each variant is compared with its own logger without a middleware."""
    record = {"rates": {"a": [100, 300, 200], "a-id": [50, 100, 150], "b": [10], "b-id": [9]}}

    assert [("a", 200, 1.0), ("a-id", 100, 0.5), ("b", 10, 1.0), ("b-id", 9, 0.9)] == describe(
        record
    )
