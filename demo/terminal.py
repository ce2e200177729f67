"""The terminal that the service writes to: a pty whose first and last lines the demo passes on.

Imports nothing of the demo, and of Foundation how wide a text is. The service sees a real terminal;
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

from provide.foundation._render.console import display_width

_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
_RECORD = re.compile(rb"\d{4}-\d\d-\d\d ")
#: Where the event begins in a record: what is folded continues there.
_INDENT = 33


def fold_record(row: bytes, columns: int) -> bytes:
    """Break a record that is wider than the terminal between two fields; others stay whole.

    Args:
        row: One row, coloured or not; colours end before the space between two fields.
        columns: The terminal's width.
    """
    if columns <= 2 * _INDENT or _RECORD.match(_COLOUR.sub(b"", row)) is None:
        return row
    folded: list[bytes] = []
    width = 0
    for word in row.split(b" "):
        word_width = display_width(_COLOUR.sub(b"", word).decode("utf-8", "replace"))
        if folded and width + 1 + word_width > columns:
            folded.append(b"\n" + b" " * _INDENT + word)
            width = _INDENT + word_width
        else:
            folded.append(b" " + word if folded else word)
            width += word_width + (len(folded) > 1)
    return b"".join(folded)


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
        self._columns, rows = shutil.get_terminal_size()
        termios.tcsetwinsize(self.descriptor, (rows, self._columns))
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
        self._show((fold_record(row, self._columns) if self._live else row) + b"\n")

    def _more(self, count: int) -> bytes:
        text = f"  ... {count:,} more lines"
        return f"\x1b[2m{text}\x1b[0m\x1b[K".encode() if self._live else text.encode()

    def _show(self, data: bytes) -> None:
        try:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except OSError:
            self._live = False  # nobody reads stdout any more; keep on draining all the same
