"""The live page of a program's own lines: `LoggingConfig.live`, PROVIDE_LOG_LIVE.

A log call hands its line over to a queue that is bounded, without a lock and without a wait: what
falls out at the other end is counted. A thread of its own makes of the lines what the page shows.
A forked child hands nothing over and closes its copy of the port; all ends with the process.
"""

from __future__ import annotations

import html
import os
import sys
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from typing import Any

from provide.foundation._encoder import dumps, loads
from provide.foundation._live.describing import describe
from provide.foundation._live.ring import Ring
from provide.foundation._live.server import LiveServer
from provide.foundation._record.escaping import escape_text
from provide.foundation._record.timestamps import format_timestamp
from provide.foundation._view.dialects.reader import Entry, Reader
from provide.foundation.extension import (
    COUNTERS,
    DIAGNOSTICS,
    LEVEL_NAMES,
    Extension,
    renew_after_fork,
)
from provide.foundation.levels import WARNING

#: Lines between the log calls and the thread, and the bytes of one that is shown.
MOST_WAITING, LONGEST_LINE = 5_000, 1 << 20
#: How long lines wait for company.
_GATHER_S = 0.05
OUTPUT = "live"


class Handover:
    """Take lines from log calls, for one thread that fetches them.

    It is an `Exporter`, and its `export_line` is the short way for lanes that have the bytes.

    Thread safety: any thread may hand lines over; one fetches them.
    """

    def __init__(self) -> None:
        self.is_off = False
        self._waiting: deque[tuple[int, object]] = deque(maxlen=MOST_WAITING)
        self._numbers = count(1)
        self._newest = self._taken = 0

    def __call__(
        self,
        level: int,
        seconds: float,
        name: str,
        event: str,
        fields: Mapping[str, Any],
        members: bytes,
        details: Mapping[str, Any] | None,
    ) -> None:
        """Take a line as its parts."""
        if not self.is_off:
            parts = (level, seconds, name, event, fields, members, details)
            self._waiting.append((next(self._numbers), parts))

    def export_line(self, level: int, line: bytes) -> None:
        """Take a line as it is written."""
        if not self.is_off:
            self._waiting.append((next(self._numbers), line))

    def fetch(self) -> tuple[list[object], int]:
        """Return the lines that wait, and how many more have fallen out than was known before."""
        found: list[object] = []
        with suppress(IndexError):
            while len(found) < MOST_WAITING:
                number, line = self._waiting.popleft()
                self._newest = max(self._newest, number)
                found.append(line)
        self._taken += len(found)
        lost = self._newest - self._taken if not self._waiting else 0
        self._taken += max(lost, 0)
        return found, max(lost, 0)


def make_raw(line: Any) -> bytes:
    """Return a line that was handed over as JSON, without its end."""
    if isinstance(line, bytes):
        return line.removesuffix(b"\n")
    level, seconds, name, event, fields, members, details = line
    record = {
        "timestamp": format_timestamp(seconds),
        "level": LEVEL_NAMES.get(level, "error"),
        "logger": name,
        "event": event,
        **fields,
        **(loads(b"{" + members + b"}") if members else {}),
    }
    for key in ("exception", "stack", "callsite"):
        if details and details.get(key) is not None:
            record[key] = details[key]
    return dumps(record)


class ProgramPage:
    """Serve the page, from the first set-up that asks for it to the end of the process.

    Raises:
        OSError: There is no port.
        RuntimeError: No thread can be started.
    """

    def __init__(self) -> None:
        self.handover = Handover()
        self._ring = Ring()
        self._reader = Reader()
        title = html.escape(escape_text(os.path.basename(sys.argv[0] if sys.argv else "")))
        self._server = LiveServer(self._ring, title or "python", port=0, announce=_announce)
        for serve in (self._server.serve_forever, self._pass_on):
            threading.Thread(target=serve, name="foundation-live", daemon=True).start()
        renew_after_fork(self._leave)
        self._server.visitors.invite()

    def _pass_on(self) -> None:
        pause = threading.Event()
        while not self.handover.is_off:
            lines, lost = self.handover.fetch()
            batch = []
            for line in lines:
                try:
                    raw = make_raw(line)
                    if len(raw) > LONGEST_LINE:
                        lost += 1
                        continue
                    batch += [(describe(each, ""), each.raw) for each in self._reader.read(raw)]
                except (TypeError, ValueError):  # a key or a value that JSON cannot have
                    lost += 1
            if lost:
                for _ in range(lost):
                    COUNTERS.counts(OUTPUT).drop("queue_full")
                said = Entry(b"", None, None, f"{lost:,} lines are not shown", WARNING)
                batch.append((describe(said, ""), b""))
            if batch:
                self._ring.add(batch)
            pause.wait(_GATHER_S)

    def _leave(self) -> None:
        """Be nothing in a forked child, whose threads are gone."""
        self.handover.is_off = True
        self.handover._waiting.clear()
        with suppress(OSError):
            os.close(self._server.socket.detach())


class _Process:
    """Hold the one page."""

    page: ProgramPage | None = None


def make_extension() -> Extension | None:
    """Return what hands lines over to the page, which is served from now on; `None`: it cannot be.

    A turn of the set-up is the caller's.
    """
    if _Process.page is None:
        try:
            _Process.page = ProgramPage()
        except (OSError, RuntimeError) as error:
            DIAGNOSTICS.report_once(OUTPUT, "no page can be served", {"error": str(error)})
            return None
    return Extension("foundation-live", exporter=_Process.page.handover)


def _announce(address: str) -> None:
    # A program may have no stderr, or a closed one.
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            print(f"foundation live: {address}", file=sys.stderr, flush=True)
