"""The lines that one output has taken and not yet written, within two bounds.

A call puts its line here and returns; one thread takes the lines out (`background.py`). There is
no lock on the way in, and none that a signal handler, a finaliser or a forked child could find
held: a deque appends in one step. CPython switches threads and runs handlers only after calls and
at jumps backward, so that the few lines between two calls are one step too. An operator is no
call: `lines += ((index, data),)` puts a line on the queue, or raises MemoryError and has not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock, get_ident
from time import monotonic
from typing import Any

from provide.foundation._diagnostics.counter import LineCounter
from provide.foundation._diagnostics.stats import COUNTERS, OWN_INDEX, OWN_RECORD, Counts
from provide.foundation._process.forks import make_mark, notice_fork
from provide.foundation._process.interrupts import accounts
from provide.foundation.levels import ERROR, LEVELS

#: A line's slot in `Counts.written`, and its bytes.
Entry = tuple[int, bytes]
#: Lines of this slot and those above it, of errors and of our own records, wake without delay.
URGENT = LEVELS.index(ERROR)
# Which lines wake whoever takes them out: those whose slot is at least so high. Somebody who sleeps
# is woken by any line, somebody who gathers lines by an urgent one, and who knows of one by none.
_ANY = 0
_NONE = max(OWN_INDEX.values()) + 1

#: Takes so many lines off the room that every call finds too little of it.
_SHUT = 1 << 60


class LineQueue:
    """Keep lines for one writer; any thread may put them here.

    Args:
        counts: Where lines that find no room are counted.
        most_lines: How many lines there may be, those that are being written among them.
        most_bytes: How many bytes; a line that is longer is taken where there is no other.
        refuse: Does something with a line that finds no room, as `put` does with one that does.
        wake: Makes sure that somebody is at work; it may be called from any place.
    """

    #: Puts a line on the queue: ``(index, data) -> size``; `None`: counted as dropped or written.
    put: Callable[[int, bytes], int | None]
    #: Returns how many lines and bytes are here or being written.
    depth: Callable[[], tuple[int, int]]
    #: Counts as dropped the lines that could not be counted when they were.
    count_uncounted: Callable[[], None]
    #: Takes the room of one more line of so many bytes; False: there is too little.
    take_room: Callable[[int], bool]
    #: Gives back the room of so many lines and bytes.
    give_room: Callable[[int, int], None]
    #: Gives back the room of a line that has been taken out to be dropped, and counts it.
    leave_out: Callable[[list[Entry], LineCounter], None]
    #: Wakes whoever sleeps or gathers lines, for a line of this slot.
    rouse: Callable[[int], None]
    #: Lets nobody wait for further lines.
    hasten: Callable[[], None]
    #: Says that nobody is at work: the next line wakes, whatever its level.
    sleep: Callable[[], None]
    #: Says that somebody is at work, whom an urgent line wakes; returns whether there is one.
    attend: Callable[[], bool]

    def __init__(
        self,
        counts: Counts,
        *,
        most_lines: int,
        most_bytes: int,
        refuse: Callable[[LineQueue, int, bytes], int | None],
        wake: Callable[[], None],
    ) -> None:
        self.lines: deque[Entry] = deque()
        self.most_lines = most_lines
        self.most_bytes = most_bytes
        #: The thread that takes lines out: it must not wait for itself.
        self.writer_ident = 0
        self.is_shut = False
        #: Whether lines were dropped that nobody has been told of.
        self.unreported = False
        self.counts = counts
        #: The latest moment at which lines were settled, by `time.monotonic`.
        self.settled_at = 0.0
        #: Whether a line has waited in vain, and none has been written since.
        self.impatient = False
        self.wake = wake
        self._refuse = refuse
        self._waiters: deque[Any] = deque()
        self._make_functions()
        COUNTERS.add_settler(self.settle_uncounted)

    def renew(self) -> None:
        """Begin empty: what waits in the parent of a forked child is the parent's to write."""
        self.lines.clear()
        self.writer_ident = 0
        self._waiters = deque()
        self.impatient = False
        self._reset()

    def _make_functions(self) -> None:
        # Cells of functions instead of attributes: the call of `put` is what a log call pays.
        most_lines, most_bytes = self.most_lines, self.most_bytes
        free_lines, free_bytes = most_lines, most_bytes
        settled = 0
        uncounted = 0  # dropped where the stack had no room for a call that counts
        wakes = _ANY
        nap: object = self  # another one each time that somebody sleeps or is at work
        lines, mark = self.lines, make_mark()
        refuse, wake = self._find_room, self.wake

        def put(index: int, data: bytes) -> int | None:
            nonlocal free_lines, free_bytes, lines, uncounted
            if not mark[0]:  # a forked child that nobody has told of it
                notice_fork()
            size = len(data)
            free_lines -= 1
            free_bytes -= size
            if free_lines < 0 or free_bytes < 0:
                free_lines += 1
                free_bytes += size
                try:
                    return refuse(index, data)
                except RecursionError:  # at its very begin: nothing has been done with the line
                    uncounted += 1
                    return None
            try:
                lines += ((index, data),)
            except MemoryError as error:
                lose(index, size, error)
                return None
            if index >= wakes:
                try:
                    rouse(index)
                except (RecursionError, MemoryError):
                    # The line is on the queue, and must not count as dropped as well. Whoever
                    # comes next wakes the thread, and so does the end of the process.
                    return size
            return size

        def lose(index: int, size: int, error: MemoryError) -> None:
            nonlocal free_lines, free_bytes
            free_lines += 1
            free_bytes += size
            self.counts.drop("memoryerror", error, index)

        @accounts  # the line is on the queue by now
        def rouse(index: int) -> None:
            nonlocal wakes
            mine, before = nap, wakes
            try:
                # First, because the thread that is woken looks at it.
                wakes = _NONE if index >= URGENT else wakes or URGENT
                wake()
            except BaseException:
                if nap is mine:  # nobody has been woken: the next line has to
                    wakes = before
                raise

        def hasten() -> None:
            if wakes != _NONE:
                rouse(URGENT)

        def count_uncounted() -> None:
            nonlocal uncounted
            while uncounted:
                uncounted -= 1
                self.counts.drop("recursionerror")

        def sleep() -> None:
            nonlocal nap, wakes
            nap = object()
            wakes = _ANY

        def attend() -> bool:
            nonlocal nap, wakes
            is_urgent = wakes == _NONE
            nap = object()
            wakes = URGENT
            return is_urgent

        def take_room(size: int) -> bool:
            nonlocal free_lines, free_bytes
            if free_lines < 1 or (free_bytes < size and free_lines != most_lines):
                return False
            free_lines -= 1
            free_bytes -= size
            return True

        def give_room(lines: int, size: int) -> None:
            nonlocal free_lines, free_bytes, settled
            free_lines += lines
            free_bytes += size
            settled += lines

        def leave_out(taken: list[Entry], counter: LineCounter) -> None:
            nonlocal free_lines, free_bytes, settled
            index, data = taken[-1]
            size = len(data)
            # No call from here on: a handler that raises finds all of it done, or nothing.
            free_lines += 1
            free_bytes += size
            settled += 1
            if index < OWN_RECORD:
                counter.count += 1
            del taken[-1]

        def depth() -> tuple[int, int]:
            shift = _SHUT if self.is_shut else 0
            return most_lines - free_lines - shift, most_bytes - free_bytes

        def count_settled() -> int:
            return settled

        def reset() -> None:
            nonlocal free_lines, free_bytes, uncounted
            uncounted = 0
            free_lines, free_bytes = most_lines, most_bytes
            if self.is_shut:
                free_lines -= _SHUT
            sleep()

        def shut(only_if_idle: bool) -> bool:
            nonlocal free_lines
            if only_if_idle and free_lines != most_lines:
                return False
            free_lines -= _SHUT
            self.is_shut = True
            return True

        self.put, self.depth = put, depth
        self.rouse, self.hasten, self.sleep, self.attend = rouse, hasten, sleep, attend
        self.take_room, self.give_room, self.leave_out = take_room, give_room, leave_out
        self.count_uncounted = count_uncounted
        self._count_settled, self._shut, self._reset = count_settled, shut, reset

    def _find_room(self, index: int, data: bytes) -> int | None:
        # No `functools.partial`: CPython lets signal handlers run where a call of C code returns,
        # and one that raised there would find the line taken and uncounted.
        return self._refuse(self, index, data)

    def shut(self, *, only_if_idle: bool = False) -> bool:
        """Let every later line be written by its own call, and say whether it is shut now.

        Args:
            only_if_idle: Do nothing while there are lines, so that none overtakes them.
        """
        return self._shut(only_if_idle)

    def settle(self, lines: int, size: int) -> None:
        """Give back the room of lines that are written or counted as dropped."""
        self.give_room(lines, size)
        self.settled_at = monotonic()
        self.impatient = False
        waiters = self._waiters
        try:
            while waiters:
                waiters.popleft().release()
        except IndexError:  # another thread has been quicker
            return

    def wait_settled(self, deadline: float) -> bool:
        """Wait until the lines that are here now are settled; False: `deadline` has come."""
        notice_fork()
        target = self._count_settled() + self.depth()[0]
        while True:
            waiter = self.make_waiter()
            if self._count_settled() >= target:
                return True
            remaining = deadline - monotonic()
            if remaining <= 0 or get_ident() == self.writer_ident:
                return False
            self.rouse(URGENT)
            # It looks again, because the thread that was woken may have had to give up.
            waiter.acquire(True, min(remaining, 0.1))

    def has_waiters(self) -> bool:
        """Say whether somebody waits until lines are settled."""
        return bool(self._waiters)

    def settle_uncounted(self) -> None:
        """Count as dropped the lines that could not be counted when they were."""
        self.count_uncounted()

    def make_waiter(self) -> Any:
        # One for each wait, released once: a condition's own lock could be held by the very call
        # that a signal handler, which logs too, has interrupted.
        waiter = Lock()
        waiter.acquire()
        self._waiters.append(waiter)
        return waiter
