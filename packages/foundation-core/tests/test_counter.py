"""Tests of the counters, of that for interpreters without a GIL as well: any interpreter has it."""

from __future__ import annotations

import ast
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import provide.foundation
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


def find_calls_amid_a_count(source: str) -> list[str]:
    """Return the steps of counters that call something, at which threads may change places."""
    return [
        ast.unparse(step)
        for step in ast.walk(ast.parse(source))
        if isinstance(step, ast.AugAssign)
        and isinstance(step.target, ast.Attribute)
        and step.target.attr in ("count", "bytes")
        and any(
            isinstance(part, ast.Call) for part in (*ast.walk(step.target), *ast.walk(step.value))
        )
    ]


def test_nothing_is_called_amid_a_count() -> None:
    """What is added is known before: `bytes += len(data)` loses what others add meanwhile."""
    assert ["each.bytes += len(data)"] == find_calls_amid_a_count(
        "each.bytes += len(data); each.count += 1; len(data)"
    )

    files = sorted(
        file for folder in provide.foundation.__path__ for file in Path(folder).rglob("*.py")
    )
    assert len(files) > 300
    found = {str(file): find_calls_amid_a_count(file.read_text("utf-8")) for file in files}
    assert {} == {name: steps for name, steps in found.items() if steps}
