"""In what order the rivals of a row have their turns."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from measure import turn_order


@pytest.mark.parametrize("size", [2, 3, 4, 7, 11])
def test_nobody_is_favoured(size: int) -> None:
    """Each begins, ends and follows itself as often as every other, and has one turn a round."""
    workers = list(range(size))
    orders = [turn_order(workers, number) for number in range(2 * size + 1)]
    assert all(workers == sorted(order) for order in orders)
    for place in (0, -1):
        assert {2} == set(Counter(order[place] for order in orders[:-1]).values())
    turns = [worker for order in orders for worker in order]
    on_end = Counter(one for one, other in pairwise(turns) if one == other)
    assert size == len(on_end)
    assert 1 == len(set(on_end.values()))


def test_nobody_to_measure() -> None:
    """Where no rival is sound, nobody has a turn."""
    assert [] == turn_order([], 3)
