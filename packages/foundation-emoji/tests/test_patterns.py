"""The index of patterns finds what trying each pattern would find, at a cost that does not grow."""

from __future__ import annotations

import re
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provide.foundation.emoji.patterns import Pattern, PatternIndex


def index_of(*patterns: str) -> PatternIndex:
    """Return an index of patterns, those that win first."""
    return PatternIndex(Pattern(pattern, "x", "test") for pattern in patterns)


@pytest.mark.parametrize(
    ("patterns", "event", "expected"),
    [
        pytest.param(["cat", "dog"], "a dog and a cat", 0, id="order-beats-place"),
        pytest.param(["cats", "cat"], "cat", 1, id="prefix"),
        pytest.param(["cat"], "CAT", -1, id="case"),
        pytest.param(["(?i)cat"], "CAT", 0, id="flag"),
        pytest.param(["(?i)kiss"], "\u212ai\u017f\u017f", 0, id="flag-beyond-ascii"),
        pytest.param([r"\d{3}"], "error 404", 0, id="no-literal"),
        pytest.param([r"\d{3}", "err"], "error 404", 0, id="no-literal-first"),
        pytest.param(["err", r"\d{3}"], "error 404", 0, id="no-literal-last"),
        pytest.param(["a", "bb", "ccc"], "xbbx", 1, id="short"),
        pytest.param(["timeout.*db"], "timeout of the db", 0, id="regex"),
        pytest.param(["timeout.*db"], "db timeout", -1, id="literal-alone"),
        pytest.param(["one|two"], "two", 0, id="alternatives"),
        pytest.param([], "anything", -1, id="empty"),
        pytest.param(["end"], "x" * 997 + "end", 0, id="last-searched"),
        pytest.param(["end"], "x" * 998 + "end", -1, id="beyond-searched"),
    ],
)
def test_find(patterns: list[str], event: str, expected: int) -> None:
    """The first pattern of the list that is in the event is found, wherever it stands there."""
    assert expected == index_of(*patterns).find(event)


@given(
    st.lists(st.text("abc", min_size=1, max_size=9), max_size=8),
    st.text("abcAB", max_size=40),
)
def test_index_agrees_with_trying_each(literals: list[str], event: str) -> None:
    """The index gives the same answer as one search after the other."""
    tried = (place for place, literal in enumerate(literals) if re.search(literal, event))

    assert next(tried, -1) == index_of(*literals).find(event)


def test_miss_does_not_cost_more_with_more_patterns() -> None:
    """A miss with 10 sets of 20 patterns costs at most 1.5 times one with a single set."""
    few, many = (
        index_of(*(f"pattern_of_set{one}_{other}" for one in range(sets) for other in range(20)))
        for sets in (1, 10)
    )

    def measure(index: PatternIndex) -> float:
        return timeit.timeit(lambda: index.find("the_pattern_of_nobody"), number=2000)

    # Interleaved, and the best of each: other work on the machine slows both.
    costs = [(measure(few), measure(many)) for _ in range(9)]

    assert min(many for _few, many in costs) <= 1.5 * min(few for few, _many in costs)
