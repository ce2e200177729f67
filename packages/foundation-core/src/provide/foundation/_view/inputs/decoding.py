"""What a file is packed in, told by its first bytes, and how it is unpacked piece by piece.

Sources: RFC 1952 (gzip), RFC 8878 (Zstandard), the .xz file format 1.2.1, the byte order mark of
the Unicode Standard, section 23.8.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

#: The most bytes that one step unpacks: a small file may hold any number of equal bytes, and what
#: a step has unpacked before it comes to damage is lost.
STEP_BYTES = 1 << 17


class BrokenFile(OSError):
    """Say that a packed file is damaged, ends too early, or cannot be unpacked here."""

    def __init__(self, problem: str) -> None:
        super().__init__(0, problem)


class Plain:
    """Pass bytes on as they are.

    Args:
        skipped: How many of the first bytes are no content: a byte order mark.
    """

    def __init__(self, skipped: int = 0) -> None:
        self._skipped = skipped

    def decode(self, data: bytes) -> Iterator[bytes]:
        """Yield what bytes of the file hold."""
        yield data[self._skipped :] if self._skipped else data
        self._skipped = 0

    def finish(self) -> bytes:
        """Return what the end of the file adds; raise `BrokenFile` if it comes too early."""
        return b""


class Wide(Plain):
    """Turn UTF-16 into UTF-8; what is no UTF-16 becomes U+FFFD."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._marked = True

    def decode(self, data: bytes) -> Iterator[bytes]:
        """Yield what bytes of the file hold."""
        yield self._encode(self._decoder.decode(data))

    def finish(self) -> bytes:
        """Return U+FFFD for half a character."""
        return self._encode(self._decoder.decode(b"", final=True))

    def _encode(self, text: str) -> bytes:
        if self._marked and text:
            text, self._marked = text.removeprefix("\ufeff"), False
        return text.encode("utf-8", "replace")


class Packed(Plain):
    """Unpack one compressed stream after the other, in steps of bounded size.

    Args:
        kind: The format's name, for messages.
        make: Makes what unpacks one stream, with `decompress(data, max_length)`, `eof` and
            `unused_data`.
    """

    def __init__(self, kind: str, make: Callable[[], Any]) -> None:
        super().__init__()
        self._kind = kind
        self._make = make
        self._stream = make()
        self._begun = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        """Yield what bytes of the file hold; raise `BrokenFile` where they are damaged."""
        while True:
            if self._stream.eof:
                rest = data or self._stream.unused_data
                # Some writers fill up a block with zeros, behind the last stream.
                if not rest.strip(b"\0"):
                    return
                self._stream, self._begun, data = self._make(), False, rest
            try:
                unpacked = self._stream.decompress(data, STEP_BYTES)
            except Exception as problem:  # each library has errors of its own, zstd's included
                raise BrokenFile(f"is damaged ({self._kind}: {problem})") from problem
            self._begun = self._begun or bool(data)
            yield unpacked
            data = getattr(self._stream, "unconsumed_tail", b"")
            if not data and not self._stream.eof and len(unpacked) < STEP_BYTES:
                return

    def finish(self) -> bytes:
        """Raise `BrokenFile` where a stream has not come to its end."""
        if self._begun and not self._stream.eof:
            raise BrokenFile(f"ends in the middle ({self._kind})")
        return b""


class _WholeStream:
    """Give `zstandard`'s object the ways of the standard library's, which bound a step."""

    def __init__(self, decompressor: Any) -> None:
        self._stream = decompressor.decompressobj()
        self.unused_data = b""
        self.unconsumed_tail = b""

    @property
    def eof(self) -> bool:
        """Tell whether the stream has ended."""
        return bool(self._stream.eof)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return what some of the bytes hold: their number is bounded, since the result is not."""
        # A frame grows by no more than this in practice; 1 KiB of zeros is 32 MiB at the worst.
        piece, rest = data[:1024], data[1024:]
        unpacked = bytes(self._stream.decompress(piece))
        if self._stream.eof:
            self.unused_data, rest = self._stream.unused_data + rest, b""
        self.unconsumed_tail = rest
        return unpacked


def _make_gzip() -> Any:
    return import_module("zlib").decompressobj(31)


def _make_xz() -> Any:
    return import_module("lzma").LZMADecompressor()


def _make_zstd() -> Any:
    if sys.version_info >= (3, 14):
        return import_module("compression.zstd").ZstdDecompressor()
    try:
        return _WholeStream(import_module("zstandard").ZstdDecompressor())
    except ImportError:
        raise BrokenFile(
            "is packed with zstd, which needs Python 3.14 or the package zstandard: "
            "use zstdcat FILE | foundation view"
        ) from None


#: First bytes, and what they are the first bytes of. No two begin alike.
_MARKS: tuple[tuple[bytes, Callable[[], Plain]], ...] = (
    (b"\x1f\x8b\x08", lambda: Packed("gzip", _make_gzip)),
    (b"\x28\xb5\x2f\xfd", lambda: Packed("zstd", _make_zstd)),
    (b"\xfd7zXZ\x00", lambda: Packed("xz", _make_xz)),
    (b"\xef\xbb\xbf", lambda: Plain(3)),
    (b"\xff\xfe", lambda: Wide("utf-16-le")),
    (b"\xfe\xff", lambda: Wide("utf-16-be")),
)


def choose_decoder(first: bytes, *, ended: bool) -> Plain | None:
    """Return what unpacks a file that begins with these bytes; `None`: more of them are needed.

    Args:
        first: All bytes so far.
        ended: Whether there are no more.

    Raises:
        BrokenFile: Nothing here unpacks it.
    """
    for mark, make in _MARKS:
        if first.startswith(mark):
            return make()
        if not ended and mark.startswith(first):
            return None
    return Plain()
