"""What calls are decided by: the tokens, windows and counters of each logger and level."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic_ns, time_ns

from provide.foundation._config.values.rules import RateLimit, Sample
from provide.foundation._diagnostics.counter import LineCounter
from provide.foundation._process.gil import HAS_GIL
from provide.foundation._sampling.counters import (
    NEVER,
    PAUSE_NS,
    EventCounter,
    event_key,
    event_text,
)

#: So many events of a rule have counters of their own, over all its loggers; more of them share
#: one for each logger and level, until the windows of others have ended.
MOST_EVENTS = 1000
#: How the events are called that share one.
OTHERS = "<other events>"


class Bucket:
    """Hold the tokens of one logger, which its levels share.

    It is kept as the moment at which the bucket is full again, which is one number.
    Source: the generic cell rate algorithm, ITU-T I.371, as a virtual scheduling algorithm.
    """

    __slots__ = ("full",)

    def __init__(self) -> None:
        self.full = 0


class Place:
    """Hold what the calls of one logger and level need for the decision.

    Attributes:
        events: The counters, by event.
        first, thereafter: Of a `Sample`; 0 for a `RateLimit`.
        window: Nanoseconds of a window, or of the filling of a bucket.
        interval: Nanoseconds of one token of a `RateLimit`; 0: this is a `Sample`.
        bucket: The tokens.
        dropped: What counts a call that is left out, for the one output that takes this level.
        others: The same of further outputs.
    """

    __slots__ = (
        "bucket", "dropped", "events", "first", "interval", "level", "name", "others", "rule",
        "thereafter", "window",
    )  # fmt: skip

    def __init__(self, name: str, level: int, rule: RuleInUse, dropped: list[LineCounter]) -> None:
        self.name, self.level, self.rule = name, level, rule
        self.events: dict[str | None, EventCounter] = {}
        given = rule.rule
        self.window = rule.window
        self.first = self.thereafter = self.interval = 0
        if isinstance(given, Sample):
            self.first, self.thereafter = given.first, given.thereafter
        else:
            self.interval = max(self.window // given.lines, 1)
        self.bucket = rule.bucket_of(name)
        # A counter that nobody reads, where no output takes the level.
        self.dropped, *self.others = dropped or [LineCounter()]

    def meet(self, event: object) -> EventCounter:
        """Return the counter of an event that is not known as it stands."""
        key, text = event_key(event), event_text(event)
        found = self.events.get(key)
        if found is not None:
            return found
        if not self.rule.has_room():
            key = text = OTHERS
            found = self.events.get(key)
            if found is not None:
                return found
        fresh = self.rule.make_counter(self.name, self.level, text, self.rule.rule.per_s)
        return self.events.setdefault(key, fresh)

    def look_ahead(self, counter: EventCounter, due: int) -> None:
        """Say of the next calls of an event, of which there has just been one, what they come to.

        Args:
            counter: That of the event.
            due: When a number is to be said, by the monotonic clock.
        """
        if not HAS_GIL:  # each call is decided about in its turn
            return
        # The wall clock first: a thread that waits in between says less, and nothing wrong.
        wall, now = time_ns(), monotonic_ns()
        until = wall + min(counter.end, due, now + PAUSE_NS) - now
        seen, every = counter.seen, self.thereafter
        if seen <= 0 or self.others:
            counter.stop = -NEVER
        else:
            counter.stop = seen - seen % every + every - 1 if every else NEVER
        counter.lost, counter.until = self.dropped, until


class RuleInUse:
    """Hold what all loggers of a rule share.

    Args:
        rule: The rule.
    """

    __slots__ = (
        "_buckets",
        "_next_drop",
        "forget_met",
        "make_bucket",
        "make_counter",
        "next_look",
        "places",
        "reason",
        "rule",
        "window",
    )

    def __init__(self, rule: Sample | RateLimit) -> None:
        self.rule = rule
        self.reason = "sampled" if isinstance(rule, Sample) else "rate_limited"
        self.window = int(rule.per_s * 1e9)
        self.places: list[Place] = []
        self._buckets: dict[str, Bucket] = {}
        #: While there is no room for more events: when it is looked for again.
        self.next_look = 0
        #: When those whose windows have ended are looked for again.
        self._next_drop = 0
        #: What counts: a compiled lane has classes of its own with the same names of attributes.
        self.make_bucket: Callable[[], Bucket] = Bucket
        self.make_counter: Callable[[str, int, str, float], EventCounter] = EventCounter
        #: Has a compiled lane look its counters up anew; some have gone.
        self.forget_met: Callable[[], None] = _keep

    def bucket_of(self, name: str) -> Bucket:
        """Return the tokens of a logger."""
        return self._buckets.setdefault(name, self.make_bucket())

    def has_room(self) -> bool:
        """Say whether one more event may have a counter of its own; those that have ended go."""
        now = monotonic_ns()
        if now < self.next_look:
            return False
        places = tuple(self.places)
        if _count(places) < MOST_EVENTS:
            return True
        if now >= self._next_drop:
            self._next_drop = now + self.window
            for place in places:
                for key, counter in place.events.copy().items():
                    # Whoever counts with it meanwhile has it said all the same, see `Unsaid`.
                    if counter.end <= now and not counter.left_out:
                        place.events.pop(key, None)
            self.forget_met()
            if _count(places) < MOST_EVENTS:
                return True
        self.next_look = self._next_drop
        return False

    def forget(self) -> None:
        """Begin anew."""
        self.places.clear()
        self._buckets.clear()
        self.next_look = self._next_drop = 0


def _count(places: tuple[Place, ...]) -> int:
    return sum([len(place.events) for place in places])


def _keep() -> None:
    """Forget nothing: code in Python keeps no counters but in the places."""
