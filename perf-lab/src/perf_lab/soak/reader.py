"""The reader's process, by the rival whose log it reads; it follows a log file to its end.

It reads the file that is being written to and those that were renamed, in order, hands whole
lines to `checker.py`, and deletes what it has read, so that a day of lines needs little room.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from perf_lab.processes import worker
from perf_lab.soak.checker import Checker
from perf_lab.soak.mix import LOG_NAME

#: Read at one time: it stays in the processor's cache while it is checked.
BLOCK_BYTES = 1 << 18
POLL_S = 0.02
#: A renamed file may still be written to for as long as this, and then no more.
LINGER_S = 10.0


class LogFiles:
    """Read the files of one log in the order in which they were written.

    Args:
        folder: Where they are; nothing else is there.
        checker: Takes what is read.
    """

    def __init__(self, folder: Path, checker: Checker) -> None:
        self.current = folder / LOG_NAME
        self.checker = checker
        self.fd = -1
        self.number = 1  # the open file will have it when it is renamed
        self._rest: dict[int, bytes] = {}
        self._lingering: list[tuple[int, float]] = []

    def read(self) -> bool:
        """Read one block, and say whether there was anything."""
        if self.fd < 0 and not self._open():
            return False
        if self._read_from(self.fd):
            return True
        if self._is_over():
            # What was written before the next file had its first line has to be read first.
            while self._read_from(self.fd):
                pass
            # A forked child may have made the next file, while its parent has yet to follow.
            self._lingering.append((self.fd, time.monotonic() + LINGER_S))
            self._renamed(self.number).unlink()
            self.number += 1
            self.fd = -1
            return True
        found = sum(self._read_from(fd) for fd, _ in self._lingering) > 0
        while self._lingering and self._lingering[0][1] < time.monotonic():
            self._close(self._lingering.pop(0)[0])
        return found

    def finish(self) -> None:
        """Read everything that is left: nobody writes any more."""
        while self.read():
            pass
        for fd in list(self._rest):
            self._close(fd)

    def _renamed(self, number: int) -> Path:
        return self.current.with_name(f"{LOG_NAME}.{number}")

    def _open(self) -> bool:
        renamed = self._renamed(self.number)
        for path in (renamed, self.current):
            try:
                fd = os.open(path, os.O_RDONLY)
            except FileNotFoundError:
                continue
            # It may have been renamed between a look for the one name and for the other.
            if path == self.current and renamed.exists() and not _is_open_as(fd, renamed):
                os.close(fd)
                return False
            self.fd = fd
            self._rest[fd] = b""
            return True
        return False

    def _read_from(self, fd: int) -> bool:
        data = os.read(fd, BLOCK_BYTES)
        if not data:
            return False
        whole, end, rest = (self._rest[fd] + data).rpartition(b"\n")
        self._rest[fd] = rest
        if end:
            self.checker.feed(whole + end)
        return True

    def _is_over(self) -> bool:
        """Say whether the open file has been renamed, and lines have come into the next one."""
        if not self._renamed(self.number).exists():
            return False
        for path in (self._renamed(self.number + 1), self.current):
            try:
                if os.stat(path).st_size:
                    return True
            except FileNotFoundError:
                continue
        return False

    def _close(self, fd: int) -> None:
        rest = self._rest.pop(fd)
        if rest:
            self.checker.tear(rest, "no line end")
        os.close(fd)


def _is_open_as(fd: int, path: Path) -> bool:
    return os.path.samestat(os.stat(path), os.fstat(fd))


class Reader:
    """Read what one library writes.

    Args:
        name: A name of the catalogue.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        # What ends the whole group, Ctrl-C for instance, ends the writer, whose rest is to be read.
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)

    def read(self, folder: str, first: int) -> Iterator[dict[str, Any]]:
        """Read until told that the writer has ended; what was counted, a dict a second.

        Args:
            folder: Where the log is.
            first: The number of the first message.
        """
        checker = Checker(first, self.name)
        files = LogFiles(Path(folder), checker)
        due = time.monotonic() + 1
        while True:
            busy = files.read()
            if select.select([sys.stdin], [], [], 0 if busy else POLL_S)[0]:
                line = sys.stdin.readline()
                if not line:  # the parent has gone
                    return
                files.finish()
                checker.finish(json.loads(line)["stop"])
                yield {**checker.status(), "end": True}
                return
            if time.monotonic() >= due:
                due = time.monotonic() + 1
                yield checker.status()


if __name__ == "__main__":
    worker.main(Reader)
