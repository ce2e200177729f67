"""Look at what was logged, in tests.

`capture_logs` is for any test runner; the pytest fixture of the same purpose is
`foundation_logs` (`pytest_plugin.py`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from copy import copy
from typing import Any

from provide.foundation._diagnostics.stats import OWN_RECORD, Counts
from provide.foundation._output.output import Output, Sink
from provide.foundation._pipeline.pipeline import Pipeline
from provide.foundation._record.record import Record
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._record.schema import DETAILS
from provide.foundation._runtime.capture import (
    keep_levels,
    keep_set_up,
    set_up_now,
    swap_pipeline,
)
from provide.foundation._runtime.state import change
from provide.foundation._testing.logs import CapturedLogs, MatchResult
from provide.foundation.levels import LEVEL_NAMES, TRACE

__all__ = [
    "CapturedLogs",
    "MatchResult",
    "as_dict",
    "capture_logs",
]


class _CaptureSink(Sink):
    """Throw lines away, and keep what a test looks at.

    Args:
        captured: The list of the block that began the capture.
    """

    takes_records = True

    def __init__(self, captured: CapturedLogs) -> None:
        self.counts = Counts("captured")
        self._captured = captured

    def deliver(self, index: int, data: bytes) -> None:
        self.counts.written[index].count += 1

    def deliver_line(self, index: int, line: Record, data: bytes) -> None:
        if index >= OWN_RECORD:  # nobody has logged it
            self.deliver(index, data)
            return
        # A line that is on its way while the last block ends is that block's.
        for running in tuple(_lists) or (self._captured,):
            running.append(as_dict(line))
        if _kept is not None:
            _keep(_kept, line)
        self.deliver(index, data)

    def keep(self, line: Record, data: bytes) -> tuple[Any, int]:
        return line, 0

    def deliver_kept(self, index: int, data: bytes, kept: Any) -> None:
        self.deliver_line(index, kept, data)


def as_dict(record: Record) -> dict[str, Any]:
    """Return a line as a mapping: ``event``, ``level``, ``logger``, the fields, ``exception``.

    The values of fields are the very objects that were logged.
    """
    captured: dict[str, Any] = {
        "event": record.event,
        "level": LEVEL_NAMES[record.level],
        "logger": record.logger,
        **record.fields,
    }
    for member in DETAILS:
        value = getattr(record, member.part)
        if value is not None:
            captured[member.key] = value
    return captured


# The lists of the blocks that are running, and what ends the capture when all of them are over:
# blocks of two threads may end in any order.
_lists: list[CapturedLogs] = []
_restores: list[Callable[[], None]] = []
# What a test runner keeps of captured lines, once there is one: a test that fails may have emptied
# its list.
_kept: deque[Record] | None = None


def keep_records(kept: deque[Record]) -> None:
    """Have captured lines appended to a queue as well, without the frames of their exceptions."""
    global _kept
    _kept = kept


def _keep(kept: deque[Record], record: Record) -> None:
    if record.exc_info is not None:
        record = copy(record)
        record.exc_info = None
    kept.append(record)


@contextmanager
def capture_logs() -> Generator[CapturedLogs, None, None]:
    """Keep lines in a list, instead of writing them, for the length of a `with` block.

    Levels hold as they are set, and come back at the end of the block; the processors of the
    configuration do not run. Lines of every thread are kept, but for what Foundation says itself.
    Where blocks overlap, each has all that is logged while it runs. A set-up inside of the block
    does not end the capture: its levels hold at once, its outputs from the end of the block on.

    Yields:
        A list that grows with each line, and can be asked for some of them: `CapturedLogs`.
    """
    captured = CapturedLogs()
    begun: list[Any] = []

    sink = _CaptureSink(captured)
    output = Output(sink, TRACE, lambda record: b"", "captured", shows_emoji=True)

    def begin() -> None:
        begun[:] = set_up_now(), keep_levels()
        _lists.append(captured)
        if len(_lists) == 1:
            _restores.append(swap_pipeline(Pipeline([output], policy=KeyPolicy())))

    def end() -> None:
        place = _place_of(captured)
        innermost = place == len(_lists) - 1
        del _lists[place : place + 1]
        if not _lists:
            while _restores:
                _restores.pop()()
        elif innermost and begun[0] is set_up_now():
            begun[1]()

    # The pipelines change right after each of the two, still in the same turn.
    change(begin)
    try:
        yield captured
    finally:
        change(end)


@contextmanager
def capture_test() -> Generator[CapturedLogs, None, None]:
    """Capture as `capture_logs` does, and undo at the end what a test has done besides.

    Levels, a set-up and captures that were left open do not reach the next test.
    """
    restore = keep_set_up()
    try:
        with capture_logs() as captured:
            try:
                yield captured
            finally:
                change(_end_inner_blocks, captured)
    finally:
        restore()


def _end_inner_blocks(captured: CapturedLogs) -> None:
    del _lists[_place_of(captured) + 1 :]


def _place_of(captured: CapturedLogs) -> int:
    # By identity: two lists of equal lines are two blocks.
    found = (place for place, each in enumerate(_lists) if each is captured)
    return next(found, len(_lists))
