"""What `stats()` returns: the counts of one moment, as frozen objects that type checkers know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class QueueStats:
    """Say what background delivery has taken and not yet written; 0 in direct delivery.

    Args:
        lines: How many lines.
        bytes: How many bytes.
    """

    lines: int
    bytes: int

    def as_dict(self) -> dict[str, Any]:
        """Return this as plain data."""
        return {"lines": self.lines, "bytes": self.bytes}


@attrs.frozen(kw_only=True)
class OutputStats:
    """Say what one output wrote and dropped since the process started.

    Args:
        written: Lines, by the name of their level, such as ``info``; levels without one are left
            out.
        dropped: Lines that were not written, by reason, such as ``enospc`` or ``queue_full``.
        bytes: Bytes of whole lines that were written, records of Foundation's own among them.
        queue: What is queued.
        own_records: Reports of Foundation's own that were written here.
        last_error: What stopped the latest line that an error has dropped; `None`: none has.
    """

    written: Mapping[str, int]
    dropped: Mapping[str, int]
    bytes: int
    queue: QueueStats
    own_records: int
    last_error: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return this as plain data, for JSON."""
        return {
            "written": dict(self.written),
            "dropped": dict(self.dropped),
            "bytes": self.bytes,
            "queue": self.queue.as_dict(),
            "own_records": self.own_records,
            "last_error": self.last_error,
        }


@attrs.frozen(kw_only=True)
class Stats:
    """Hold the counts of one moment; a later moment's are another object.

    Args:
        outputs: The counts of each output, by its name: a path, ``stderr``, the name of a stream.
        faults: What failed without costing a line, such as a processor, by kind.
        fallbacks: Calls that a fast lane gave to the processor lane, which costs more time and
            writes the same line, by reason. ``parameters`` is an exception or a stack that is cut,
            and ``record`` one of `logging` that is no plain call. The others are ``keys``,
            ``exporter``, ``long`` and ``odd``.
        lane: ``native``, ``fast`` or ``processor``; `None` before the first set-up.
    """

    outputs: Mapping[str, OutputStats]
    faults: Mapping[str, int]
    fallbacks: Mapping[str, int]
    lane: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return this as plain data, for JSON."""
        return {
            "outputs": {name: output.as_dict() for name, output in self.outputs.items()},
            "faults": dict(self.faults),
            "fallbacks": dict(self.fallbacks),
            "lane": self.lane,
        }
