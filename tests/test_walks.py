"""The page on the life of a log call names the functions that a call really runs through."""

from __future__ import annotations

import sys

import pytest

from walks import NATIVE, PAGE, WATCHED, find_native_gaps, make_tables, watch_call


@pytest.mark.skipif(sys.platform == "win32", reason="the walk ends at posix.write")
def test_page_has_the_walks_of_today() -> None:
    """The tables are what `python tests/walks.py` writes."""
    assert make_tables() in PAGE.read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="the walk ends at posix.write")
@pytest.mark.parametrize(("lane", "form"), [each[1:] for each in WATCHED])
def test_walk_ends_at_the_system(lane: str, form: str) -> None:
    """Every walk goes to write(2), and fits a screen."""
    walk = watch_call(lane, form)

    assert ("os", "write") == walk[-1]
    assert len(walk) <= 40


def test_compiled_functions_call_each_other() -> None:
    """Each function of the compiled lane's walk calls the one after it."""
    assert len(NATIVE) > 4
    assert [] == find_native_gaps()
