"""The gate of sampling: which calls of a configuration's loggers are left out.

A table has, for each level and logger that has been met, a `Place`, or `None` where no rule is for
it; a place has a counter for each event. The decision itself is a few steps in `make`: it is
written down once more in C++, for the methods of the compiled lanes, with the same numbers in the
same order. What is rare (a logger or an event that has not been met, a number to be said) is here
for both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic_ns
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._process.interrupts import INTERRUPTED, accounts, comes_from_handler
from provide.foundation._sampling.counters import Unsaid, forget_in_child
from provide.foundation._sampling.places import Place, RuleInUse
from provide.foundation._sampling.summary import say_left_out
from provide.foundation.levels import ERROR, adopt, find_level, named

if TYPE_CHECKING:
    from typing import Protocol

    from provide.foundation._config.values.rules import RateLimit, Sample
    from provide.foundation._logger.logger import Logger
    from provide.foundation._logger.state import LoggerState
    from provide.foundation._pipeline.pipeline import Pipeline

    class CompiledGates(Protocol):
        """Make what decides in a compiled lane, by this module's places."""

        def make(self, level: int, method: Method) -> Method:
            """Return what makes the decision for a level."""
            raise NotImplementedError

        def forget(self) -> None:
            """Ask for all places anew."""


Method = Callable[..., None]


class Sampling:
    """Decide, by the rules of one configuration, which calls are left out.

    Args:
        pipeline: Whose calls they are.
        rules: By prefixes of the names of loggers; the longest wins, and "" is for all.
    """

    def __init__(self, pipeline: Pipeline, rules: Mapping[str, Sample | RateLimit]) -> None:
        self.pipeline = pipeline
        self.rules = {name: RuleInUse(rule) for name, rule in rules.items()}
        self._errors = any(rule.errors for rule in rules.values())
        #: By level: the places of loggers, `None` for those that no rule is for.
        self.places: dict[int, dict[LoggerState, Place | None]] = {}
        self._made: dict[int, Method] = {}
        #: Makes the methods of a compiled lane, where it is one that writes.
        self.compiled: CompiledGates | None = None
        self.unsaid = Unsaid(lambda counter, number: say_left_out(pipeline, counter, number))
        forget_in_child(self)

    def wraps(self, level: int, lowest: int) -> bool:
        """Say whether calls of a level may be left out, and are written at all."""
        return level >= lowest and (level < ERROR or self._errors)

    def passes(self, level: int, site: LoggerState, event: object) -> bool:
        """Say whether a call becomes a line, and count it if not.

        Args:
            level: Its level; at or above the logger's threshold.
            site: The logger without bound fields.
            event: The event.
        """
        if not self.wraps(level, level):
            return True
        if level not in self._made:
            self._made[level] = self.make(level, _tell)
        told: list[bool] = []
        self._made[level](site, event, told=told)
        return bool(told)

    def use(self, compiled: CompiledGates) -> None:
        """Leave the decisions to a compiled lane from now on."""
        self.compiled = compiled
        self._made.clear()

    def say_rest(self, *, for_good: bool = False) -> None:
        """Say all that has been left out and not been said.

        Args:
            for_good: Whether nobody asks any more.
        """
        for rule in self.rules.values():
            for place in tuple(rule.places):
                self.unsaid.find(tuple(place.events.values()))
        if for_good:
            self.unsaid.close()
        else:
            self.unsaid.say_all()

    def forget(self) -> None:
        """Begin anew: this is a forked child."""
        for places in self.places.values():
            places.clear()
        for rule in self.rules.values():
            rule.forget()
        if self.compiled is not None:
            self.compiled.forget()

    def meet(self, level: int, site: LoggerState) -> Place | None:
        """Return the place of a logger that calls of a level have not met yet."""
        met = self.places.setdefault(level, {})
        if site in met:
            return met[site]
        found = find_level(self.rules, site._name, self.rules.get(""))
        place = None
        if found is not None and (level < ERROR or found.rule.errors):
            counts = [
                output.sink.counts.dropped_by(found.reason)
                for output in self.pipeline.outputs
                if output.takes_level(level, site._name)
            ]
            place = Place(site._name, level, found, counts)
            found.places.append(place)
        return met.setdefault(site, place)

    def fail(self, error: Exception, level: int, logger: Logger, left: int) -> None:
        """Count what has gone wrong; what a signal handler has raised goes on."""
        if comes_from_handler(error):
            if not left:
                # Never raises: whatever a logger lacks may be the error.
                name = getattr(getattr(logger, "_site", None), "_name", None)
                self.pipeline.drop(level, INTERRUPTED, name=name)
            raise error
        COUNTERS.fault("sampling")

    def make(self, level: int, method: Method) -> Method:
        """Return what makes the decision for a level.

        Args:
            level: The level.
            method: What gets the calls that become lines.
        """
        if self.compiled is not None:
            return self.compiled.make(level, method)
        places = self.places.setdefault(level, {})
        pipeline, unsaid, meet, fail = self.pipeline, self.unsaid, self.meet, self.fail

        @accounts
        @named(level)
        def log(self: Logger, event: Any, /, *args: Any, **fields: Any) -> None:
            left = 0
            try:
                site = self._site
                if site._threshold > level:
                    return
                try:
                    place = places[site]
                except KeyError:
                    place = meet(level, site)
                if place is not None:
                    try:
                        counter = place.events[event if type(event) is str else None]
                    except KeyError:
                        counter = place.meet(event)
                    now = monotonic_ns()
                    if now >= unsaid.due:
                        unsaid.say_ended(now)
                    # No call until the line is counted, else another thread comes between.
                    if pipeline.superseded:
                        pass
                    elif place.interval:
                        full = place.bucket.full
                        if full < now:
                            full = now
                        full += place.interval
                        if full - now <= place.window:
                            place.bucket.full = full
                        else:
                            place.dropped.count += 1
                            counter.left_out = left = counter.left_out + 1
                    else:
                        if now >= counter.end:
                            counter.end = now + place.window
                            counter.seen = 0
                        counter.seen = seen = counter.seen + 1
                        if seen > place.first and (
                            not place.thereafter or (seen - place.first) % place.thereafter
                        ):
                            place.dropped.count += 1
                            counter.left_out = left = counter.left_out + 1
                    if left:
                        if left == 1 or place.others:
                            due, outputs = counter.end or now + place.window, [*place.others]
                            try:
                                unsaid.follow(counter, left, due, outputs)
                            except BaseException:  # of a signal handler: it is counted all the same
                                unsaid.follow(counter, left, due, outputs)
                                raise
                        return
            except AttributeError:  # nothing has initialised it
                if adopt(self) > level:
                    return
            except Exception as error:  # a log call never raises: without a decision it is a line
                fail(error, level, self, left)
                if left:
                    return
            if args:
                method(self, event, *args, **fields)
            else:
                method(self, event, **fields)

        return log


def _tell(site: object, event: object, told: list[bool]) -> None:
    told.append(True)
