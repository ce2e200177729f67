"""The lines of one source that are wanted, and what is to be said of the others.

Where a query needs a certain text in each line, whole blocks are searched for it as bytes, and only
lines that have it are parsed. That is exact: a line without it could not match. Blocks in which a
line is no JSON object, or is an envelope that may split or respell one, are read line by line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import TYPE_CHECKING

from provide.foundation._view.dialects.envelopes import CARRIERS
from provide.foundation._view.dialects.objects import parse_object
from provide.foundation._view.dialects.reader import Entry, Reader
from provide.foundation._view.query.values import list_keys

if TYPE_CHECKING:
    from provide.foundation._view.query.terms import Term

#: How a line begins that may be searched: with a name in lower case, as no line of journald has it.
_BEGIN = re.compile(rb'\{"([a-z@_.]+)":')
#: How JSON may spell a letter of a needle otherwise, and its first byte, which is found faster.
_ESCAPE, _BACKSLASH = b"\\u00", b"\\"
#: So much of a line may be the same in all lines.
_LONG_BEGIN = 40
#: Of the beginning, for keys that are near to those of a query without a match.
_SAMPLE_BYTES = 1 << 16


class Wanted:
    """Say which entries are wanted.

    Args:
        level: The lowest level; `None`: any.
        since: The first moment, in seconds since the epoch; `None`: any.
        until: The first moment that is too late.
        query: What else must hold.
    """

    def __init__(
        self,
        level: int | None = None,
        since: float | None = None,
        until: float | None = None,
        query: Term | None = None,
    ) -> None:
        self.level = level
        self.since = since
        self.until = until
        self.query = query
        self.needles = None if query is None else query.needles()
        #: Whether anything can be left out.
        self.chooses = not (level is None and since is None and until is None and query is None)

    def takes(self, entry: Entry) -> bool:
        """Tell whether an entry is wanted."""
        if self.level is not None and (entry.level is None or entry.level < self.level):
            return False
        return self.is_in_time(entry) and (self.query is None or self.query.holds(entry))

    def is_in_time(self, entry: Entry) -> bool:
        """Tell whether an entry is of the stretch of time that is wanted."""
        seconds = entry.seconds
        if self.since is not None and (seconds is None or seconds < self.since):
            return False
        return self.until is None or (seconds is not None and seconds < self.until)


class Scan:
    """Read blocks of one source, and count.

    Args:
        wanted: What is wanted.

    Attributes:
        lines: How many there were.
        taken: How many of them were wanted.
        foreign: How many were left out that are no line of any logger that is known.
    """

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.lines = 0
        self.taken = 0
        self.foreign = 0
        self.sample = b""
        self._reader = Reader()
        #: The last line, if it has not been read: its moment is that of foreign lines behind it.
        self._last = b""

    def read(self, block: bytes) -> Iterator[Entry]:
        """Yield the entries of a block of whole lines that are wanted."""
        if not block:
            return
        # In CPython 3.11 a third of the time of `block.count(b"\n")`.
        lines = len(block) - len(block.replace(b"\n", b""))
        self.lines += lines
        if len(self.sample) < _SAMPLE_BYTES:
            self.sample += block[:_SAMPLE_BYTES]
        raws: Iterable[bytes]
        needles = self.wanted.needles
        if needles is not None and _is_searchable(block, lines):
            raws = _search(block, needles)
            if not raws:
                self._last = block[block.rfind(b"\n", 0, -1) + 1 : -1]
                return
        else:
            raws = block[:-1].split(b"\n")
        yield from self._choose(raws)

    def read_line(self, raw: bytes) -> list[Entry]:
        """Return the entries of a line, all of which are wanted."""
        return self._reader.read(raw)

    def finish(self) -> Iterator[Entry]:
        """Yield the line whose last part has not come, if it is wanted."""
        yield from self._select(self._reader.flush())

    def sample_keys(self) -> set[str]:
        """Return the dotted keys of the first lines."""
        keys: set[str] = set()
        reader = Reader()
        for raw in self.sample.split(b"\n"):
            keys.update(list_keys(parse_object(raw)))
            for entry in reader.read(raw):
                if entry.record is not None:
                    keys.update(list_keys(dict(entry.record.fields)))
                    keys.update(list_keys(entry.data))
        return keys

    def _choose(self, raws: Iterable[bytes]) -> Iterator[Entry]:
        read = self._reader.read
        if self._last:
            read(self._last)
            self._last = b""
        if not self.wanted.chooses:
            for raw in raws:
                yield from read(raw)
            return
        for raw in raws:
            yield from self._select(read(raw))

    def _select(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in entries:
            if self.wanted.takes(entry):
                self.taken += 1
                yield entry
            elif entry.record is None and entry.raw.strip() and self.wanted.is_in_time(entry):
                self.foreign += 1


def _is_searchable(block: bytes, lines: int) -> bool:
    """Tell whether each line is one JSON object that carries no other line."""
    # Mostly all lines begin with the same name, and what carries lines has names of its own only.
    begin = _BEGIN.match(block)
    if begin is None or begin[1].decode() in CARRIERS or begin[1].startswith(b"_"):
        return False
    # The longer a text, the faster it is looked for: mostly all lines begin with the same date.
    last = block.rfind(b"\n", 0, -1) + 1
    both = zip(block[:_LONG_BEGIN], block[last : last + _LONG_BEGIN], strict=False)
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], both))
    if alike > len(begin[0]) and block.count(b"\n" + block[:alike]) == lines - 1:
        return True
    return block.count(b"\n" + begin[0]) == lines - 1


def _search(block: bytes, needles: Iterable[bytes]) -> list[bytes]:
    """Return the lines in which one of the needles stands, or an escape."""
    found: dict[int, int] = {}
    for needle in (*needles, _ESCAPE) if _BACKSLASH in block else needles:
        at = block.find(needle)
        while at >= 0:
            end = block.find(b"\n", at)
            found[block.rfind(b"\n", 0, at) + 1] = end
            at = block.find(needle, end)
    return [block[start : found[start]] for start in sorted(found)]
