"""Lines to stderr or stdout where that is a console of Windows.

A console takes text, and Python's stream knows how to give it; bytes that go to its descriptor come
out in the console's code page. Nobody reads there so fast that the time would matter.
"""

from __future__ import annotations

from typing import Any

from provide.foundation._output.standard import StandardSink
from provide.foundation._output.stream import StreamWriter


class ConsoleSink(StandardSink):
    """Write to stderr or stdout by the stream's own `write`, also where it is the interpreter's.

    Args:
        name: ``"stderr"`` or ``"stdout"``.
        transcode: As `StandardSink` has it.
        timeout_s: As `StandardSink` has it.
    """

    KIND = "a console of Windows"
    AS_IS = False

    def __init__(self, name: str, *, transcode: bool, timeout_s: float) -> None:
        super().__init__(name, transcode=transcode, timeout_s=timeout_s)
        self._console = StreamWriter(self.counts, timeout_s, self.patience)

    def drain(self, deadline: float) -> bool:
        """Wait for whoever is writing."""
        return super().drain(deadline) and self._console.drain(deadline)

    def _deliver_direct(self, stream: Any, index: int, data: bytes) -> None:
        self._console.write(stream, index, data)
