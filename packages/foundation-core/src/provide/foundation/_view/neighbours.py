"""Entries around those that hold a text."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from provide.foundation._view.dialects.reader import Entry
from provide.foundation._view.query.terms import Text

Tagged = tuple[Entry, str]


def find_neighbours(entries: Iterable[Tagged], text: str, most: int) -> Iterator[Tagged | None]:
    """Yield the entries that hold a text, with so many before and after each.

    None is yielded where entries are left out between two that are not.

    Args:
        entries: With the tags of their sources.
        text: What to look for.
        most: How many entries to show before and after.
    """
    wanted = Text(text)
    before: deque[Tagged] = deque(maxlen=most)
    behind, left_out, any_shown = 0, False, False
    for each in entries:
        if wanted.holds(each[0]):
            if left_out and any_shown:
                yield None
            yield from before
            before.clear()
            yield each
            behind, left_out, any_shown = most, False, True
        elif behind:
            behind -= 1
            yield each
        else:
            left_out = left_out or len(before) == most
            before.append(each)
