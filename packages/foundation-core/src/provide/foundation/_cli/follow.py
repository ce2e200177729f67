"""Files and streams of lines, read piece by piece, and followed as they grow.

A file is followed through rename and truncation.
"""

from __future__ import annotations

import os
import select
import stat
import sys
import time
from collections.abc import Iterator
from errno import EINVAL, EPIPE

from provide.foundation._output.descriptor import wait_writable

if sys.platform == "win32":
    from provide.foundation._windows.console import is_console
    from provide.foundation._windows.files import open_reading

READ_BYTES = 1 << 18
#: A longer line is cut: twice the 8 MiB that the pipeline lets through.
LINE_BYTES = 16 << 20
POLL_S = 0.2
# A writer notices within a second that its file was renamed, and goes on in the old one until
# then: it is read for a little longer.
FAREWELL_S = 2.0


class LineBuffer:
    """Cut chunks into lines of at most `limit` bytes; a longer line is cut, and marked as cut."""

    def __init__(self, limit: int = LINE_BYTES) -> None:
        self.limit = limit
        self._parts: list[bytes] = []
        self._held = 0
        self._lost = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the lines that a chunk finishes, without their ends."""
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            self._hold(end)
            yield self._join()
        self._hold(rest)

    def flush(self) -> Iterator[bytes]:
        """Yield the line that has no end, if there is one."""
        if self._held:
            yield self._join()

    def _hold(self, part: bytes) -> None:
        room = self.limit - self._held
        self._lost += max(0, len(part) - room)
        part = part[:room]
        self._held += len(part)
        if part:
            self._parts.append(part)

    def _join(self) -> bytes:
        line = b"".join(self._parts)
        if self._lost:
            line += b"...<%d more bytes>" % self._lost
        self._parts, self._held, self._lost = [], 0, 0
        return line


class Source:
    """Read one descriptor, from where it stands, as lines.

    Args:
        descriptor: Open for reading; belongs to the source from now on.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._buffer = LineBuffer()
        self._position = 0

    def read(self) -> Iterator[list[bytes]]:
        """Yield the lines of one read after the other, until there is nothing more at present."""
        while chunk := os.read(self.descriptor, READ_BYTES):
            self._position += len(chunk)
            yield list(self._buffer.feed(chunk))

    def rewind_if_cut(self) -> list[bytes]:
        """Begin again where the file has become shorter; return what had no line end by then."""
        if os.fstat(self.descriptor).st_size >= self._position:
            return []
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        self._position = 0
        return list(self._buffer.flush())

    def is_at(self, path: str) -> bool:
        """Tell whether a path still leads to this file, or for the moment to none."""
        try:
            return os.path.samestat(os.stat(path), os.fstat(self.descriptor))
        except OSError:
            return True

    def close(self) -> list[bytes]:
        """Let go of the descriptor; return what had no line end."""
        os.close(self.descriptor)
        return list(self._buffer.flush())


def open_source(path: str) -> Source:
    """Open a file for reading; `-` is standard input.

    Raises:
        OSError: It cannot be opened, or is a directory.
    """
    if path == "-":
        return Source(os.dup(0))
    if sys.platform == "win32":  # who rotates it may rename it meanwhile
        return Source(open_reading(path))
    descriptor = os.open(path, os.O_RDONLY)
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise IsADirectoryError(21, "Is a directory", path)
    return Source(descriptor)


def follow(path: str, source: Source) -> Iterator[list[bytes] | None]:
    """Yield the lines of a file for ever, through rename and create, and through truncation.

    None is yielded when there is nothing more at present, so that the caller waits.
    """
    leaving: list[tuple[Source, float]] = []
    while True:
        for old, until in list(leaving):
            yield from old.read()
            if time.monotonic() >= until:
                leaving.remove((old, until))
                yield old.close()
        yield source.rewind_if_cut()
        yield from source.read()
        if not source.is_at(path):
            try:
                fresh = open_source(path)
            except OSError:
                pass  # gone again, or not yet readable: a later round will tell
            else:
                leaving.append((source, time.monotonic() + FAREWELL_S))
                source = fresh
                continue
        yield None


def wait_for_reader(descriptor: int, seconds: float) -> bool:
    """Sleep; return False as soon as nobody can read any more what is written."""
    if not hasattr(select, "poll"):
        time.sleep(seconds)  # Windows: the next write will tell
        return True
    poll = select.poll()
    poll.register(descriptor, 0)
    return not poll.poll(seconds * 1000)


def write_all(descriptor: int, data: bytes) -> None:
    """Write everything, to a descriptor that may be non-blocking.

    Raises:
        OSError: Nobody reads any more, or the disk is full.
    """
    if sys.platform == "win32" and is_console(descriptor):  # it takes text
        print(data.decode("utf-8", "replace"), end="", flush=True)
        return
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            wait_writable(descriptor, POLL_S)
        except OSError as error:
            if sys.platform == "win32" and error.errno == EINVAL:  # so it says there
                raise BrokenPipeError(EPIPE, os.strerror(EPIPE)) from None
            raise
