r"""The patterns of all active sets as one index; imports literals only.

Of each pattern the index knows a text that it cannot match without, and of each text a few short
pieces. A search cuts the event into pieces and looks each up, so its cost depends on the event and
on the patterns whose text is in it, not on how many patterns there are. A pattern without such a
text (such as ``\d{5}``) is tried on every event that no better one matches.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from provide.foundation.emoji.literals import find_literals, fold_text

#: Characters of an event that patterns are searched in; patterns do not see the rest.
LONGEST_SEARCH = 1_000
# Literals without a digit, places at words and ends, spaces: nothing here can tell 7 from 12.
_ignores_digits = re.compile(r"(?:\\[bsAZ]|\\[^\w]|\[[A-Za-z _.,:/]+-?\]|[^\\.\[\d])*").fullmatch
_FEW = 16
_WIDTH = 4
_LONGEST_STRIDE = 3


class Pattern(NamedTuple):
    """Be one pattern of an active set."""

    regex: str
    emoji: str
    set_name: str


class _Cut(NamedTuple):
    """Say how an event is cut into pieces: `width` characters, every `stride` characters."""

    width: int
    stride: int


def _choose_cuts(literals: Iterable[str]) -> dict[str, _Cut]:
    """Return how to cut for each literal; all of four characters or more share one way."""
    literals = set(literals)
    shortest = min((len(text) for text in literals if len(text) >= _WIDTH), default=_WIDTH)
    # Of a text of 6 characters, three neighbouring pieces of 4 are known, so an event that is cut
    # at every third place must show one of them.
    shared = _Cut(_WIDTH, min(shortest - _WIDTH + 1, _LONGEST_STRIDE))
    return {text: shared if len(text) >= _WIDTH else _Cut(len(text), 1) for text in literals}


def _list_windows(literal: str, cut: _Cut) -> Iterator[list[str]]:
    """Yield each run of neighbouring pieces that is enough to find the literal by."""
    pieces = [literal[i : i + cut.width] for i in range(len(literal) - cut.width + 1)]
    for start in range(len(pieces) - cut.stride + 1):
        yield pieces[start : start + cut.stride]


class PatternIndex:
    """Find the first of many patterns that is in an event; immutable, any thread may search.

    Args:
        patterns: The patterns, those that win first.
    """

    __slots__ = ("_always", "_cuts", "_few", "_searches", "ignores_digits", "patterns")

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self.patterns = tuple(patterns)
        self._searches = tuple(re.compile(pattern.regex).search for pattern in self.patterns)
        #: Whether events that differ in their numbers alone show the same pattern.
        self.ignores_digits = all(_ignores_digits(pattern.regex) for pattern in self.patterns)
        always = []
        wanted: list[tuple[str, int]] = []
        for rank, pattern in enumerate(self.patterns):
            literals = find_literals(pattern.regex)
            wanted += [(literal, rank) for literal in sorted(literals)]
            if not literals:
                always.append(rank)
        self._always = tuple(always)
        # Few texts are looked for one by one: an event of 50 characters takes less than to be cut.
        self._few = tuple(wanted) if len(wanted) <= _FEW else ()
        self._cuts = () if self._few else _index(wanted)

    def find(self, event: str) -> int:
        """Return the place of the first pattern that is in the event, or -1.

        Args:
            event: The event; only its first 1,000 characters are searched.
        """
        event = event[:LONGEST_SEARCH]
        ranks = list(self._always)
        if self._few:
            folded = fold_text(event)
            ranks += [rank for literal, rank in self._few if literal in folded]
        elif self._cuts:
            folded = fold_text(event)
            for width, stride, pieces in self._cuts:
                for start in range(0, len(folded) - width + 1, stride):
                    piece = folded[start : start + width]
                    if piece in pieces:
                        for literal, rank in pieces[piece]:
                            if literal in folded:
                                ranks.append(rank)
        if ranks:
            for rank in sorted(set(ranks)):
                if self._searches[rank](event):
                    return rank
        return -1


def _index(
    wanted: list[tuple[str, int]],
) -> tuple[tuple[int, int, dict[str, tuple[tuple[str, int], ...]]], ...]:
    """Return for each way to cut: width, stride and the literals that each piece may belong to."""
    cuts = _choose_cuts(literal for literal, _rank in wanted)
    # Pieces that few texts have, so that a common word does not bring up every pattern.
    common = Counter(
        piece
        for literal, cut in cuts.items()
        for piece in {piece for window in _list_windows(literal, cut) for piece in window}
    )
    found: dict[_Cut, dict[str, list[tuple[str, int]]]] = {}
    for literal, rank in wanted:
        cut = cuts[literal]
        window = min(
            _list_windows(literal, cut), key=lambda pieces: max(common[piece] for piece in pieces)
        )
        for piece in set(window):
            found.setdefault(cut, {}).setdefault(piece, []).append((literal, rank))
    return tuple(
        (cut.width, cut.stride, {piece: tuple(pairs) for piece, pairs in pieces.items()})
        for cut, pieces in sorted(found.items())
    )
