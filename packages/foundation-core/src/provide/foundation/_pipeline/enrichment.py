"""What extensions add to the lines of a fast lane.

A fast lane asks for it in one call a line, and gets bytes that it joins to the others. The
results of stages are checked once and kept: a marker is one of few texts, and trace ids stay the
same within a span.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._pipeline.pipeline import Pipeline, decode_fragment, merge_fields
from provide.foundation._process.interrupts import let_through

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger
    from provide.foundation.context import Context

_MOST = 1024
#: A longer text is not kept: texts of any length would be no bound at all.
_LONGEST = 1024


class Stages:
    """Hold the stages of one configuration, and what their results look like in one format.

    Args:
        pipeline: Has the stages; markers count only where its one output shows them.
        render_emoji: Makes a member of a marker, with what separates it from the one before.
        render_trace: Makes members of a fragment's names and values, likewise.
        end: What ends a line.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        render_emoji: Callable[[str], bytes],
        render_trace: Callable[[Mapping[str, Any]], bytes],
        end: bytes,
    ) -> None:
        self.markers, self.fragments, self.taps = (
            pipeline.markers,
            pipeline.fragments,
            pipeline.taps,
        )
        self._render_emoji = render_emoji
        self._render_trace = render_trace
        self._end = end
        self._emoji: dict[str, bytes] = {}
        self._traces: dict[bytes, bytes] = {}
        self.present = bool(self.markers or self.fragments or self.taps)
        #: The fragment, where there is one: then a lane calls it itself.
        self.fragment = self.fragments[0] if len(self.fragments) == 1 else None
        #: The same, if it has a token: then a lane asks for that, which is half the price.
        self.tokens: Any = self.fragment if hasattr(self.fragment, "token") else None
        #: The function that tells the token, if there is one.
        self.ask: Callable[[], object] | None = getattr(self.tokens, "token", None)
        #: What tells a lane all else that a line gets from markers and fragments, if anything does.
        self.add: Callable[[Logger, str, dict[str, Any], Context | None], bytes] | None = None
        if self.fragments and self.ask is None:
            self.add = self._mark_and_give
        elif self.markers:
            self.add = self.mark
        #: A token, and how a line ends while it is that: a pair is taken apart in one step, and
        #: what a lane keeps itself, `ask`, is not part of it: 0.98 of the line with four in one.
        self.ending: tuple[object, bytes] = (object(), b"")
        #: What tells the token, the token, how a line ends while it is that, what the fragment
        #: gave: for what has to know that they belong together.
        self.last: tuple[Callable[[], object], object, bytes, bytes] | None = None
        if self.ask is not None:
            self.last = (self.ask, self.ending[0], b"", b"")
        #: The one tap, if it takes lines as JSON.
        self.take_line: Callable[[int, bytes], None] | None = None
        if len(self.taps) == 1:
            self.take_line = getattr(self.taps[0], "take_line", None)
        #: By what the one fragment gives: how a line ends with it.
        self.endings: dict[bytes, bytes] = {}

    def mark(
        self, logger: Logger, event: str, fields: dict[str, Any], context: Context | None
    ) -> bytes:
        """Return what the markers add to a line; whatever a marker raises leaves here."""
        marker = ""
        if self.markers and (context is not None or logger._bound):
            fields = merge_fields(context.fields if context else {}, logger._bound, fields)
        for mark in self.markers:
            marker += mark(logger._site._name, event, fields)
        if not marker:
            return b""
        return self._emoji.get(marker) or self._learn_emoji(marker)

    def give(self) -> bytes:
        """Return what the fragments add to a line; whatever a fragment raises leaves here."""
        added = b""
        for give in self.fragments:
            members = give()
            if members:
                added += self._traces.get(members) or self._learn_trace(members)
        return added

    def learn_ending(self, members: bytes) -> bytes:
        """Return how a line ends with what the one fragment gave, and remember it.

        Raises:
            ValueError: That is no JSON.
        """
        ending = self._learn_trace(members) + self._end
        return _keep(self.endings, members, ending)

    def look(self) -> bytes:
        """Return how a line ends now that the fragment's token is another, or b""."""
        while True:
            ask = self.tokens.token
            token = ask()
            members = self.tokens()
            if ask == self.tokens.token:  # else it was replaced meanwhile
                break
        ending = b""
        if members:
            ending = self.endings.get(members) or self.learn_ending(members)
        self.ask, self.ending = ask, (token, ending)
        self.last = (ask, token, ending, members)
        return ending

    def tap(
        self,
        level: int,
        seconds: float,
        logger: Logger,
        event: str,
        fields: dict[str, Any],
        context: Context | None,
    ) -> None:
        """Hand a line that has been written to every tap; a tap that raises is counted."""
        try:
            if context is not None or logger._bound:
                fields = merge_fields(context.fields if context else {}, logger._bound, fields)
            last = self.last
            if last is not None and last[0]() is last[1]:
                members = last[3]
            elif self.fragment is not None:
                members = self.fragment()
            else:
                members = b",".join([made for give in self.fragments if (made := give())])
            for tap in self.taps:
                tap(level, seconds, logger._site._name, event, fields, members, None)
        except Exception:  # a log call never raises: an extension must not cost the call
            let_through()
            COUNTERS.fault("tap")

    def _mark_and_give(
        self, logger: Logger, event: str, fields: dict[str, Any], context: Context | None
    ) -> bytes:
        """Return what the markers and then the fragments add to a line."""
        return self.mark(logger, event, fields, context) + self.give()

    def _learn_emoji(self, marker: str) -> bytes:
        return _keep(self._emoji, marker, self._render_emoji(marker))

    def _learn_trace(self, members: bytes) -> bytes:
        return _keep(self._traces, members, self._render_trace(decode_fragment(members)))


def _keep(cache: dict[Any, bytes], given: str | bytes, rendered: bytes) -> bytes:
    if len(given) <= _LONGEST:
        if len(cache) >= _MOST:
            cache.clear()
        cache[given] = rendered
    return rendered
