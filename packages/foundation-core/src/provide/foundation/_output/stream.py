"""Bytes to a Python stream of the user's, through its own `write`.

The stream may be anything: closed, full, strict about its encoding, written in Python, logging
from its own `write`. Whatever it raises is caught, counted and said once in a while. No lock is
held while it runs. A file of `open`'s is written through its descriptor, once its own buffer is
empty. Without a buffer (stdout under PYTHONUNBUFFERED=1) nobody else completes short writes; with
one, part of a line that counts as dropped would stay in it.
"""

from __future__ import annotations

import io
import os
import re
import time
import weakref
from collections.abc import Callable
from errno import EAGAIN
from typing import Any

from provide.foundation._diagnostics.stats import Counts
from provide.foundation._output import feedback
from provide.foundation._output.descriptor import (
    WRITE_TIMEOUT_S,
    DescriptorWriter,
    drop_or_raise,
    drop_reason,
    report_dropped,
    wait_writable,
)
from provide.foundation._output.reentrancy import ReentryGate
from provide.foundation._process.interrupts import comes_from_handler, let_through
from provide.foundation._process.patience import Patience

#: Unbuffered streams that one output is known to have been, such as by redirect_stderr.
_MOST_WRITERS = 8
#: Encodings whose text depends on what stood before it.
_STATEFUL = re.compile("(utf.?(16|32|7|8.?sig)$|iso.?2022|hz)", re.IGNORECASE)


