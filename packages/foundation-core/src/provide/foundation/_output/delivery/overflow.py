"""What becomes of a line that finds no room in the queue: it waits, or it or an older one goes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import islice
from threading import get_ident
from time import monotonic
from typing import Any

from provide.foundation._output.delivery.queue import Entry, LineQueue
from provide.foundation._process.interrupts import INTERRUPTED, accounts
from provide.foundation._process.patience import Patience

#: Under this reason the lines count that found no room.
QUEUE_FULL = "queue_full"
#: Calls within one another that a line takes which finds no room.
_MOST_CALLS = 16
#: Seconds in which nothing is written that count for nothing: threads that log take turns with the
#: one that writes, a disk is busy.
_FREE_S = 0.1


class Overflow:
    """Find room for a line in a queue that is full, or count it as dropped.

    Args:
        policy: ``block``, ``drop_oldest`` or ``drop_newest``.
        wait_s: Seconds that `block` waits for room, in any ten seconds.
        deliver: Writes a line at once; it is called once the queue is shut.
    """

    def __init__(self, policy: str, wait_s: float, deliver: Callable[[int, bytes], object]) -> None:
        self._policy = policy
        self._patience = Patience(wait_s, _FREE_S)
        self._deliver = deliver

    def find_room(self, queue: LineQueue, index: int, data: bytes) -> int | None:
        """Do with a line that has found no room what the policy says."""
        _need_stack(_MOST_CALLS)
        if not queue.is_shut:
            size = len(data)
            if self._make_room(queue, index, size):
                lines = queue.lines
                lines += ((index, data),)
                queue.rouse(index)
                return size
        if queue.is_shut:
            self._deliver(index, data)
        else:
            queue.counts.drop(QUEUE_FULL, None, index)
            queue.unreported = True
        return None

    def _make_room(self, queue: LineQueue, index: int, size: int) -> bool:
        if queue.take_room(size):
            return True
        if self._policy != "block":
            queue.hasten()  # it may be waiting for more
            return self._policy == "drop_oldest" and self._drop_oldest(queue, size)
        if not queue.impatient:
            queue.wake()
            if get_ident() != queue.writer_ident and not _runs_event_loop():
                return self._wait_or_count(queue, index, size)
        return False

    @accounts
    def _wait_or_count(self, queue: LineQueue, index: int, size: int) -> bool:
        try:
            return self._wait_for_room(queue, size)
        except BaseException:
            queue.counts.drop(INTERRUPTED, None, index)
            raise

    def _drop_oldest(self, queue: LineQueue, size: int) -> bool:
        lost = queue.counts.dropped_by(QUEUE_FULL)
        while not (queue.is_shut or queue.take_room(size)):
            taken: list[Entry] = []
            try:
                # From C into the list: it has the line that was taken, whatever interrupts.
                taken.extend(islice(iter(queue.lines.popleft, None), 1))
            except IndexError:  # the rest is being written
                return False
            finally:
                if taken:
                    queue.unreported = True
                    try:
                        queue.leave_out(taken, lost)
                    except BaseException:  # of a signal handler: the line has to go all the same
                        if taken:
                            queue.leave_out(taken, lost)
                        raise
        return not queue.is_shut

    def _wait_for_room(self, queue: LineQueue, size: int) -> bool:
        while True:
            waiter = queue.make_waiter()
            if queue.take_room(size):
                return True
            if queue.is_shut:
                return False
            start = monotonic()
            remaining = self._patience.left()
            if remaining <= 0:
                queue.impatient = True  # a writer that is stuck must not stop the service
                return False
            # Where the writer gets on, it is the pace of the destination that holds calls: what
            # counts is how long nothing has been written, not who got the room.
            try:
                waiter.acquire(True, remaining)
            finally:
                self._patience.spend(start, max(start, queue.settled_at))


def _need_stack(calls: int) -> None:
    """Raise RecursionError unless there is stack for so many calls, before anything is changed."""
    if calls:
        _need_stack(calls - 1)


def _runs_event_loop() -> bool:
    """Say whether an event loop of asyncio is running in this thread: it must not wait."""
    events: Any = sys.modules.get("asyncio.events")
    return events is not None and events._get_running_loop() is not None
