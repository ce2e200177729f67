"""One format among those of several outputs: what it makes of a call that has been checked.

A layout asks the lane of its format for the bytes, which keeps those of events and names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provide.foundation._lanes.base import DIGITS, join
from provide.foundation.levels import LEVELS

if TYPE_CHECKING:
    from provide.foundation._lanes.base import FastLane


class Layout:
    """Make the lines of one format.

    Args:
        lane: Knows the format.
        shows_emoji: Whether lines carry the emoji.
    """

    __slots__ = ("lane", "level_texts", "names", "shows_emoji")

    def __init__(self, lane: FastLane, *, shows_emoji: bool) -> None:
        self.lane = lane
        self.shows_emoji = shows_emoji
        self.level_texts = {level: lane.render_level(level) for level in LEVELS}
        self.names = lane.names

    def render(
        self,
        level: int,
        nanos: int,
        second: bytes,
        name: str,
        text: str,
        plain: dict[str, Any],
        emoji: str,
        trace: tuple[bytes, ...],
        details: dict[str, Any] | None,
    ) -> bytes:
        """Return the line of a call.

        Args:
            level: A number of `levels.LEVELS`.
            nanos: The time within its second.
            second: What a line of that second begins with.
            name: The logger's.
            text: The event.
            plain: The fields, as plain data under names that need nothing done.
            emoji: What the extensions gave, or "".
            trace: What each extension gave.
            details: What `Pipeline.describe` has returned, if the call asks for that.

        Raises:
            Exception: It takes more care.
        """
        lane = self.lane
        head, tail = self.names.get(name) or lane.learn_name(name)
        encoded = lane.events.get(text) or lane.keep_event(text) or lane.encode_once(text)
        rest = lane.render_plain(plain)
        pieces = [lane.enrichment.encode_given(given) for given in trace]
        if trace or (emoji and self.shows_emoji):
            members = b"" if lane.IS_NESTED else b"".join(pieces)
            shown = lane.enrichment.encode_given_emoji(emoji) if self.shows_emoji else b""
            encoded, rest = lane.join_added(text, encoded, rest, shown, members)
        if details:
            rest = lane.add_details(rest, details, level)
        if lane.IS_NESTED:
            rest = lane.close(rest, pieces)
        return join((
            second, DIGITS[nanos // 1_000_000],
            DIGITS[nanos // 1000 % 1000] if lane.SHOWS_MICROSECONDS else b"",
            self.level_texts[level], head, encoded, tail, rest,
        ))  # fmt: skip
