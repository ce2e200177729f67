"""Exact counts of what every output wrote and dropped.

A loss is never silent, by these: for each output, calls == lines + dropped. `counter.py` says why
the counters need no lock.
"""

from __future__ import annotations

import weakref
from array import array
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.counter import LineCounter
from provide.foundation._process.forks import notice_fork
from provide.foundation._process.interrupts import let_through
from provide.foundation.levels import LEVEL_NAMES, LEVELS

if TYPE_CHECKING:
    from provide.foundation._diagnostics.snapshot import OutputStats, Stats

#: A level's slot in `Counts.written`.
LEVEL_INDEX = {level: index for index, level in enumerate(LEVELS)}
#: The slot of Foundation's own records, which are no calls: nothing of them counts as dropped.
#: The slots behind it are those of such records that stand for calls of a level.
OWN_RECORD = len(LEVELS)
#: By level: its slot among those.
OWN_INDEX = {level: OWN_RECORD + 1 + index for level, index in LEVEL_INDEX.items()}

#: One call in this many is timed by the fast lane.
SAMPLE_EVERY = 64
_RING_SIZE = 1024


class Counts:
    """Count one output's lines by level, and its dropped lines by reason; any thread may."""

    __slots__ = ("_dropped", "last_error", "name", "queue_depth", "written")

    def __init__(self, name: str) -> None:
        self.name = name
        self.written = tuple(LineCounter() for _ in (*LEVELS, OWN_RECORD, *OWN_INDEX))
        self.last_error: str | None = None
        #: In background delivery: returns how many lines, and bytes, are not yet written.
        self.queue_depth: Callable[[], tuple[int, int]] | None = None
        self._dropped: dict[str, LineCounter] = {}

    def drop(self, reason: str, error: BaseException | None = None, index: int = 0) -> None:
        """Count one line that was not written.

        Args:
            reason: A short name, such as ``enospc``.
            error: What stopped it.
            index: The line's slot in `written`; records of our own are not counted.
        """
        if index < OWN_RECORD:
            counter = self._dropped.get(reason)
            if counter is None:
                counter = self.dropped_by(reason)
            counter.count += 1
        if error is not None:  # last, because its text is made by code of the user's
            try:
                self.last_error = f"{type(error).__name__}: {_text(error)}"
            except RecursionError:  # the line is counted, and would be counted again
                return

    def dropped_by(self, reason: str) -> LineCounter:
        """Return what counts the lines that are dropped for a reason."""
        return self._dropped.setdefault(reason, LineCounter())

    @property
    def dropped(self) -> dict[str, int]:
        """Return the number of dropped lines by reason."""
        # Copied first: another thread may add a reason meanwhile.
        counts = self._dropped.copy().items()
        return {reason: number for reason, counter in counts if (number := counter.total())}

    def snapshot(self) -> OutputStats:
        """Return this output's counts of this moment."""
        # Here, because most programs never ask, and a process that starts pays for each class.
        from provide.foundation._diagnostics.snapshot import OutputStats, QueueStats

        totals = [counter.total() for counter in self.written]
        by_level = zip(LEVELS, totals[:OWN_RECORD], strict=True)
        lines, size = (0, 0) if self.queue_depth is None else self.queue_depth()
        return OutputStats(
            written={LEVEL_NAMES[level]: number for level, number in by_level if number},
            dropped=self.dropped,
            bytes=sum(counter.total_bytes() for counter in self.written),
            queue=QueueStats(lines=lines, bytes=size),
            own_records=sum(totals[OWN_RECORD:]),
            last_error=self.last_error,
        )


class LatencyRing:
    """Keep the latest sampled call times, in nanoseconds; older ones are overwritten."""

    __slots__ = ("_next", "samples_ns")

    def __init__(self) -> None:
        self.samples_ns = array("q", bytes(8 * _RING_SIZE))
        self._next = 0

    def add(self, elapsed_ns: int) -> None:
        """Keep one sample; two threads that race may overwrite one another's."""
        self.samples_ns[self._next % _RING_SIZE] = elapsed_ns
        self._next += 1

    def taken(self) -> list[int]:
        """Return the samples that are held, in no particular order."""
        return self.samples_ns[: min(self._next, _RING_SIZE)].tolist()

    def taken_after(self, position: int) -> tuple[list[int], int]:
        """Return the samples that came after a position, oldest first, and the position now.

        Args:
            position: What this method returned the last time; 0 for everything. Samples that
                were overwritten meanwhile are not in the result.
        """
        end = self._next
        first = max(position, end - _RING_SIZE, 0)
        return [self.samples_ns[i % _RING_SIZE] for i in range(first, end)], end


