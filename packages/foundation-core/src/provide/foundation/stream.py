"""Bytes to a Python stream of the user's, through its own `write`; imports the descriptor.

The stream may be anything: closed, full, strict about its encoding, written in Python, logging
from its own `write`. Whatever it raises is caught, counted and said once in a while. No lock is
held while it runs. A stream without a buffer is written through its descriptor, because nobody
else completes its short writes (it is what PYTHONUNBUFFERED=1 makes of stdout).
"""

from __future__ import annotations

import io
import time
from errno import EAGAIN
from typing import Any

from provide.foundation.descriptor import (
    WRITE_TIMEOUT_S,
    DescriptorWriter,
    drop_or_raise,
    drop_reason,
    say_dropped,
    wait_writable,
)
from provide.foundation.interrupts import let_through
from provide.foundation.ledger import Counts
from provide.foundation.line_lock import ReentryGate

#: Unbuffered streams that one output is known to have been, such as by redirect_stderr.
_MOST_WRITERS = 8


class StreamWriter:
    """Write lines to streams, each of them text or binary; any thread may.

    Args:
        counts: Where lines are counted.
        timeout_s: Seconds to finish a write that would block.
    """

    def __init__(self, counts: Counts, timeout_s: float = WRITE_TIMEOUT_S) -> None:
        self._counts = counts
        self._timeout_s = timeout_s
        self._gate = ReentryGate(self._write, self._refuse)
        self._writers: dict[tuple[int, int], DescriptorWriter] = {}

    def write(self, stream: Any, index: int, data: bytes) -> None:
        """Write one line or count it as dropped; no `Exception` leaves here."""
        self._gate.run(index, stream, data)

    def flush(self) -> None:
        """Finish what an interrupt may have left."""
        for writer in self._writers.copy().values():
            writer.flush()

    def _refuse(self, reason: str, index: int) -> None:
        self._counts.drop(reason, None, index)

    def _write(self, index: int, stream: Any, data: bytes) -> None:
        try:
            raw = unbuffered_file(stream)
            if raw is not None:
                if raw is not stream:
                    stream.flush()
                    data = encode_for(data, stream.encoding)
                self._writer_of(raw).write(index, data)
                return
            write_line(stream, data, self._timeout_s)
            flush = getattr(stream, "flush", None)
            if flush is not None:
                flush()
            tally, size = self._counts.written[index], len(data)
            tally.count += 1
            tally.bytes += size
        except Exception as error:  # promise 1: the stream is the user's, anything can happen in it
            reason = "closed" if is_closed(stream) else drop_reason(error)
            drop_or_raise(self._counts, error, index, reason)
            say_dropped(self._counts)

    def _writer_of(self, raw: io.FileIO) -> DescriptorWriter:
        fd = raw.fileno()
        key = id(raw), fd
        writer = self._writers.get(key)
        if writer is None:
            if len(self._writers) > _MOST_WRITERS:
                self._writers.clear()
            # Threads that race get the same one, and so the same lock.
            writer = DescriptorWriter(fd, self._counts, self._timeout_s)
            writer = self._writers.setdefault(key, writer)
        return writer


def unbuffered_file(stream: Any) -> io.FileIO | None:
    """Return the file that a stream writes to without a buffer; None: it is no such stream."""
    inner = stream.buffer if type(stream) is io.TextIOWrapper else stream
    return inner if type(inner) is io.FileIO else None


def is_closed(stream: Any) -> bool:
    """Say whether a stream is closed, or has been taken apart."""
    try:
        return bool(getattr(stream, "closed", False))
    except Exception:  # promise 1: a detached stream raises, and the user's own may do anything
        let_through()
        return True


def encode_for(data: bytes, encoding: str | None) -> bytes:
    r"""Return a line in a stream's encoding; what it lacks becomes ``\u20ac``, valid in JSON too.

    Args:
        data: The line, in UTF-8.
        encoding: The encoding's name; None means UTF-8.
    """
    if encoding is None or encoding.lower() in ("utf-8", "utf8"):
        return data
    return fit(data.decode("utf-8", "replace"), encoding).encode(encoding, "backslashreplace")


def fit(text: str, encoding: str) -> str:
    r"""Return a text with the characters that an encoding lacks as ``\u20ac``, as JSON has it."""
    table = {}
    for character in set(text):
        try:
            character.encode(encoding)
        except UnicodeEncodeError:
            pairs = character.encode("utf-16-be", "surrogatepass").hex()
            table[ord(character)] = "".join(
                f"\\u{pairs[start : start + 4]}" for start in range(0, len(pairs), 4)
            )
    return text.translate(table)


def write_line(stream: Any, data: bytes, timeout_s: float) -> None:
    """Write one line to a stream, as text unless it wants bytes.

    Raises:
        Exception: Whatever the stream raises.
    """
    if isinstance(stream, io.RawIOBase | io.BufferedIOBase):
        _write_bytes(stream, data, timeout_s)
        return
    text = data.decode("utf-8", "replace")
    try:
        stream.write(text)
    except UnicodeEncodeError:
        stream.write(fit(text, stream.encoding))
    except TypeError:  # a binary stream of another kind than the io module's
        stream.write(data)


def _write_bytes(stream: Any, data: bytes, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            taken = stream.write(data)
            if taken is None and not _has_descriptor(stream):
                return  # a `write` that returns nothing, as those of many small classes do
        except BlockingIOError as error:
            taken = error.characters_written
        data = data[taken or 0 :]
        if not data:
            return
        if not taken:
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not wait_writable(stream.fileno(), remaining):
                raise BlockingIOError(EAGAIN, "the stream would block")


def _has_descriptor(stream: Any) -> bool:
    try:
        return isinstance(stream.fileno(), int)
    except Exception:  # promise 1: many streams have none
        let_through()
        return False
