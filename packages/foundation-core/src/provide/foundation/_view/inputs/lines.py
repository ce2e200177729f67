"""Chunks of any size into blocks of whole lines."""

from __future__ import annotations

from collections.abc import Iterator

#: A longer line is cut: twice the 8 MiB that the pipeline lets through.
LINE_BYTES = 16 << 20


class LineBuffer:
    """Cut chunks at line ends; a line over `limit` bytes is cut, and marked as cut.

    Args:
        limit: In bytes, of a line that comes in several chunks.
    """

    def __init__(self, limit: int = LINE_BYTES) -> None:
        self.limit = limit
        self._parts: list[bytes] = []
        self._held = 0
        self._lost = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the lines that a chunk finishes, with their ends: one block, or two."""
        last = chunk.rfind(b"\n") + 1
        if last:
            first = 0
            if self._lost or self._held + chunk.find(b"\n") > self.limit:
                first = chunk.find(b"\n") + 1
                self._hold(chunk[: first - 1])
                yield self._join() + b"\n"
            # No copy of most lines but this one.
            yield b"".join([*self._parts, memoryview(chunk)[first:last]])
            self._parts, self._held, self._lost = [], 0, 0
        self._hold(chunk[last:] if last else chunk)

    def flush(self) -> bytes:
        """Return the line that has no end, if there is one, with an end."""
        return self._join() + b"\n" if self._held else b""

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
