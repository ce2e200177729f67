"""What Foundation reports of itself, rate-limited, on stderr.

A dropped line is counted by its output and reported here: a loss is never silent. The report is a
record in the format of the output that is stderr, so that it never breaks a JSON stream;
`_runtime/setup.py` gives the function that writes it. Without one (nothing is set up yet) reports
are plain text.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from provide.foundation._process.interrupts import let_through
from provide.foundation.levels import WARNING

#: The name under which Foundation's own records appear.
LOGGER_NAME = "provide.foundation"

#: Seconds between two reports of one subject.
INTERVAL_S = 5.0
_MOST_SUBJECTS = 100
_FOR_EVER = float("inf")

Writer = Callable[[int, str, Mapping[str, Any]], None]


def write_plain(level: int, event: str, fields: Mapping[str, Any]) -> None:
    """Write a report as text to whatever `sys.stderr` is, if it is there at all."""
    stream = sys.stderr
    if stream is not None:
        # repr() escapes what could forge a line or move a terminal's cursor (no injection).
        details = " ".join(f"{name}={value!r}" for name, value in fields.items())
        stream.write(f"{LOGGER_NAME}: {event} {details}".rstrip() + "\n")


class Diagnostics:
    """Write reports, each subject at most once in `INTERVAL_S` seconds; any thread may."""

    def __init__(self) -> None:
        self.writer: Writer = write_plain
        self._reported: dict[str, float] = {}

    def report(self, subject: str, event: str, fields: Mapping[str, Any]) -> None:
        """Write a report, unless one on the same subject was written a moment ago."""
        now = time.monotonic()
        before = self._reported.get(subject)
        if before is None or now - before >= INTERVAL_S:
            if len(self._reported) > _MOST_SUBJECTS:
                # The subjects that are reported once only are few, and stay.
                self._reported = {s: t for s, t in self._reported.copy().items() if t == _FOR_EVER}
            self._reported[subject] = now
            self._write(event, fields)

    def report_once(self, subject: str, event: str, fields: Mapping[str, Any]) -> None:
        """Write a report, the first time in the process that this subject comes up."""
        if subject not in self._reported:
            self._reported[subject] = _FOR_EVER
            self._write(event, fields)

    def forget(self) -> None:
        """Start again: nothing has been reported, and plain text is the format."""
        self.writer, self._reported = write_plain, {}

    def _write(self, event: str, fields: Mapping[str, Any]) -> None:
        try:
            self.writer(WARNING, event, fields)
        except Exception:  # never raises: stderr may be full or closed, and the call must return
            let_through()
            return


#: The reports of the process.
DIAGNOSTICS = Diagnostics()
