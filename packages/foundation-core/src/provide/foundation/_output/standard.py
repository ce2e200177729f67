"""Lines to stderr or stdout, whatever that is at the moment of the call.

They are written through the descriptor while the stream is the interpreter's own, or while what
has replaced it leads back to us, and else through the `write` of what has. Every line is counted
as written or dropped, and no `Exception` leaves here.
"""

from __future__ import annotations

import os
import sys
import time
from threading import get_ident
from typing import Any

from provide.foundation._diagnostics.losses import drop_or_raise
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._output.descriptor import writes_whole
from provide.foundation._output.encoding import encode_for, is_closed
from provide.foundation._output.feedback import STANDARD
from provide.foundation._output.output import Sink
from provide.foundation._output.stream import StreamWriter
from provide.foundation._output.torn import Entry
from provide.foundation._output.writer import GLANCE_S, PIPE_BUF, WRITE_TIMEOUT_S, DescriptorWriter
from provide.foundation._process.interrupts import comes_from_handler, let_through, raise_accounted

#: The standard streams by their names: what `getattr` finds in more time.
_STREAMS = vars(sys)
#: Encodings, as most streams have them, in which a line is the same.
_AS_IT_IS = frozenset({"utf-8", "utf8", "UTF-8", None})

_write_queued = DescriptorWriter.write
#: The argument of a lock's `acquire` that does not wait.
_AT_ONCE = (False,)


class StandardWriter(DescriptorWriter):
    """Write a line at once while all is well and nobody else writes, else as any writer does.

    The kernel may take a part of a line, so others have to wait meanwhile. An entry in the queue,
    and the calls that finish it, took 14,000 instructions of 69,000: most lines have none. What an
    interrupt or the kernel leaves of a line goes to the front of the queue before the lock is free,
    and whoever has that next goes on with it.
    """

    def write(self, index: int, data: bytes) -> None:
        """Write one line, in one system call if the kernel takes it whole, or count it."""
        size = len(data)
        if self.careful or self.atomic or size > PIPE_BUF or self._last_line.torn:
            _write_queued(self, index, data)
            return
        lock = self._lock
        acquire, release, entries = lock.hold
        # Both in this way for the reasons that `_process/locks.py` gives: no handler runs between
        # a lock, or a write, and the assignment; nor, without a call, before the owner is known.
        me, taken, entry = get_ident(), 0, None
        try:
            (held,) = map(acquire, _AT_ONCE)
            if held:
                try:
                    lock.owner = me
                    if not entries:
                        (taken,) = map(os.write, (self.fd,), (data,))
                    if taken == size:
                        counter = self.counts.written[index]
                        counter.count += 1
                        counter.bytes += size
                except OSError:  # tried again behind the queue, and counted there
                    let_through()
                finally:
                    try:
                        if taken != size:
                            entry = Entry(index, data, taken)
                            (entries.appendleft if taken else entries.append)(entry)
                    finally:
                        lock.owner = 0
                        release()
                if entries and lock.run() and self._unreported:
                    self._report()
                return
        except Exception as error:
            if taken == size or (entry is not None and (entry.settled or entry in entries)):
                raise_accounted(error)  # it is counted, or the next call goes on with it
            raise
        _write_queued(self, index, data)

    def drain(self, deadline: float) -> bool:
        """Wait until what waits here is with the kernel or counted; False: the time is up."""
        while self._lock.is_held() and not self._lock.is_mine():  # by a line without an entry
            if time.monotonic() >= deadline:
                return False
            time.sleep(GLANCE_S)
        return super().drain(deadline)


class StandardSink(Sink):
    """Write to stderr or stdout, whatever that is at the moment of the call.

    Args:
        name: ``"stderr"`` or ``"stdout"``.
        transcode: Whether lines follow the stream's encoding (text formats) or stay UTF-8.
        timeout_s: Seconds to finish a write that would block.
    """

    KIND = "a standard stream"
    #: Whether a line is written as it was delivered, so that a compiled lane may do it.
    AS_IS = True

    def __init__(
        self, name: str, *, transcode: bool = False, timeout_s: float = WRITE_TIMEOUT_S
    ) -> None:
        self.name = name
        self.counts = COUNTERS.counts(name)
        self._original = f"__{name}__"
        self.transcode = transcode
        self._flush_first = name == "stdout"  # so that lines keep their order with print()
        self.writer = StandardWriter(1 if name == "stdout" else 2, self.counts, timeout_s)
        self.patience = self.writer.patience
        place, original = STANDARD[name], self._deliver_to_original
        self._streams = StreamWriter(
            self.counts, timeout_s, self.patience, place=place, original=original
        )

    def deliver(self, index: int, data: bytes) -> None:
        """Write one line or count it as dropped."""
        stream = _STREAMS.get(self.name)
        if stream is None:
            self.counts.drop("no_stream", None, index)
        elif stream is _STREAMS.get(self._original):
            self._deliver_direct(stream, index, data)
        else:
            self._streams.write(stream, index, data)

    def flush(self) -> None:
        """Finish what an interrupt may have left."""
        self.writer.flush()
        self._streams.flush()

    def drain(self, deadline: float) -> bool:
        """Finish what an interrupt may have left, or wait for whoever does."""
        return self.writer.drain(deadline) and self._streams.drain(deadline)

    def follow(self) -> None:
        """Look again what the descriptor leads to: it may have been redirected."""
        self.writer.atomic = writes_whole(self.writer.fd)

    def _deliver_to_original(self, index: int, data: bytes) -> None:
        stream = getattr(sys, self._original, None)
        if stream is None:
            self.counts.drop("no_stream", None, index)
        else:
            self._deliver_direct(stream, index, data)

    def _deliver_direct(self, stream: Any, index: int, data: bytes) -> None:
        try:
            if self._flush_first:
                stream.flush()
            if self.transcode and stream.encoding not in _AS_IT_IS:
                data = encode_for(data, stream.encoding)
            closed = stream.closed
        except MemoryError as error:  # to look whose it is takes memory, too
            self.counts.drop("memoryerror", error, index)
            return
        except Exception as error:  # never raises: what print() left may not go out, and so on
            if comes_from_handler(error):
                drop_or_raise(self.counts, error, index)
            closed = is_closed(stream)
            if closed:
                self.counts.drop("closed", error, index)
                return
        if closed:
            self.counts.drop("closed", None, index)
        else:
            self.writer.write(index, data)
