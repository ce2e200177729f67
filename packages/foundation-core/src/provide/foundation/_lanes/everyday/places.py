"""The call sites of lines: how a line ends with each, encoded once and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provide.foundation._pipeline.callsite import Place, describe_place, find_place
from provide.foundation.levels import ERROR

if TYPE_CHECKING:
    from provide.foundation._lanes.base import FastLane

# Together these bound what is kept, in bytes.
_MOST_PLACES = 1024
_LONGEST = 1024


class KnownPlaces:
    """Render call sites.

    Args:
        lane: Says how one looks in its format.
    """

    __slots__ = ("_known", "_lane")

    def __init__(self, lane: FastLane) -> None:
        self._lane = lane
        self._known: dict[Place, bytes] = {}

    def render_callsite(self) -> bytes:
        """Return the place of the code that logged, and what ends a line.

        Raises:
            Exception: Only the processor lane can write it.
        """
        place = find_place()
        return self._known.get(place) or self._learn(place)

    def _learn(self, place: Place) -> bytes:
        lane = self._lane
        ending = lane.add_details(lane.END, {"callsite": describe_place(place)}, ERROR)
        if len(ending) <= _LONGEST:
            if len(self._known) >= _MOST_PLACES:
                self._known.clear()
            self._known[place] = ending
        return ending
