"""Look at what was logged, in tests; imports setup and the pipeline.

`capture_logs` is for any test runner; the pytest fixture of the same purpose is
`foundation_logs` (`pytest_plugin.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from provide.foundation.keys import KeyPolicy
from provide.foundation.ledger import Counts
from provide.foundation.levels import LEVEL_NAMES, TRACE
from provide.foundation.line import Line
from provide.foundation.outputs import Output
from provide.foundation.pipeline import Pipeline
from provide.foundation.setup import change, swap_pipeline
from provide.foundation.sink import Sink


class _CaptureSink(Sink):
    """Throw rendered lines away: what a test looks at is kept before they are rendered."""

    def __init__(self) -> None:
        self.counts = Counts("captured")

    def deliver(self, index: int, data: bytes) -> None:
        self.counts.written[index].count += 1


def as_dict(line: Line) -> dict[str, Any]:
    """Return a line as a mapping: ``event``, ``level``, ``logger``, the fields, ``exception``.

    The values of fields are the very objects that were logged.
    """
    captured: dict[str, Any] = {
        "event": line.event,
        "level": LEVEL_NAMES[line.level],
        "logger": line.logger,
        **line.fields,
    }
    for key in ("exception", "stack", "callsite"):
        value = getattr(line, key)
        if value is not None:
            captured[key] = value
    return captured


# The lists of the blocks that are running, and what ends the capture when all of them are over:
# blocks of two threads may end in any order.
_lists: list[list[dict[str, Any]]] = []
_restores: list[Callable[[], None]] = []


@contextmanager
def capture_logs() -> Generator[list[dict[str, Any]], None, None]:
    """Keep lines in a list, instead of writing them, for the length of a `with` block.

    Levels hold as they are set; the processors of the configuration do not run. Lines of every
    thread are kept; where blocks overlap, each has all that is logged while it runs. A
    set-up inside of the block ends the capture: its outputs take over.

    Yields:
        A list that grows with each line; its items are described at `as_dict`.
    """
    captured: list[dict[str, Any]] = []

    def keep(line: Line) -> bytes:
        # A line that is on its way while the last block ends is that block's.
        for running in tuple(_lists) or (captured,):
            running.append(as_dict(line))
        return b""

    output = Output(_CaptureSink(), TRACE, keep, "captured", marker=True)

    def begin() -> None:
        _lists.append(captured)
        _restores.append(swap_pipeline(Pipeline([output], policy=KeyPolicy())))

    def end() -> None:
        _lists[:] = [other for other in _lists if other is not captured]
        while _restores and not _lists:
            _restores.pop()()

    # The pipelines change right after each of the two, still in the same turn.
    change(begin)
    try:
        yield captured
    finally:
        change(end)
