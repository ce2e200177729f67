"""The lines that a block keeps until it is known whether somebody needs them.

Threads and tasks may add to one buffer as they like: each line is taken out once, by a `popleft`,
to be written, given to the block around or counted as dropped. So adding needs no lock, and a
signal handler may add in the midst of it. Writing takes turns, for the order of the lines. A line
itself knows which outputs are done with it, so that none writes or counts it twice.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import count, repeat, starmap
from operator import attrgetter
from sys import is_finalizing
from threading import RLock
from typing import Any

from provide.foundation._output.output import Output
from provide.foundation._scopes.scope import Scope, innermost

#: Why a line counts as dropped that nobody needed, or for which there was no room.
BUFFERED = "buffered"
#: What Python's objects around one line take, in bytes, and those around its bytes for one output.
LINE_BYTES, OUTPUT_BYTES = 350, 120
#: Seconds that a write waits for another one of the same buffer, which may hang in an output.
_LONGEST_WAIT_S = 1.0
_NUMBERS = count()


class KeptLine:
    """Hold a line: rendered for each output that takes it.

    Args:
        size: About how many bytes it takes in memory.
        slot: The level's slot in the counters.
        level: The level.
        logger: The logger's name.
        outputs: For each output the bytes, and what its sink wants besides.
        exported: The arguments of exporters, if there are some.
    """

    __slots__ = ("exported", "left", "level", "logger", "number", "outputs", "size", "slot")

    def __init__(
        self,
        size: int,
        slot: int,
        level: int,
        logger: str,
        outputs: tuple[tuple[Output, bytes, Any], ...],
        exported: tuple[Any, ...] | None,
    ) -> None:
        #: The place among all that are kept, in the order of the calls.
        self.number = next(_NUMBERS)
        self.size, self.slot, self.level, self.logger = size, slot, level, logger
        self.outputs, self.exported = outputs, exported
        #: So many of the outputs, the last ones, have neither written nor counted it yet.
        self.left = len(outputs)

    def drop(self) -> None:
        """Count it as dropped."""
        while self.left:
            counts = self.outputs[-self.left][0].sink.counts
            self.left -= 1
            try:
                counts.drop(BUFFERED, None, self.slot)
            except BaseException:  # of a signal handler, which runs before the count is made
                counts.drop(BUFFERED, None, self.slot)
                raise


#: Writes a line.
Write = Callable[[KeptLine], None]


class Buffer(Scope):
    """Be a block that keeps lines.

    Args:
        level: The lowest level that is kept.
        outer: The block around it, if there is one.
        flush_at: The level of lines before which those that are kept are written.
        most_lines: So many are kept at most.
        most_bytes: So many bytes may they take.
        write: Writes a line.
    """

    __slots__ = (
        "_lines", "_lock", "_most_bytes", "_most_lines", "_process", "_size", "_write", "flush_at",
    )  # fmt: skip

    def __init__(
        self,
        level: int,
        outer: Scope | None,
        *,
        flush_at: int,
        most_lines: int,
        most_bytes: int,
        write: Write,
    ) -> None:
        super().__init__(level, outer)
        self.flush_at = flush_at
        self._most_lines, self._most_bytes, self._write = most_lines, most_bytes, write
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = RLock()
        self._lines: deque[KeptLine] = deque()
        self._size = 0

    def _notice_fork(self) -> None:
        # What a parent has kept is the parent's to write.
        if os.getpid() != self._process:
            self._begin()

    def add(self, line: KeptLine) -> None:
        """Keep a line; where there is no room for it, the oldest ones go."""
        self._notice_fork()
        if line.size > self._most_bytes:
            line.drop()
            return
        self._size += line.size
        self._lines.append(line)
        while len(self._lines) > self._most_lines or self._size > self._most_bytes:
            if not self._drop_oldest():
                break
        if self.over:  # meanwhile, in another task or thread
            self._drop_all()

    def flush(self) -> None:
        """Write what is kept, behind what the blocks around keep."""
        outer = innermost(Buffer, self.outer)
        if outer is not None:
            outer.flush()
        self._notice_fork()
        lock = self._lock
        timeout_s = 0.0 if is_finalizing() else _LONGEST_WAIT_S
        (held,) = map(lock.acquire, (True,), (timeout_s,))
        try:
            self._give(self._write)
        finally:
            if held:
                lock.release()

    def end(self, error: BaseException | None) -> None:
        """Write the lines if the block has failed; else the block around it may keep them."""
        try:
            if _is_failure(error):
                self.flush()
            else:
                self.over = True
                self._notice_fork()
                outer = innermost(Buffer, self.outer)
                if outer is not None:
                    self._give(outer.add)
        finally:
            self.over = True
            self._drop_all()
            self.__class__ = Buffer  # no signal handler can run where it is freed

    # A signal handler that raises must cost no line that was kept. It may run after each call of a
    # function, but not in the midst of one in C: there a line is taken out and named in one go.

    def _drop_oldest(self) -> bool:
        """Count the oldest line as dropped, and say whether there was one."""
        try:
            (line,) = starmap(self._lines.popleft, ((),))
        except IndexError:  # somebody else was faster
            return False
        try:
            self._size -= line.size
            line.drop()
        except BaseException:  # of a signal handler: it is counted all the same
            line.drop()
            raise
        return True

    def _drop_all(self) -> None:
        while self._drop_oldest():
            pass

    def _give(self, take: Callable[[KeptLine], None]) -> None:
        """Take all lines out, and give them away in the order of their calls."""
        lines: list[KeptLine] = []
        try:
            with suppress(IndexError):  # somebody else was faster
                lines.extend(starmap(self._lines.popleft, repeat((), len(self._lines))))
            size = sum([line.size for line in lines])
            self._size -= size
            lines.sort(key=attrgetter("number"), reverse=True)
            _hand_over(lines, take)
        finally:
            for line in lines:  # an interrupt leaves them to the next one who asks
                self._size += line.size
                self._lines.appendleft(line)


def _hand_over(lines: list[KeptLine], take: Callable[[KeptLine], None]) -> None:
    # By itself: CPython 3.11 to 3.13 leave the jump back to the top of a loop out of the range of
    # the `try` that it stands in, and a signal handler may run there.
    while lines:
        take(lines[-1])
        lines.pop()


class OpenBuffer(Buffer):
    """Be a block that has not ended; one in a generator that nobody runs to its end never does."""

    __slots__ = ()

    def __del__(self) -> None:
        """Count the lines that nobody can ask for any more."""
        if self._lines and self._process == os.getpid():
            self._drop_all()


def _is_failure(error: BaseException | None) -> bool:
    """Say whether a block has failed that an exception leaves."""
    if isinstance(error, SystemExit):
        return error.code not in (None, 0)
    return error is not None and not isinstance(error, GeneratorExit)
