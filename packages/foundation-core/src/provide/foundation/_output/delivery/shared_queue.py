"""The queue of background delivery where no GIL makes one step of several.

`queue.py` relies on it: no other thread runs between two lines of a function that calls nothing.
Here a lock stands in for that. Nobody waits for room, or for a write, while he has it.
"""

from __future__ import annotations

from provide.foundation._output.delivery.queue import LineQueue
from provide.foundation._process.gil import HAS_GIL, OneAtATime

#: No number of bytes: the line has found no room, and nothing has been done with it.
_REFUSED = -1


class SharedLineQueue(LineQueue):
    """Hold lines that a thread is to write, as `LineQueue` does, for threads that run at once."""

    def renew(self) -> None:
        """Begin empty, in a forked child: with a lock that no vanished thread holds."""
        self._turn.renew()
        super().renew()

    def _make_functions(self) -> None:
        self._turn = OneAtATime()
        super()._make_functions()
        guard, refuse = self._turn.guard, self._refuse
        self.take_room, self.give_room = guard(self.take_room), guard(self.give_room)
        self.leave_out, self.depth = guard(self.leave_out), guard(self.depth)
        self.rouse, self.hasten = guard(self.rouse), guard(self.hasten)
        self.sleep, self.attend = guard(self.sleep), guard(self.attend)
        self.count_uncounted = guard(self.count_uncounted)
        self._count_settled, self._shut = guard(self._count_settled), guard(self._shut)
        self._reset = guard(self._reset)
        put_here = guard(self.put)

        def put(index: int, data: bytes) -> int | None:
            taken = put_here(index, data)
            return refuse(self, index, data) if taken == _REFUSED else taken

        self.put = put

    def _find_room(self, index: int, data: bytes) -> int | None:
        return _REFUSED  # `put` goes on, without the lock


#: The queue that is right for this interpreter.
QUEUE: type[LineQueue] = LineQueue if HAS_GIL else SharedLineQueue
