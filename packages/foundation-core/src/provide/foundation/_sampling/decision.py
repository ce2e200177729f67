"""The decision about one call: whether it is left out, which counts it.

It is written down once more in C++, as `decision.cpp`, for the compiled lanes.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic_ns
from typing import TYPE_CHECKING

from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._process.interrupts import comes_from_handler, raise_accounted
from provide.foundation._sampling.counters import DECISIONS, PAUSE_NS, EventCounter

if TYPE_CHECKING:
    from typing import Protocol

    from provide.foundation._logger.state import LoggerState
    from provide.foundation._pipeline.pipeline import Pipeline
    from provide.foundation._sampling.counters import Unsaid
    from provide.foundation._sampling.places import Place

    class Decider(Protocol):
        """Hold what decisions are made by; see `gate.py`."""

        pipeline: Pipeline
        places: dict[int, dict[LoggerState, Place | None]]
        unsaid: Unsaid

        def meet(self, level: int, site: LoggerState) -> Place | None:
            """Return the place of a logger that calls of a level have not met yet."""


#: Is given the logger without bound fields, the event, its counter and the time of the wall clock.
LeavesOut = Callable[["LoggerState", object, EventCounter, int], bool]


def make_decision(level: int, sampling: Decider) -> LeavesOut:
    """Return what decides about the calls of a level.

    Args:
        level: The level.
        sampling: What it decides by.
    """
    places = sampling.places.setdefault(level, {})
    pipeline, unsaid, meet = sampling.pipeline, sampling.unsaid, sampling.meet

    def decide(site: LoggerState, event: object) -> bool:
        left = 0
        try:
            try:
                place = places[site]
            except KeyError:
                place = meet(level, site)
            if place is None:
                return False
            try:
                counter = place.events[event if type(event) is str else None]
            except KeyError:
                counter = place.meet(event)
            now = monotonic_ns()
            if now >= unsaid.due:
                unsaid.say_ended(now)
            # No call until the line is counted, else another thread comes between.
            if pipeline.superseded:
                return False
            if place.interval:
                full = place.bucket.full
                if full < now:
                    full = now
                full += place.interval
                if full - now <= place.window:
                    place.bucket.full = full
                    return False
            else:
                if now >= counter.end:
                    counter.end = now + place.window
                    counter.seen = -place.first
                    counter.until = 0
                counter.seen = seen = counter.seen + 1
                if seen <= 0 or (place.thereafter and not seen % place.thereafter):
                    place.look_ahead(counter, unsaid.due)
                    return False
            place.dropped.count += 1
            counter.left_out = left = counter.left_out + 1
            if not counter.due or place.others:
                due, outputs = counter.end or now + place.window, [*place.others]
                try:
                    unsaid.follow(counter, due, outputs)
                except BaseException:  # of a signal handler: it is counted all the same
                    unsaid.follow(counter, due, outputs)
                    raise
            if not place.interval:
                place.look_ahead(counter, unsaid.due)
        except Exception as error:  # a log call never raises: without a decision it is a line
            if comes_from_handler(error):
                if left:
                    raise_accounted(error)
                raise
            COUNTERS.fault("sampling")
        return left > 0

    # Calls that are left out in a row need no more than this.
    def leaves_out(site: LoggerState, event: object, counter: EventCounter, wall: int) -> bool:
        if (
            counter.seen < counter.stop
            # A wall clock that has been put back is seen here; calls that go through are few.
            and 0 < counter.until - wall <= PAUSE_NS
            and counter.due  # else it is to be noted
            and not pipeline.superseded
        ):
            # No call from here on, else a handler comes between.
            counter.seen += 1
            counter.left_out += 1
            counter.lost.count += 1
            return True
        return decide(site, event)

    return DECISIONS.guard(leaves_out)
