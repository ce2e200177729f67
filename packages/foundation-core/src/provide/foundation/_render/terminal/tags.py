"""Context fields at a screen: whole where they are new, and a short tag from then on."""

from __future__ import annotations

from binascii import crc32
from collections.abc import Callable
from typing import Any

from provide.foundation._render.terminal.codes import CODES, QUIET, RESET
from provide.foundation._render.terminal.wrap import columns_of
from provide.foundation.context import Context

#: Contexts that are known to have been shown; then all are forgotten, and shown once more.
_MOST = 1024
#: A tag is no shorter than such a context, which stays as it is.
_SHORT = 10
_COLORS = (b"\x1b[38;5;031m", b"\x1b[38;5;028m", b"\x1b[38;5;133m", b"\x1b[38;5;030m")
_QUIET, _RESET = QUIET.encode(), RESET.encode()


class ContextTags:
    """Put the context of the current task or thread last in its lines.

    Args:
        paint: Returns context fields as they stand in a flat line, each behind a blank.
        folds: Whether a context becomes a tag once it was shown.
    """

    __slots__ = ("folds", "known", "paint", "shown")

    def __init__(self, paint: Callable[[dict[str, Any]], bytes], *, folds: bool) -> None:
        self.paint, self.folds = paint, folds
        #: A context, its fields in a line, what stands for them from now on, and its columns behind
        #: a blank.
        self.known: tuple[object, bytes, bytes, int] = (None, b"", b"", 0)
        self.shown: set[int] = set()

    def fold(self, context: Context, first: bytes) -> bytes:
        """Return the first row of a line with its context at its end.

        Args:
            context: That of the current task or thread.
            first: The row.
        """
        holder, members, tag, _ = self.known
        if holder is not context:
            members = self.paint(context.fields) if context.fields else b""
            number = crc32(members)
            tag = self._tag(members, number) if number in self.shown else b""
            self._know(context, members, tag)
        if not members or members not in first:  # a call's own field has its place, say
            return first
        if not tag:
            number = crc32(members)
            if len(self.shown) >= _MOST:
                self.shown.clear()
            self.shown.add(number)
            whole = CODES.sub(b"", members)[1:]
            short = not self.folds or len(whole) <= _SHORT
            self._know(context, members, self._tag(members, number))
            tag = self._whole(whole) if short else self._introduce(whole, number)
        return first.replace(members, b"", 1) + tag

    def _know(self, context: Context, members: bytes, tag: bytes) -> None:
        columns = columns_of(tag.decode("utf-8", "replace")) - 1
        if b"://" in tag:
            columns = -1  # it has to be looked at
        self.known = (context, members, tag, columns)

    def _tag(self, members: bytes, number: int) -> bytes:
        whole = CODES.sub(b"", members)[1:]
        if not self.folds or len(whole) <= _SHORT:
            return self._whole(whole)
        return b" %b\xe2\x9f\xa8%04x\xe2\x9f\xa9%b" % (_color(number), number & 0xFFFF, _RESET)

    def _introduce(self, whole: bytes, number: int) -> bytes:
        lead = b" %b\xe2\x9f\xa8%04x\xe2\x9f\xa9%b" % (_color(number), number & 0xFFFF, _RESET)
        return lead + self._whole(whole)

    def _whole(self, whole: bytes) -> bytes:
        return b" %b%b%b" % (_QUIET, whole, _RESET)


def _color(number: int) -> bytes:
    return _COLORS[(number >> 16) % len(_COLORS)]
