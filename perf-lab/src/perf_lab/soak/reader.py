"""The reader's process, by folder and first number; it follows a log file to its end.

It reads the file that is being written to and those that were renamed, in order, hands whole
lines to `checker.py`, and deletes what it has read, so that a day of lines needs little room. It
says on stdout, a JSON object a second, what it has counted. `{"finish": n}` on stdin tells it that
the writer has ended, and that n is the number after the last message.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

from perf_lab.soak.checker import Checker
from perf_lab.soak.protocol import LOG_NAME

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
        self.bytes_read = 0
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
            self._retire()
            return True
        return self._read_lingering()

    def finish(self) -> None:
        """Read everything that is left: nobody writes any more."""
        while self.read():
            pass
        for fd in [each for each, _ in self._lingering] + ([self.fd] if self.fd >= 0 else []):
            self._close(fd)
        self._lingering.clear()
        self.fd = -1

    def _renamed(self, number: int) -> Path:
        return self.current.with_name(f"{LOG_NAME}.{number}")

    def _open(self) -> bool:
        for path in (self._renamed(self.number), self.current):
            try:
                fd = os.open(path, os.O_RDONLY)
            except FileNotFoundError:
                continue
            # It may have been renamed between a look for the one name and for the other.
            renamed = self._renamed(self.number)
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
        self.bytes_read += len(data)
        end = data.rfind(b"\n") + 1
        if not end:
            self._rest[fd] += data
            return True
        block = self._rest[fd] + data[:end] if self._rest[fd] else data[:end]
        self._rest[fd] = data[end:]
        self.checker.feed(block)
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

    def _retire(self) -> None:
        # A forked child may have made the next file, while its parent has yet to follow.
        self._lingering.append((self.fd, time.monotonic() + LINGER_S))
        self._renamed(self.number).unlink()
        self.number += 1
        self.fd = -1

    def _read_lingering(self) -> bool:
        found = False
        for fd, _ in self._lingering:
            found = self._read_from(fd) or found
        while self._lingering and self._lingering[0][1] < time.monotonic():
            self._close(self._lingering.pop(0)[0])
        return found

    def _close(self, fd: int) -> None:
        rest = self._rest.pop(fd)
        if rest:
            self.checker.tear(rest, "no line end")
        os.close(fd)


def _is_open_as(fd: int, path: Path) -> bool:
    return os.path.samestat(os.stat(path), os.fstat(fd))


def main() -> None:
    """Read until told to finish; end without a word if the parent has gone."""
    # What ends the whole group, Ctrl-C for instance, ends the writer, whose rest is to be read.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    checker = Checker(int(sys.argv[2]))
    files = LogFiles(Path(sys.argv[1]), checker)
    said = time.monotonic()

    def say(**more: Any) -> None:
        status = {**checker.status(), "bytes": files.bytes_read, **more}
        print(json.dumps(status), flush=True)

    while True:
        busy = files.read()
        if select.select([sys.stdin], [], [], 0 if busy else POLL_S)[0]:
            line = sys.stdin.readline()
            if not line:
                return
            files.finish()
            checker.finish(json.loads(line)["finish"])
            say(end=True)
            return
        if time.monotonic() - said >= 1:
            said = time.monotonic()
            say()


if __name__ == "__main__":
    main()
