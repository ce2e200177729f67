"""Tests of the counters, of that for interpreters without a GIL as well: any interpreter has it."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator

import pytest

from provide.foundation._diagnostics.counter import CellCounter, PlainCounter

COUNTERS = pytest.mark.parametrize("kind", [PlainCounter, CellCounter])


@pytest.fixture
def restless() -> Iterator[None]:
    """Have threads change places all the time."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def run(threads: int, counter: PlainCounter | CellCounter, times: int) -> None:
    """Count so often, in so many threads."""

    def work() -> None:
        for _ in range(times):
            counter.count += 1
            counter.bytes += 3

    running = [threading.Thread(target=work) for _ in range(threads)]
    for each in running:
        each.start()
    for each in running:
        each.join()


@COUNTERS
def test_total_has_the_counts_of_all_threads(
    kind: type[PlainCounter | CellCounter], restless: None
) -> None:
    """What threads count, that have ended since, is in the total."""
    counter = kind()
    counter.count += 1
    run(8, counter, 2000)
    run(8, counter, 2000)

    assert (32_001, 96_000) == (counter.total(), counter.total_bytes())


def test_cell_is_of_its_thread() -> None:
    """No thread writes what another one counts in."""
    counter = CellCounter()
    run(1, counter, 10)

    assert (0, 10) == (counter.count, counter.total())


def test_counters_are_apart() -> None:
    """Two counters have nothing in common."""
    one, other = CellCounter(), CellCounter()
    one.count += 1

    assert (1, 0) == (one.total(), other.total())


def test_cells_are_no_more_than_threads() -> None:
    """Threads that come one after another leave no more behind than those that live at once."""
    counter = CellCounter()
    for _ in range(300):
        run(1, counter, 1)

    cells = sum(len(each) for each in counter._cells.values())
    assert (300, True) == (counter.total(), cells <= 40)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends a process no signals by a timer")
@COUNTERS
def test_signal_handler_counts_too(kind: type[PlainCounter | CellCounter]) -> None:
    """A handler that counts, wherever it comes, costs its thread no count."""
    counter, handled = kind(), 0

    def handle(number: int, frame: object) -> None:
        nonlocal handled
        counter.count += 1
        handled += 1

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 1e-4, 1e-4)
    counted = 0
    try:
        while handled < 50:
            counter.count += 1
            counted += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert counted + handled == counter.total()
