"""Levels that hold for a time: what they go back to, and when.

Every change is made in a turn of its own (`_runtime/state.py`), the thread's, too; so none of this
needs a lock. The thread is there only while a level waits for its end.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from provide.foundation._control.threads import Waiter

#: A module, or None for the default level.
Module = str | None
#: The level that it had of its own, or None.
Before = int | None
#: When levels end, on `time.monotonic`, and what they go back to.
Ends = dict[Module, tuple[float, Before]]


class TemporaryLevels:
    """Remember which levels end, and have them ended in time.

    Args:
        in_turn: Calls a function in a turn.
        give_back: Sets a module's level back to what it was, in a turn.
    """

    def __init__(
        self,
        in_turn: Callable[[Callable[[], None]], None],
        give_back: Callable[[Module, Before], None],
    ) -> None:
        self._in_turn = in_turn
        self._give_back = give_back
        self._ends: Ends = {}
        self._waiter = Waiter(self._look, "levels", "a level could not be given back")

    def begin(self, module: Module, before: Before, for_s: float) -> None:
        """Let a module's level, which is about to change, end after a time.

        One that is temporary already goes back to what it was before the first change.

        Raises:
            RuntimeError: No thread can be had that would end it.
        """
        self._waiter.start(for_s)
        if module in self._ends:
            before = self._ends[module][1]
        self._ends[module] = monotonic() + for_s, before
        self._waiter.ring()

    def forget(self, module: Module) -> None:
        """Let a module's level stay as it is."""
        self._ends.pop(module, None)

    def clear(self) -> None:
        """Let every level stay as it is; the thread ends."""
        self._ends.clear()
        if self._waiter.is_running:
            self._waiter.ring()

    def ends(self) -> Ends:
        """Return when which levels end, for `put`."""
        return dict(self._ends)

    def put(self, ends: Ends) -> None:
        """Let those levels end, and no others."""
        self._ends = dict(ends)
        if ends:
            # Who puts a capture away cannot fail; the next level that begins has a thread again.
            with suppress(RuntimeError, MemoryError):
                self._waiter.start(0)
        if self._waiter.is_running:
            self._waiter.ring()

    def end_all(self) -> None:
        """Give every level back now; the thread ends."""
        for module, (_, before) in list(self._ends.items()):
            self._give_back(module, before)
        self.clear()

    def left(self) -> dict[Module, tuple[float, Before]]:
        """Return, by module, the seconds until its level ends, and the one that comes back."""
        now = monotonic()
        return {
            module: (max(end - now, 0.0), before)
            for module, (end, before) in list(self._ends.items())
        }

    def _look(self, _has_rung: bool) -> float | None:
        waits: list[float | None] = []
        self._in_turn(lambda: waits.append(self._end_due()))
        return waits[0]

    def _end_due(self) -> float | None:
        """End levels; return the seconds until the next one ends, or `None`: there is none."""
        now = monotonic()
        for module, (end, before) in list(self._ends.items()):
            if end <= now:
                self._give_back(module, before)
                self._ends.pop(module, None)  # only now: a failure is tried again
        wait_s = min((max(end - now, 0.001) for end, _ in self._ends.values()), default=None)
        if wait_s is None:
            self._waiter.is_running = False  # within the turn: the next level starts another
        return wait_s
