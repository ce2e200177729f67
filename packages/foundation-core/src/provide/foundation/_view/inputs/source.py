"""One file or stream, read block by block from where it stands."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator

from provide.foundation._view.inputs.decoding import BrokenFile, Plain, choose_decoder
from provide.foundation._view.inputs.lines import LineBuffer

if sys.platform == "win32":
    from provide.foundation._windows.files import open_reading

#: A block, a copy of it and another one stay within what the C library keeps of freed memory:
#: larger ones get fresh pages each time. All fit into the cache of a processor, too, since blocks
#: are searched several times; and the first screen is there soon.
READ_BYTES = 5 << 14


class Source:
    """Read one descriptor, from where it stands, as blocks of whole lines.

    Args:
        descriptor: Open for reading; belongs to the source from now on.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._end: int | None = None
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._buffer = LineBuffer()
        self._decoder: Plain | None = None
        self._first = b""
        self._position = 0

    @property
    def is_regular(self) -> bool:
        """Tell whether it is a file, which has a length, and whose bytes stay."""
        return stat.S_ISREG(os.fstat(self.descriptor).st_mode)

    def is_plain(self) -> bool:
        """Tell whether the lines of a regular file stand in it as they are; moves nothing."""
        first = os.pread(self.descriptor, 8, 0) if hasattr(os, "pread") else b"\xff\xfe"
        try:
            decoder = choose_decoder(first, ended=True)
        except BrokenFile:
            return False
        return type(decoder) is Plain and not first.startswith(b"\xef\xbb\xbf")

    def narrow(self, start: int, end: int | None) -> None:
        """Read a part of a plain file, before anything has been read.

        Args:
            start: Where a line begins.
            end: Behind which nothing is read but to the end of a line; `None`: the file's.
        """
        os.lseek(self.descriptor, start, os.SEEK_SET)
        self._position, self._end = start, end
        if start:
            self._decoder = Plain()

    def read(self) -> Iterator[bytes]:
        """Yield the lines of one read after the other, until there is nothing more at present.

        Raises:
            BrokenFile: A packed file is damaged, or nothing here unpacks it.
            OSError: It cannot be read.
        """
        while chunk := os.read(self.descriptor, READ_BYTES):
            self._position += len(chunk)
            if self._decoder is None:
                self._first += chunk
                self._decoder = choose_decoder(self._first, ended=False)
                if self._decoder is None:
                    continue
                chunk, self._first = self._first, b""
            for piece in self._decoder.decode(chunk):
                yield from self._buffer.feed(piece)
            if self._end is not None and self._position > self._end + READ_BYTES:
                return

    def rewind_if_cut(self) -> bytes:
        """Begin again where the file has become shorter; return what had no line end by then."""
        if os.fstat(self.descriptor).st_size >= self._position:
            return b""
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        rest = self._buffer.flush()
        self._begin_anew()
        return rest

    def is_at(self, path: str) -> bool:
        """Tell whether a path still leads to this file, or for the moment to none."""
        try:
            return os.path.samestat(os.stat(path), os.fstat(self.descriptor))
        except OSError:
            return True

    def close(self) -> tuple[bytes, BrokenFile | None]:
        """Let go of the descriptor; return what had no line end, and what is wrong with the end."""
        os.close(self.descriptor)
        problem = None
        try:
            if self._decoder is None:
                self._decoder = choose_decoder(self._first, ended=True) or Plain()
            rest = b"".join(self._decoder.decode(self._first)) + self._decoder.finish()
        except BrokenFile as broken:
            rest, problem = b"", broken
        return b"".join([*self._buffer.feed(rest), self._buffer.flush()]), problem


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