class Counters:
    """Hold the counts of every output of the process, and what went wrong beside them."""

    def __init__(self) -> None:
        self.outputs: dict[str, Counts] = {}
        self.faults: dict[str, LineCounter] = {}
        self.fallbacks: dict[str, LineCounter] = {}
        self.latency = LatencyRing()
        #: The calls of `Logger.once` and its like, see `_repeats.py`.
        self.repeats: dict[Any, Any] = {}
        #: The lane of the latest set-up, which `_runtime/setup.py` names; `None` before it.
        self.lane: str | None = None
        self._owners: dict[str, Callable[[], object]] = {}
        self._settlers: list[weakref.WeakMethod[Callable[[], None]]] = []

    def counts(self, name: str, owner: object = None) -> Counts:
        """Return the counts of the output called `name`, which outlive a new set-up.

        Args:
            name: A path, `stderr`, the name of a stream and the like.
            owner: The object that lines go to, for outputs that names do not tell apart: while
                one of them lives, the next is called `name#2`.
        """
        if owner is not None:
            name = self._own_name(name, owner)
        return self.outputs.get(name) or self.outputs.setdefault(name, Counts(name))

    def _own_name(self, name: str, owner: object) -> str:
        number, own = 1, name
        while own in self.outputs:
            other = self._owners.get(own, object)()
            if other is owner or other is None:
                break
            number += 1
            own = f"{name}#{number}"
        try:
            self._owners[own] = weakref.ref(owner)
        except TypeError:  # such as a list's `append`, or a class with slots
            self._owners[own] = lambda: owner
        return own

    def fault(self, kind: str) -> None:
        """Count something that failed without losing the line, such as a processor."""
        counter = self.faults.get(kind) or self.faults.setdefault(kind, LineCounter())
        counter.count += 1

    def fall_back(self, reason: str) -> None:
        """Count a call that a fast lane has given to the processor lane."""
        counter = self.fallbacks.get(reason) or self.fallbacks.setdefault(reason, LineCounter())
        counter.count += 1

    def add_settler(self, settle: Callable[[], None]) -> None:
        """Have a method called before the counts are read, while its object lives.

        Args:
            settle: Counts what could not be counted when it happened, for want of memory or stack.
        """
        living = [each for each in self._settlers if each() is not None]
        self._settlers = [*living, weakref.WeakMethod(settle)]

    def settle(self) -> None:
        """Count what is not counted yet; call it before counts are read."""
        for reference in self._settlers:
            settle = reference()
            if settle is not None:
                settle()

    def clear(self) -> None:
        """Start again from nothing."""
        self.outputs, self.faults, self.latency, self._owners = {}, {}, LatencyRing(), {}
        self.fallbacks = {}
        self.forget_repeats()
        self.lane = None

    def forget_repeats(self) -> None:
        """Begin anew with the calls of `Logger.once` and its like, also for whoever keeps one."""
        for each in list(self.repeats.values()):
            each.forget()

    def dropped_total(self) -> int:
        """Return how many lines were dropped, over all outputs and reasons."""
        return sum(sum(counts.dropped.values()) for counts in self.outputs.copy().values())


#: The one set of counters of the process.
COUNTERS = Counters()


def stats() -> Stats:
    """Return what every output wrote and dropped since the process started.

    Any thread may call it; the counts are exact for calls that have returned.

    Returns:
        The counts of this moment; `as_dict()` gives them as plain data.
    """
    from provide.foundation._diagnostics.snapshot import Stats

    notice_fork()
    COUNTERS.settle()
    return Stats(
        outputs={name: counts.snapshot() for name, counts in COUNTERS.outputs.copy().items()},
        faults={kind: counter.total() for kind, counter in COUNTERS.faults.copy().items()},
        fallbacks={why: counter.total() for why, counter in COUNTERS.fallbacks.copy().items()},
        lane=COUNTERS.lane,
    )


def _text(error: BaseException) -> str:
    try:
        return str(error)[:500]
    except Exception:  # never raises: an error that cannot describe itself must not raise here
        let_through()
        return "<unprintable>"
