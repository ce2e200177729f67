"""The terminal that the service writes to: a pty whose first and last lines the demo passes on.

Imports nothing of the demo or of Foundation. The service sees a real terminal;
the reader drains it all the time, whatever becomes of the demo's own output, so that the service
never waits for it.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import termios
import threading
import time
import tty
from collections import deque

_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
#: Other rows of a record are indented.
_RECORD = re.compile(rb"\d\d:\d\d:\d\d\.\d{3} ")


class Terminal:
    """Hold a pty, show its first and last lines on stdout, and count all of them.

    Args:
        first: How many rows to show as they come; the record that is being shown is finished.
        last: How many records to show at the end.
    """

    def __init__(self, *, first: int, last: int) -> None:
        self.records = 0
        self._rows_left = first
        self._hidden = 0
        self._last: deque[list[bytes]] = deque(maxlen=last)
        self._live = sys.stdout.isatty()
        self._shown_at = 0.0
        self._reader, self.descriptor = os.openpty()
        tty.setraw(self.descriptor)  # no echo, and no carriage returns in the lines
        columns, rows = shutil.get_terminal_size()
        termios.tcsetwinsize(self.descriptor, (rows, columns))
        self._thread = threading.Thread(target=self._drain, name="terminal", daemon=True)

    def start(self) -> None:
        """Begin to read; the service has the descriptor by now, and this process gives it up."""
        os.close(self.descriptor)
        self._thread.start()

    def finish(self, timeout_s: float) -> None:
        """Wait until the service's side is closed, and show the last records."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        hidden = self._hidden - len(self._last)
        if hidden > 0:
            self._show(self._more(hidden) + b"\n")
        for record in self._last:
            for row in record:
                self._show_row(row)

    def _drain(self) -> None:
        rest = b""
        while chunk := self._read():
            *rows, rest = (rest + chunk).split(b"\n")
            for row in rows:
                self._take(row)
        os.close(self._reader)

    def _read(self) -> bytes:
        try:
            return os.read(self._reader, 65536)
        except OSError:  # Linux says EIO when the other side is closed, others return nothing
            return b""

    def _take(self, row: bytes) -> None:
        begins = _RECORD.match(_COLOUR.sub(b"", row)) is not None
        self.records += begins
        if not self._hidden and (self._rows_left > 0 or not begins):
            self._rows_left -= 1
            self._show_row(row)
            return
        if begins:
            self._hidden += 1
            self._last.append([row])
        else:
            self._last[-1].append(row)
        if self._live and time.monotonic() - self._shown_at > 0.1:
            self._shown_at = time.monotonic()
            self._show(self._more(self._hidden) + b"\r")

    def _show_row(self, row: bytes) -> None:
        self._show(row + b"\n")

    def _more(self, count: int) -> bytes:
        text = f"  ... {count:,} more lines"
        return f"\x1b[2m{text}\x1b[0m\x1b[K".encode() if self._live else text.encode()

    def _show(self, data: bytes) -> None:
        try:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except OSError:
            self._live = False  # nobody reads stdout any more; keep on draining all the same
