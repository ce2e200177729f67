"""The lines that a block keeps until it is known whether somebody needs them.

Threads and tasks may add to one buffer as they like: each line is taken out once, by a `popleft`,
to be written, given to the block around or counted as dropped. So adding needs no lock, and a
signal handler may add in the midst of it. Writing takes turns, for the order of the lines.
"""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Callable
from sys import is_finalizing
from threading import RLock
from typing import Any, NamedTuple

from provide.foundation._output.output import Output
from provide.foundation._scopes.scope import Scope, innermost

#: Why a line counts as dropped that nobody needed, or for which there was no room.
BUFFERED = "buffered"
#: What Python's objects around one line take, in bytes, and those around its bytes for one output.
LINE_BYTES, OUTPUT_BYTES = 350, 120
#: Seconds that a write waits for another one of the same buffer, which may hang in an output.
_LONGEST_WAIT_S = 1.0
_NUMBERS = itertools.count()


class KeptLine(NamedTuple):
    """Hold a line: rendered for each output that takes it.

    Args:
        number: The place among all that are kept, in the order of the calls.
        size: About how many bytes it takes in memory.
        slot: The level's slot in the counters.
        level: The level.
        logger: The logger's name.
        outputs: For each output the bytes, and what its sink wants besides.
        exported: The arguments of exporters, if there are some.
    """

    number: int
    size: int
    slot: int
    level: int
    logger: str
    outputs: tuple[tuple[Output, bytes, Any], ...]
    exported: tuple[Any, ...] | None

    def drop(self) -> None:
        """Count it as dropped."""
        for output, _, _ in self.outputs:
            output.sink.counts.drop(BUFFERED, None, self.slot)


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
        self._lines.append(line)
        self._size += line.size
        while len(self._lines) > self._most_lines or self._size > self._most_bytes:
            oldest = self._take()
            if oldest is None:
                break
            oldest.drop()
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
            self._write_all()
        finally:
            if held:
                lock.release()

    def end(self, error: BaseException | None) -> None:
        """Write the lines if the block has failed; else the block around it may keep them."""
        if _is_failure(error):
            self.flush()
            self.over = True
        else:
            self.over = True
            self._notice_fork()
            outer = innermost(Buffer, self.outer)
            if outer is not None:
                for line in self._take_all():
                    outer.add(line)
        self._drop_all()

    def __del__(self) -> None:
        """Count what nobody can ask for any more."""
        if self._lines and self._process == os.getpid():
            self._drop_all()

    def _take(self) -> KeptLine | None:
        try:
            line = self._lines.popleft()
        except IndexError:  # somebody else was faster
            return None
        self._size -= line.size
        return line

    def _take_all(self) -> list[KeptLine]:
        lines = [self._take() for _ in range(len(self._lines))]
        return sorted(line for line in lines if line is not None)

    def _drop_all(self) -> None:
        while (line := self._take()) is not None:
            line.drop()

    def _write_all(self) -> None:
        lines = self._take_all()
        lines.reverse()
        try:
            while lines:
                self._write(lines.pop())
        finally:
            for line in lines:  # an interrupt leaves them to the next one who asks
                self._size += line.size
                self._lines.appendleft(line)


def next_number() -> int:
    """Return a number that is greater than all before it."""
    return next(_NUMBERS)


def _is_failure(error: BaseException | None) -> bool:
    """Say whether a block has failed that an exception leaves."""
    if isinstance(error, SystemExit):
        return error.code not in (None, 0)
    return error is not None and not isinstance(error, GeneratorExit)
