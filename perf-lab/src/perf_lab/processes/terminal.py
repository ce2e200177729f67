"""A terminal of our own that a library writes to, and that is read as fast as it is written.

The reading thread is in this process and the writer in another, so that nobody's processor time
has it in it. Only POSIX systems have such terminals.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress


class Terminal:
    """Hold both ends of a pseudo-terminal; what was written is kept until it is taken.

    Args:
        columns: Its width; 0: it does not say.
    """

    #: No more than this is kept: the end of what was written is what is looked at. 64 exceptions of
    #: 13 frames are some megabytes where a library shows code and variables.
    KEPT = 16_000_000
    QUIET_S = 0.1

    def __init__(self, columns: int = 0) -> None:
        import pty
        import termios
        import tty

        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)  # a line's end stays one byte
        if columns:
            termios.tcsetwinsize(self._slave, (24, columns))
        self.path = os.ttyname(self._slave)
        self._read = bytearray()
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        with suppress(OSError):  # the other end is closed
            while data := os.read(self._master, 65_536):
                self._read += data
                if len(self._read) > self.KEPT:
                    del self._read[: -self.KEPT // 2]

    def take(self) -> bytes:
        """Return what was written since the last time, once nothing more has come for a moment."""
        length = -1
        while length != len(self._read):
            length = len(self._read)
            time.sleep(self.QUIET_S)
        found = bytes(self._read)
        self._read.clear()
        return found
