"""Memory that may run out: asked for in Python before orjson asks.

orjson does not look whether it got the memory that it asks for: where an allocation fails, it
writes through a null pointer, and the process is gone. So whoever hands it a long text, or much of
anything, asks for as much here first, where Python raises `MemoryError`; the line is then dropped
and counted. Small lines need no more than orjson's first 4 KB and skip that: asking costs 450
instructions, 0.03 of a call. Lines from ERROR on always ask, since those are what a program logs
that has just run out of memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import repeat
from mmap import mmap
from typing import Any

#: A line of up to so many characters, and so many values, asks for no more than orjson's first
#: buffers (4 and 8 KB, measured with 3.13).
FEW_CHARS = 500
FEW_VALUES = 20
#: What `needed_for` says where the first buffer, 4 KB, is enough.
FEW_BYTES = 4_000
# What orjson makes room for, measured with 3.13: for a text, eight bytes a character ahead of
# writing it; for a value in a container, 130. A character takes up to four bytes in UTF-8.
_BYTES_OF_CHARACTER = 9
_BYTES_OF_VALUE = 200
#: A text of up to so many characters counts as a value.
SHORT_TEXT = 20
# The same in its two parts: what a value takes once it is written, with a key of 64 bytes, and
# what is made room for, for each item of a container that begins.
_BYTES_WRITTEN = 6 * SHORT_TEXT + 64 + 6
_BYTES_AHEAD = 132
_BASE = 4096
# Enough to count a drop and to say it.
_RESERVE = 256 * 1024
#: By the number of bits of what is needed: what takes as much.
_rooms: dict[int, Any] = {}


def needed_for(text_bytes: int, values: int, widest: int) -> int:
    """Return how many bytes orjson needs at most for plain data, all that it has written among it.

    Where a container begins, it makes room for all of its items at once; so it does for a text.

    Args:
        text_bytes: The bytes of texts over `SHORT_TEXT`, but keys of up to 64 bytes.
        values: How many values there are.
        widest: How many of them one container has at most.
    """
    return 8 * text_bytes + _BYTES_WRITTEN * values + _BYTES_AHEAD * widest


def ask_for(text_bytes: int, values: int = 1) -> None:
    """Ask for the memory that orjson will need, and give it back.

    Args:
        text_bytes: The bytes of all texts, keys among them.
        values: How many values there are.

    Raises:
        MemoryError: There is not as much.
    """
    ask_for_bytes(_BYTES_OF_CHARACTER * text_bytes + _BYTES_OF_VALUE * values)


def ask_for_bytes(need: int) -> None:
    """Ask for so many bytes, what `needed_for` says or more, and give them back.

    Raises:
        MemoryError: There are not as many.
    """
    # The buffer doubles, and its last half is still there while it is copied.
    bits = (need + _BASE).bit_length()
    try:
        room = _rooms[bits]
    except KeyError:
        room = _rooms[bits] = _make_room(3 << (bits - 1))
    bytes(room)


def _make_room(size: int) -> Any:
    """Return what makes `bytes` take so much memory, write nothing into it, and give it back.

    It announces as many items as that and has none, and no code in Python runs for it: 0.18 us,
    whatever the size. `bytes(size)` writes zeros, 3 ms for what a text of 1 MB asks for; to map
    memory and unmap it takes 2.5 us.
    """
    announce, begin = repeat(size).__next__, repeat(iter(())).__next__
    return type("Room", (), {"__length_hint__": announce, "__iter__": begin})()


def ask_for_frames(frames: int) -> None:
    """Ask for so many frames on the stack, and give them back.

    Raises:
        RecursionError: There are not as many. A renderer that finds less than it needs for an event
            leaves that out, and a line without it is worse than one that is counted as dropped.
    """
    if frames:
        ask_for_frames(frames - 1)


def ask_for_text(text: str) -> None:
    """Ask for the memory that orjson will need for one text.

    Raises:
        MemoryError: There is not as much.
    """
    ask_for(len(text) if text.isascii() else 4 * len(text))


def ask_for_texts(members: Mapping[str, Any]) -> None:
    """Ask for the memory that orjson will need for a line's members, none of them a container.

    Raises:
        MemoryError: There is not as much.
    """
    texts = [*members, *[value for value in members.values() if type(value) is str]]
    size = sum(map(len, texts))
    ask_for(size if all(map(str.isascii, texts)) else 4 * size, len(texts))


class Reserve:
    """Keep some memory back, to be given up where a line is lost for want of it.

    Counting the loss takes some, too. It is mapped and never touched, so it is address space only.
    """

    __slots__ = ("_block",)

    def __init__(self) -> None:
        self._block: mmap | None = None

    def fill(self) -> None:
        """Keep memory back, if there is any."""
        if self._block is None:
            try:
                self._block = mmap(-1, _RESERVE)
            except (OSError, MemoryError):
                return

    def give_up(self) -> None:
        """Give it back to the process."""
        block, self._block = self._block, None
        if block is not None:
            block.close()


#: The one reserve of the process.
RESERVE = Reserve()
