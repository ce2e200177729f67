"""Counters of calls that are left out, and of what has not been said of them yet.

Each such call is counted twice: under a reason in `stats()`, and with its event, for the line that
says how many there were. Both sums are the same in the end, because no thread can come between the
steps that count. The GIL changes hands only where a function is called, and at jumps backward
(CPython 3.11 to 3.13). The comments "no call" mark such steps. Without a GIL, one thread at a time
decides: `DECISIONS`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

from provide.foundation._diagnostics.counter import LineCounter
from provide.foundation._process.forks import renew_after_fork
from provide.foundation._process.gil import OneAtATime
from provide.foundation._process.interrupts import let_through

#: A moment that never comes, in nanoseconds.
NEVER = 2**62
#: So many characters of an event tell it from others, and are shown.
LONGEST_EVENT = 256
#: So many are kept: secrets are looked for before a text is cut.
LONGEST_TEXT = 4096
#: With more events than these, windows that have ended are looked for ten times a second at most.
#: That often, at least, there is a decision about an event.
_FEW = 64
PAUSE_NS = 100_000_000


_NOBODY = LineCounter()
#: Whose turn it is to decide about a call, or to say what has been left out.
DECISIONS = OneAtATime()


class EventCounter:
    """Count the calls of one event, of one logger and level.

    Args:
        name: The logger's name.
        level: The level.
        event: The event, as `event_text` gives it.
        window_s: For how many seconds calls that are left out are told of together.
    """

    __slots__ = (
        "due", "end", "event", "left_out", "level", "lost", "name", "seen", "stop", "until",
        "window_s",
    )  # fmt: skip

    def __init__(self, name: str, level: int, event: str, window_s: float) -> None:
        self.name, self.level, self.event, self.window_s = name, level, event, window_s
        #: When the window ends, by the monotonic clock; and how many calls it has had, less those
        #: that go through in any case.
        self.end = self.seen = 0
        #: Until when calls need no other decision, by the wall clock: where `seen` is below 0, they
        #: go through; where it is below `stop`, they are left out, and `lost` counts them.
        self.until, self.stop, self.lost = 0, -NEVER, _NOBODY
        #: How many calls have been left out that no line has told of, and when one is to; 0: it has
        #: not been noted.
        self.left_out = self.due = 0


#: Of a logger or an event that has not been met: whoever finds it asks for a decision.
UNMET = EventCounter("", 0, "", 0.0)
Say = Callable[[EventCounter, int], None]


class Unsaid:
    """Hold the counters whose numbers are to be said, and say them when it is time.

    Args:
        say: Writes the line.
    """

    __slots__ = ("__weakref__", "_counters", "_is_closed", "_say", "due")

    def __init__(self, say: Say) -> None:
        self._say = say
        self._counters: dict[EventCounter, None] = {}
        self._is_closed = False
        #: When the first of them is due: whoever finds it past calls `say_ended`.
        self.due = NEVER
        _LIVING.add(self)

    def follow(self, counter: EventCounter, due: int, outputs: list[LineCounter]) -> None:
        """Do what follows the count of a call that is left out.

        Whoever is interrupted by a signal handler that raises calls it once more.

        Args:
            counter: The counter.
            due: When its number is to be said.
            outputs: What else counts the call: each one is taken out with its count.
        """
        while outputs:
            outputs[-1].count += 1  # no call
            del outputs[-1]
        # Behind the counts: no sum is said that they do not have.
        if not counter.due:
            self.note(counter, due)

    def note(self, counter: EventCounter, due: int) -> None:
        """Have the number of a counter said.

        Args:
            counter: The counter.
            due: When.
        """
        self._counters[counter] = None
        counter.due = due  # no call
        # Behind that: `say_ended` looks for counters once it has set its own.
        if due < self.due:  # no call
            self.due = due
        # Behind that, too: `close` looks for counters once it has said that it does.
        if self._is_closed:
            self._take(counter)

    def say_ended(self, now: int) -> None:
        """Say the numbers that are due."""
        self.due = earliest = NEVER
        try:
            for counter in list(self._counters):
                if counter.due <= now:
                    self._take(counter)
                elif counter.due < earliest:
                    earliest = counter.due
        except BaseException:  # of a signal handler: the next call says the rest
            self.due = 0
            raise
        if len(self._counters) > _FEW:
            earliest = max(earliest, now + PAUSE_NS)
        if earliest < self.due:  # no call
            self.due = earliest

    def find(self, counters: Iterable[EventCounter]) -> None:
        """Note what has been left out and not been noted, for want of stack or memory."""
        for counter in counters:
            if counter.left_out and counter not in self._counters:
                self.note(counter, 0)

    @DECISIONS.guard
    def say_all(self) -> None:
        """Say all of them."""
        for counter in list(self._counters):
            self._take(counter)

    def close(self) -> None:
        """Say all of them, and from now on each one at once: nobody asks any more."""
        self._is_closed = True
        self.say_all()

    def _take(self, counter: EventCounter) -> None:
        number = 0
        try:
            self._counters.pop(counter, None)
            number, counter.left_out, counter.due = counter.left_out, 0, 0  # no call
            if number:
                self._say(counter, number)
        except Exception:  # a log call never raises, nor does a flush: the outputs count themselves
            let_through()
        finally:
            if counter.left_out and not number:  # an interrupt came between
                self._counters[counter] = None

    def forget(self) -> None:
        """Leave to the parent what it has counted: this is a forked child."""
        for counter in self._counters:
            counter.left_out = counter.due = 0
        self._counters.clear()
        self.due = NEVER


_LIVING: weakref.WeakSet[Any] = weakref.WeakSet()


def forget_in_child(holder: Any) -> None:
    """Have the method `forget` of an object called in each forked child, while it lives."""
    _LIVING.add(holder)


def _forget() -> None:
    for each in tuple(_LIVING):
        each.forget()


renew_after_fork(DECISIONS.renew)
renew_after_fork(_forget)


def event_key(event: object) -> str:
    """Return the text that tells an event from others: no code of the user's runs for it."""
    if type(event) is str:
        return event if len(event) <= LONGEST_EVENT else event[:LONGEST_EVENT]
    return f"<{type(event).__name__}>"


def event_text(event: object) -> str:
    """Return what is kept of an event, for the line that says how many there were."""
    return event[:LONGEST_TEXT] if type(event) is str else event_key(event)


def shown_text(kept: str, clean: str) -> str:
    """Return what is shown of an event.

    Args:
        kept: What `event_text` has returned of it.
        clean: The same without what is not to be in a line.
    """
    if len(kept) == LONGEST_TEXT and clean != kept:
        # The last word may be a part of something that is known as a whole only.
        clean = clean.rpartition(" ")[0]
    return clean[:LONGEST_EVENT]
