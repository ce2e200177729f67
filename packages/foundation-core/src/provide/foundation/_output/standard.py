"""Lines to stderr or stdout, whatever that is at the moment of the call.

They are written through the descriptor while the stream is the interpreter's own, or while what
has replaced it leads back to us, and else through the `write` of what has. Every line is counted
as written or dropped, and no `Exception` leaves here.
"""

from __future__ import annotations

import sys
from typing import Any

from provide.foundation._diagnostics.losses import drop_or_raise
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._output.descriptor import writes_whole
from provide.foundation._output.encoding import encode_for, is_closed
from provide.foundation._output.feedback import STANDARD
from provide.foundation._output.output import Sink
from provide.foundation._output.stream import StreamWriter
from provide.foundation._output.writer import WRITE_TIMEOUT_S, DescriptorWriter
from provide.foundation._process.interrupts import comes_from_handler


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
        self.writer = DescriptorWriter(1 if name == "stdout" else 2, self.counts, timeout_s)
        self.patience = self.writer.patience
        place, original = STANDARD[name], self._deliver_to_original
        self._streams = StreamWriter(
            self.counts, timeout_s, self.patience, place=place, original=original
        )

    def deliver(self, index: int, data: bytes) -> None:
        """Write one line or count it as dropped."""
        stream = getattr(sys, self.name, None)
        if stream is None:
            self.counts.drop("no_stream", None, index)
        elif stream is getattr(sys, self._original, None):
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
            if self.transcode:
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
