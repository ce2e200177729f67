"""Bytes to a Python stream of the user's, through its own `write`.

The stream may be anything: closed, full, strict about its encoding, written in Python, logging
from its own `write`. Whatever it raises is caught, counted and said once in a while. No lock is
held while it runs. A file of `open`'s is written through its descriptor, once its own buffer is
empty. Without a buffer (stdout under PYTHONUNBUFFERED=1) nobody else completes short writes; with
one, part of a line that counts as dropped would stay in it.
"""

from __future__ import annotations

import io
import sys
import time
import weakref
from collections.abc import Callable
from errno import EAGAIN
from typing import Any

from provide.foundation._diagnostics.losses import drop_or_raise, drop_reason, report_dropped
from provide.foundation._diagnostics.stats import COUNTERS, Counts
from provide.foundation._output import feedback
from provide.foundation._output.descriptor import wait_writable
from provide.foundation._output.encoding import (
    encode_for,
    file_below,
    fit,
    has_descriptor,
    is_closed,
)
from provide.foundation._output.output import Sink
from provide.foundation._output.reentrancy import ReentryGate
from provide.foundation._output.writer import WRITE_TIMEOUT_S, DescriptorWriter
from provide.foundation._process.interrupts import comes_from_handler, let_through
from provide.foundation._process.patience import Patience

#: Unbuffered streams that one output is known to have been, such as by redirect_stderr.
_MOST_WRITERS = 8

if sys.platform == "win32":
    from provide.foundation._output.encoding import console_below


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
        if sys.platform == "win32":
            stream = console_below(stream)
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
                if taken is None and not has_descriptor(stream):
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
                if not has_descriptor(stream):
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


class StreamSink(Sink):
    """Write to a text or binary stream that the user gave.

    Args:
        stream: The stream.
        timeout_s: Seconds to finish a write that would block.
    """

    KIND = "a stream"

    def __init__(self, stream: Any, timeout_s: float = WRITE_TIMEOUT_S) -> None:
        self.counts = COUNTERS.counts(_name_of(stream), stream)
        self._stream = stream
        place, original = feedback.place_of(stream), self._write_to_stderr
        self._streams = StreamWriter(self.counts, timeout_s, place=place, original=original)
        self.patience = self._streams.patience
        self._stderr = StreamWriter(self.counts, timeout_s, self.patience)

    def deliver(self, index: int, data: bytes) -> None:
        """Write one line or count it as dropped."""
        self._streams.write(self._stream, index, data)

    def drain(self, deadline: float) -> bool:
        """Finish what an interrupt may have left, or wait for whoever does."""
        return self._streams.drain(deadline) and self._stderr.drain(deadline)

    def flush(self) -> None:
        """Finish what an interrupt may have left."""
        self._streams.flush()
        self._stderr.flush()

    def _write_to_stderr(self, index: int, data: bytes) -> None:
        if sys.__stderr__ is None:
            self.counts.drop("no_stream", None, index)
        else:
            self._stderr.write(sys.__stderr__, index, data)


def _name_of(stream: Any) -> str:
    try:
        return str(getattr(stream, "name", type(stream).__name__))
    except Exception:  # a log call never raises: a stream that has been taken apart raises
        let_through()
        return type(stream).__name__
