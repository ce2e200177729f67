"""How long calls wait for an output that takes nothing at present; standard library only.

A reader that comes in bursts would hold calls for as long as one write may take, again after each
burst. So the bound is on the time of all waits of one output together.
"""

from __future__ import annotations

from collections import deque
from time import monotonic

#: Seconds over which waits are added up.
WINDOW_S = 10.0
#: A wait up to so many seconds is free. Whoever takes something fifty times a second is slow, and
#: sets the pace of those who write, as any pipe does; whoever pauses for longer has stopped.
FREE_S = 0.02


class Patience:
    """Say how long a call may wait: so many seconds for one output in any ten.

    Threads that wait at the same time wait once. Any thread may ask; threads that race may wait a
    little longer than that.

    Args:
        budget_s: Seconds.
        free_s: Waits up to so many seconds count for nothing.
    """

    def __init__(self, budget_s: float, free_s: float = FREE_S) -> None:
        self.budget_s = budget_s
        self._free_s = free_s
        self._waits: deque[tuple[float, float]] = deque()  # each one's end, and its length
        self._end = 0.0  # of the last wait that is in there

    def left(self) -> float:
        """Return the seconds that a wait may take now."""
        oldest = monotonic() - WINDOW_S
        spent = 0.0
        for end, length in self._waits.copy():
            if end > oldest:
                spent += length
        return max(self.budget_s - spent, 0.0)

    def spend(self, start: float, progress: float | None = None) -> None:
        """Take a wait into account that ends now.

        Args:
            start: The `time.monotonic` at which it began.
            progress: The one at which the output took something; None, or `start`: it has not.
        """
        end = monotonic()
        if progress is not None and progress > start:
            end = progress
        start = max(start, self._end)
        if end - start > self._free_s:
            self._end = end
            waits = self._waits
            waits.append((end, end - start))
            try:
                while waits[0][0] < end - WINDOW_S:
                    waits.popleft()
            except IndexError:  # another thread has been quicker
                return
