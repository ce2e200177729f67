"""Where a standard stream leads to: pipes, files, sockets, terminals and devices; keeps the bytes.

`pipe`; `redirected`, a file; `nonblocking`, a pipe with a slow reader; `stuck`, one that nobody
reads until the process has ended; `broken`, one whose reader is gone; `socket`; `terminal`; `full`,
a device without room; `closed`.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from pathlib import Path


class Wire:
    """Lead a standard stream to where a case wants it, and keep what comes out.

    Args:
        kind: One of those above.
        folder: For the file.
    """

    def __init__(self, kind: str, folder: Path) -> None:
        self.kept = bytearray()
        self._kind = kind
        self._path = folder / "stream.log"
        self._reader, self.writer = self._open()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def _open(self) -> tuple[int, int]:
        """Return the reader's end, or -1, and the process's."""
        match self._kind:
            case "redirected":
                return -1, os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            case "full" | "closed":
                path = "/dev/full" if self._kind == "full" else os.devnull
                return -1, os.open(path, os.O_WRONLY)
            case "socket":
                ours, theirs = socket.socketpair()
                return ours.detach(), theirs.detach()
            case "terminal":
                return os.openpty()
        reader, writer = os.pipe()
        os.set_blocking(writer, self._kind not in ("nonblocking", "stuck"))
        if self._kind == "broken":
            os.close(reader)
        return -1 if self._kind == "broken" else reader, writer

    def start(self) -> None:
        """Let go of the process's end, and begin to read."""
        os.close(self.writer)
        if self._reader >= 0 and self._kind != "stuck":
            self._thread.start()

    def finish(self) -> bytes:
        """Return all that came out; a process that still holds the other end is not waited for."""
        if self._kind == "stuck":
            os.set_blocking(self._reader, False)
            self._read()
        if self._thread.is_alive():
            self._thread.join(5)
        if self._kind == "redirected":
            self.kept += self._path.read_bytes()
        return bytes(self.kept)

    def _read(self) -> None:
        slow = self._kind == "nonblocking"
        with contextlib.suppress(OSError):  # how Linux says that a terminal's other end is closed
            while data := os.read(self._reader, 4096 if slow else 1 << 16):
                self.kept += data
                time.sleep(0.0005 if slow else 0)
        os.close(self._reader)
