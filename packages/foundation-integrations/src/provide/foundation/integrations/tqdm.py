"""Lines beside progress bars of tqdm: `configure(output=ProgressStream())`.

A bar and a line that share a terminal tear each other: the line begins where the bar has stopped.
tqdm takes its bars away for whoever asks, and puts them back.

May import: the standard library, tqdm and the public names of `provide.foundation`.
"""

from __future__ import annotations

import io
import sys
from typing import TextIO

from provide.foundation.integrations._frameworks import need

need("tqdm", "4.60", __name__)

from tqdm import tqdm  # noqa: E402 - the check comes first

__all__ = ["ProgressStream"]


class ProgressStream(io.TextIOBase):
    """Write to stderr between the bars that are shown; any thread may write.

    Where stderr is no terminal, nothing differs from stderr itself.

    Args:
        stream: Where lines go; `None`: what `sys.stderr` is at the time.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__()
        self._given = stream

    @property
    def _stream(self) -> TextIO:
        return sys.stderr if self._given is None else self._given

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Return the encoding of the stream behind."""
        return self._stream.encoding

    def write(self, text: str, /) -> int:
        """Take the bars away, write, and put them back."""
        stream = self._stream
        if not stream.isatty():
            return stream.write(text)
        with tqdm.external_write_mode(file=stream):
            count = stream.write(text)
            stream.flush()
        return count

    def flush(self) -> None:
        """Flush the stream behind."""
        self._stream.flush()

    def isatty(self) -> bool:
        """Say whether the stream behind is a terminal."""
        return self._stream.isatty()

    def writable(self) -> bool:
        """Say that it takes text."""
        return True
