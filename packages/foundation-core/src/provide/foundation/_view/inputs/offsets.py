"""Where in a file to begin and to end reading: for moments, by halving, and for the last lines.

Moments are looked up in files whose lines come in the order of time, which a few places in them
tell. Nothing is moved, and where an offset cannot be told the whole file is read.
"""

from __future__ import annotations

import os

from provide.foundation._view.dialects.reader import Reader

#: Lines of several threads are not quite in order: so much earlier the reading begins.
SLACK_S = 10.0
_PIECE_BYTES = 1 << 16
#: Halving ends here: so much is read as fast as another place is looked at.
_NEAR_BYTES = 1 << 14
#: Mostly the second line has a moment.
_FIRST_BYTES = 1 << 12
#: Beyond which no line with a moment is looked for.
_REACH_BYTES = 8 << 20
#: Places that are looked at before a file is believed to be in order.
_PROBES = 8


def find_moments(
    descriptor: int, since: float | None, until: float | None
) -> tuple[int, int | None]:
    """Return where the lines of a stretch of time begin, and where they have ended.

    Both are right if lines are out of order by less than `SLACK_S`, and generous.

    Args:
        descriptor: Of a file of plain lines.
        since: In seconds since the epoch; `None`: from the beginning.
        until: Likewise; `None`: to the end.
    """
    if not hasattr(os, "pread"):
        return 0, None  # Windows: it is read from the beginning
    size = os.fstat(descriptor).st_size
    probes = [_probe(descriptor, size * part // _PROBES, size) for part in range(_PROBES)]
    known = [each[1] for each in probes if each is not None]
    if size < 2 * _PIECE_BYTES or known != sorted(known):
        return 0, None
    start = 0 if since is None else _halve(descriptor, since - SLACK_S, size)[0]
    return start, None if until is None else _halve(descriptor, until + SLACK_S, size)[1]


def find_last_lines(descriptor: int, number: int) -> int:
    """Return where the last lines of a file begin.

    Args:
        descriptor: Of a file of plain lines.
        number: How many lines.
    """
    if not hasattr(os, "pread"):
        return 0  # Windows: it is read from the beginning
    at = os.fstat(descriptor).st_size
    # The end of the last line is no beginning of another one.
    left = number + 1 if at and os.pread(descriptor, 1, at - 1) == b"\n" else number
    while at > 0:
        begin = max(at - _PIECE_BYTES, 0)
        piece = os.pread(descriptor, at - begin, begin)
        ends = piece.count(b"\n")
        if ends >= left:
            position = len(piece)
            for _ in range(left):
                position = piece.rfind(b"\n", 0, position)
            return begin + position + 1
        left -= ends
        at = begin
    return 0


def _halve(descriptor: int, moment: float, size: int) -> tuple[int, int]:
    """Return two offsets close to each other, between which a moment lies."""
    low, high = 0, size
    while high - low > _NEAR_BYTES:
        middle = (low + high) // 2
        found = _probe(descriptor, middle, high)
        if found is None or found[1] >= moment:
            high = middle
        else:
            low = found[0]
    return low, high


def _probe(descriptor: int, offset: int, end: int) -> tuple[int, float] | None:
    """Return the first line behind an offset that has a moment: where it begins, and when it is."""
    at = _skip_hole(descriptor, offset)
    held, start, farthest = b"", at, min(end, at + _REACH_BYTES)
    reader = Reader()
    whole = offset == 0
    size = _FIRST_BYTES
    while at < farthest:
        piece = os.pread(descriptor, size, at)
        if not piece:
            break
        at += len(piece)
        size = _PIECE_BYTES
        *lines, held = (held + piece).split(b"\n")
        for line in lines:
            if whole:
                for entry in reader.read(line):
                    if entry.seconds is not None:
                        return start, entry.seconds
            whole = True
            start += len(line) + 1
    return None


def _skip_hole(descriptor: int, offset: int) -> int:
    """Return an offset, or where the hole ends that it is in: a sparse file has no lines there."""
    if not hasattr(os, "SEEK_DATA"):
        return offset
    here = os.lseek(descriptor, 0, os.SEEK_CUR)
    try:
        return os.lseek(descriptor, offset, os.SEEK_DATA)
    except OSError:  # there is no more data, or this file system knows no holes
        return offset
    finally:
        os.lseek(descriptor, here, os.SEEK_SET)
