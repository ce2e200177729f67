"""In what order the rivals of a row have their turns, and that none works in that of another."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from threading import Thread
from time import process_time

import pytest

from perf_lab.bench.measure import turn_order
from perf_lab.processes.usage import wait_for_quiet


@pytest.mark.parametrize("size", [2, 3, 4, 7, 11])
def test_nobody_is_favoured(size: int) -> None:
    """Each begins, ends and follows itself as often as every other, and has one turn a round.

    Where no rival is sound, nobody has a turn.
    """
    assert [] == turn_order([], 3)
    workers = list(range(size))
    orders = [turn_order(workers, number) for number in range(2 * size + 1)]
    assert all(workers == sorted(order) for order in orders)
    for place in (0, -1):
        assert {2} == set(Counter(order[place] for order in orders[:-1]).values())
    turns = [worker for order in orders for worker in order]
    on_end = Counter(one for one, other in pairwise(turns) if one == other)
    assert size == len(on_end)
    assert 1 == len(set(on_end.values()))


def test_a_turn_ends_with_its_threads() -> None:
    """Who waits for quiet waits for a thread that works, and for nothing else."""

    def work(until: float) -> None:
        while process_time() < until:
            pass

    worker = Thread(target=work, args=(process_time() + 0.3,))
    worker.start()
    wait_for_quiet()
    assert not worker.is_alive()
    before = process_time()
    wait_for_quiet()
    assert process_time() - before < 0.1
