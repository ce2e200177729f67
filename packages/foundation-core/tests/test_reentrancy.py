"""Tests of who may write: real threads, real signals, and calls from inside of calls."""

from __future__ import annotations

import dis
import os
import signal
import threading
import time
from typing import Any

import pytest

from posix_only import posix_only
from provide.foundation._output.reentrancy import MOST_REENTRIES, LineLock, ReentryGate


def test_reentrant_entry_is_finished_by_the_call_it_interrupted() -> None:
    """An entry that comes from inside `finish` is finished after the one in hand."""
    done: list[str] = []

    def finish(entry: str) -> None:
        if entry == "outer":
            assert not lock.run("inner")
        done.append(entry)

    lock = LineLock(finish)
    lock.run("outer")

    assert ["outer", "inner"] == done


def test_interrupted_entry_stays_the_first() -> None:
    """What an interrupt left undone is finished, in order, by the next call."""
    done: list[str] = []
    interrupts = [KeyboardInterrupt]

    def finish(entry: str) -> None:
        if interrupts:
            lock.run("from a handler")
            raise interrupts.pop()
        done.append(entry)

    lock = LineLock(finish)
    with pytest.raises(KeyboardInterrupt):
        lock.run("interrupted")
    lock.run("next")

    assert ["interrupted", "from a handler", "next"] == done


def test_interrupt_leaves_the_lock_free() -> None:
    """Another thread gets in after an interrupt."""
    interrupts = [KeyboardInterrupt]

    def finish(entry: str) -> None:
        if interrupts:
            raise interrupts.pop()

    lock = LineLock(finish)
    with pytest.raises(KeyboardInterrupt):
        lock.run("interrupted")
    thread = threading.Thread(target=lock.run, args=("other",), daemon=True)
    thread.start()
    thread.join(5)

    assert not thread.is_alive()


def test_one_thread_at_a_time() -> None:
    """Threads never meet inside of `finish`, and every entry is finished once."""
    done: list[int] = []
    inside = 0
    most = 0

    def finish(entry: int) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0)
        done.append(entry)
        inside -= 1

    lock = LineLock(finish)

    def work(first: int) -> None:
        for number in range(first, first + 100):
            lock.run(number)

    threads = [threading.Thread(target=work, args=(100 * n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (1, list(range(800))) == (most, sorted(done))


def test_renewed_lock_has_no_holder() -> None:
    """After `renew`, as in a forked child, a thread that held the lock is waited for no more."""
    release = threading.Event()
    done: list[str] = []

    def finish(entry: str) -> None:
        if entry == "held":
            release.wait(10)
        else:
            done.append(entry)

    lock = LineLock(finish)
    thread = threading.Thread(target=lock.run, args=("held",))
    thread.start()
    while not lock._lock.locked():
        os.sched_yield()
    lock.renew()
    lock.run("child's")
    release.set()
    thread.join()

    assert ["child's"] == done


def make_sink_that_logs() -> tuple[ReentryGate, list[int], list[str]]:
    """Return a gate whose deliveries bring a line each, what they deliver, and what is refused."""
    done: list[int] = []
    refused: list[str] = []

    def work(index: int, number: int) -> None:
        done.append(number)
        gate.run(index, number + 1)

    gate = ReentryGate(work, lambda reason, index: refused.append(reason))
    return gate, done, refused


def test_gate_ends_a_sink_that_logs() -> None:
    """A sink that brings a line from each delivery gets a few of them; the rest is refused."""
    gate, done, refused = make_sink_that_logs()
    gate.run(0, 0)

    assert (list(range(MOST_REENTRIES + 1)), ["reentrant"]) == (done, refused)


@posix_only("no signal that a process sends to a thread of its own")
@pytest.mark.parametrize("deepest", [50, 200])
def test_gate_takes_what_signal_handlers_bring(deepest: int) -> None:
    """Handlers may hit a thread often in a row, and so each line's delivery; not for ever."""
    done: list[int] = []
    refused: list[str] = []

    def handle(*_: object) -> None:
        gate.run(0, done[-1] + 1)

    def work(index: int, number: int) -> None:
        done.append(number)
        if number < deepest:
            signal.raise_signal(signal.SIGUSR1)

    gate = ReentryGate(work, lambda reason, index: refused.append(reason))
    earlier = signal.signal(signal.SIGUSR1, handle)
    try:
        gate.run(0, 0)
    finally:
        signal.signal(signal.SIGUSR1, earlier)

    # With the first one, which no handler brings.
    assert (min(deepest, 100) + 1, ["reentrant"] * (deepest > 100)) == (len(done), refused)


@posix_only("no signal that a process sends to a thread of its own")
def test_sink_that_logs_is_ended_in_a_signal_handler_too() -> None:
    """A handler that logs to a sink that logs is no reason to go on for longer."""
    gate, done, refused = make_sink_that_logs()
    earlier = signal.signal(signal.SIGUSR1, lambda *_: gate.run(0, 0))
    try:
        signal.raise_signal(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, earlier)

    assert (list(range(MOST_REENTRIES + 1)), ["reentrant"]) == (done, refused)


def test_gate_counts_what_an_interrupt_leaves() -> None:
    """Lines that waited for a call that an interrupt ends are refused, and the gate is open."""
    done: list[str] = []
    refused: list[str] = []

    def work(index: int, text: str) -> None:
        if text == "interrupted":
            gate.run(index, "waiting")
            raise KeyboardInterrupt
        done.append(text)

    gate = ReentryGate(work, lambda reason, index: refused.append(reason))
    with pytest.raises(KeyboardInterrupt):
        gate.run(0, "interrupted")
    gate.run(0, "next")

    assert (["next"], ["interrupted"]) == (done, refused)


@pytest.mark.parametrize("run", [LineLock.run, ReentryGate.run])
def test_no_loop_stands_where_an_interrupt_would_skip_the_clean_up(run: Any) -> None:
    """The functions that hold a lock have no backward jump, which 3.13 covers by no `finally`."""
    jumps = [i.opname for i in dis.get_instructions(run) if "BACKWARD" in i.opname]
    # The loop of the clean-up itself, which ends by itself, is the only one that may be there.
    allowed = 2 if run is ReentryGate.run else 0
    assert allowed >= len(jumps)