class StreamWriter:
    """Write lines to streams, each of them text or binary; any thread may.

    Args:
        counts: Where lines are counted.
        timeout_s: Seconds to finish a write that would block.
        patience: What it shares with another writer of the same output; `None`: it has its own.
        place: Where the streams stand, if what stands there may lead back to us.
        original: Takes the lines then.
    """

    def __init__(
        self,
        counts: Counts,
        timeout_s: float = WRITE_TIMEOUT_S,
        patience: Patience | None = None,
        *,
        place: feedback.Place | None = None,
        original: Callable[[int, bytes], None] | None = None,
    ) -> None:
        self._counts = counts
        self._timeout_s = timeout_s
        self.patience = patience or Patience(timeout_s)
        self._place = place
        self._original = original
        self._seen: object = None
        work = self._write if place is None else self._write_unless_it_returns
        self._gate = ReentryGate(work, self._refuse)
        # By the number, with the file that had it.
        self._writers: dict[int, tuple[weakref.ref[io.FileIO], DescriptorWriter]] = {}

    def write(self, stream: Any, index: int, data: bytes) -> None:
        """Write one line or count it as dropped; no `Exception` leaves here."""
        if self._place is not None and not self._gate.is_free():
            if feedback.comes_back(data.decode("utf-8", "replace")):
                return
            if self._gate.is_full():  # a line of each line: it comes back, in other words
                self._place.mark(stream)
        self._gate.run(index, stream, data)

    def flush(self) -> None:
        """Finish what an interrupt may have left."""
        for _, writer in self._writers.copy().values():
            writer.flush()

    def drain(self, deadline: float) -> bool:
        """Finish what an interrupt may have left, or wait for whoever does."""
        done = self._gate.is_idle()
        for _, writer in self._writers.copy().values():
            done = writer.drain(deadline) and done
        return done

    def _refuse(self, reason: str, index: int) -> None:
        self._counts.drop(reason, None, index)

    def _write_unless_it_returns(self, index: int, stream: Any, data: bytes) -> None:
        """Write one line; what would lead back to us leaves it to what the interpreter had."""
        assert self._place is not None
        assert self._original is not None
        if not self._leads_back(self._place, stream):
            attempt = feedback.begin(data.decode("utf-8", "replace"))
            try:
                self._write(index, stream, data, attempt)
            finally:
                feedback.end(attempt)
            if not attempt.came_back:
                return
            self._place.mark(stream)
        self._original(index, data)

    def _leads_back(self, place: feedback.Place, stream: Any) -> bool:
        if place.is_known(stream):
            return True
        if stream is not self._seen:
            self._seen = stream
            try:
                if feedback.has_only_a_logger(stream):
                    place.mark(stream)
                    return True
            except Exception:  # never raises: the stream is the user's, and all that it holds
                let_through()
        return False

    def _write(
        self, index: int, stream: Any, data: bytes, attempt: feedback.Attempt | None = None
    ) -> None:
        try:
            raw = file_below(stream)
            if raw is not None:
                if raw is not stream:
                    self._flush(stream)  # what print() has left comes first
                    if type(stream) is io.TextIOWrapper:
                        data = encode_for(data, stream.encoding)
                self._writer_of(raw).write(index, data)
                return
            self._write_line(stream, data)
            if getattr(stream, "flush", None) is not None:
                self._flush(stream)
            if attempt is not None and attempt.came_back:
                return
            counter, size = self._counts.written[index], len(data)
            counter.count += 1
            counter.bytes += size
        except Exception as error:  # never raises: the stream is the user's, and may do anything
            if attempt is not None and attempt.came_back and not comes_from_handler(error):
                return
            reason = "closed" if is_closed(stream) else drop_reason(error)
            drop_or_raise(self._counts, error, index, reason)
            report_dropped(self._counts)

    def _write_line(self, stream: Any, data: bytes) -> None:
        """Write one line to a stream, as text unless it wants bytes.

        Raises:
            Exception: Whatever the stream raises.
        """
        if isinstance(stream, io.RawIOBase | io.BufferedIOBase):
            self._write_bytes(stream, data)
            return
        text = data.decode("utf-8", "replace")
        try:
            stream.write(text)
        except UnicodeEncodeError:
            stream.write(fit(text, stream.encoding))
        except TypeError:  # a binary stream of another kind than the io module's
            stream.write(data)

    def _write_bytes(self, stream: Any, data: bytes) -> None:
        deadline = time.monotonic() + self._timeout_s
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
                self._wait(stream, deadline)

    def _flush(self, stream: Any) -> None:
        """Empty a stream's buffer, for as long as calls may wait for it.

        Raises:
            Exception: Whatever the stream raises; a part may be left in its buffer then.
        """
        deadline = time.monotonic() + self._timeout_s
        while True:
            try:
                stream.flush()
            except BlockingIOError:
                if not _has_descriptor(stream):
                    raise
                self._wait(stream, deadline)
            else:
                return

    def _wait(self, stream: Any, deadline: float) -> None:
        start = time.monotonic()
        remaining = min(deadline - start, self.patience.left())
        try:
            if remaining > 0 and wait_writable(stream.fileno(), remaining):
                return
        finally:
            self.patience.spend(start)
        raise BlockingIOError(EAGAIN, "the stream would block")

    def _writer_of(self, raw: io.FileIO) -> DescriptorWriter:
        fd = raw.fileno()
        known = self._writers.get(fd)
        if known is not None and known[0]() is raw:
            return known[1]
        if len(self._writers) > _MOST_WRITERS:
            self._writers.clear()
        writer = DescriptorWriter(fd, self._counts, self._timeout_s, patience=self.patience)
        if known is None:  # threads that race get the same one, and so the same lock
            return self._writers.setdefault(fd, (weakref.ref(raw), writer))[1]
        self._writers[fd] = weakref.ref(raw), writer
        return writer


def file_below(stream: Any) -> io.FileIO | None:
    """Return the file to which a stream of `open`'s writes; `None`: it is no such stream.

    Subclasses are left alone, which may do anything in their `write`, and so are encodings that
    keep a state or begin with a mark: a line encoded by itself would be another one.
    """
    inner = stream
    if type(stream) is io.TextIOWrapper:
        if os.linesep != "\n" or _STATEFUL.match(stream.encoding or ""):
            return None
        inner = stream.buffer
    if type(inner) is io.BufferedWriter:
        inner = inner.raw
    return inner if type(inner) is io.FileIO else None


def is_closed(stream: Any) -> bool:
    """Say whether a stream is closed, or has been taken apart."""
    try:
        return bool(getattr(stream, "closed", False))
    except Exception:  # never raises: a detached stream raises, and the user's own may do anything
        let_through()
        return True


def encode_for(data: bytes, encoding: str | None) -> bytes:
    r"""Return a line in a stream's encoding; other characters as ``\u20ac``, valid in JSON too.

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


def _has_descriptor(stream: Any) -> bool:
    try:
        return isinstance(stream.fileno(), int)
    except Exception:  # a log call never raises: many streams have none
        let_through()
        return False
