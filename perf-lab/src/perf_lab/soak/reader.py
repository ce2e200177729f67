"""The reader's process, by the rival whose log it reads; it follows a log file to its end.

It renames the file that is written to now and then, as logrotate would, reads that one to its end
and then the next, hands whole lines to `checker.py`, and deletes what it has read, so that a day of
lines needs little room.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from perf_lab.processes import worker
from perf_lab.soak.checker import Checker
from perf_lab.soak.mix import LOG_NAME

#: Read at one time: it stays in the processor's cache while it is checked.
BLOCK_BYTES = 1 << 18
POLL_S = 0.02
#: A log file is renamed after so long, or when it has so many bytes. The time is random enough: it
#: does not fit the writer's seconds.
ROTATE_S = 7.0
ROTATE_BYTES = 128 << 20
#: A renamed file may still be written to for as long as this, and then no more.
LINGER_S = 10.0


class LogFiles:
    """Read the files of one log in the order in which they were written, and rotate them.

    Args:
        folder: Where they are; nothing else is there.
        checker: Takes what is read.
    """

    def __init__(self, folder: Path, checker: Checker) -> None:
        self.current = folder / LOG_NAME
        self.renamed = folder / f"{LOG_NAME}.1"
        self.checker = checker
        self.rotations = 0
        self.rotate_s = ROTATE_S
        self._fd = -1
        self._opened = 0.0
        self._rest: dict[int, bytes] = {}
        self._lingering: list[tuple[int, float]] = []

    def read(self) -> bool:
        """Open a file or read one block, and say whether there was anything."""
        if self._fd < 0:
            with suppress(FileNotFoundError):
                self._fd = os.open(self.current, os.O_RDONLY)
                self._rest[self._fd] = b""
                self._opened = time.monotonic()
                return True
        elif self._read_from(self._fd):
            self._rotate_if_due()
            return True
        elif self.renamed.exists() and self.current.exists() and self.current.stat().st_size:
            # What was written before the next file had its first line has to be read first.
            while self._read_from(self._fd):
                pass
            # A forked child may have made the next file, while its parent has yet to follow.
            self._lingering.append((self._fd, time.monotonic() + LINGER_S))
            self.renamed.unlink()
            self._fd = -1
            return True
        while self._lingering and self._lingering[0][1] < time.monotonic():
            self._close(self._lingering.pop(0)[0])
        return sum(self._read_from(fd) for fd, _ in self._lingering) > 0

    def finish(self) -> None:
        """Read everything that is left: nobody writes any more."""
        while self.read():
            pass
        for fd in list(self._rest):
            self._close(fd)

    def _rotate_if_due(self) -> None:
        """Rename the log file, as logrotate would."""
        size, age = os.fstat(self._fd).st_size, time.monotonic() - self._opened
        if (age >= self.rotate_s or size >= ROTATE_BYTES) and not self.renamed.exists():
            os.rename(self.current, self.renamed)
            self.rotations += 1

    def _read_from(self, fd: int) -> bool:
        data = os.read(fd, BLOCK_BYTES)
        whole, end, self._rest[fd] = (self._rest[fd] + data).rpartition(b"\n")
        if end:
            self.checker.feed(whole + end)
        return bool(data)

    def _close(self, fd: int) -> None:
        while self._read_from(fd):  # a reader that is behind has not looked at it for long
            pass
        rest = self._rest.pop(fd)
        if rest:
            self.checker.tear(rest, "no line end")
        os.close(fd)


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
                if line:  # else the parent has gone
                    files.finish()
                    checker.finish(json.loads(line)["stop"])
                    yield {**checker.status(), "rotations": files.rotations, "end": True}
                return
            if time.monotonic() >= due:
                due = time.monotonic() + 1
                yield {**checker.status(), "rotations": files.rotations}


if __name__ == "__main__":
    worker.main(Reader)
