"""The gate of sampling: which calls of a configuration's loggers are left out.

A table has, for each level and logger that has been met, a `Place`, or `None` where no rule is for
it; a place has a counter for each event. The decision itself stands in `decision.py`, and once more
in C++, for the methods of the compiled lanes. All that is rare is here for both.

Most calls of a sampled service are among the first of their events, and need no decision: a counter
says how many more go through, and for how long that holds. That is looked up by the lanes of one
output within their log call, see `_lanes/sampled`, and by a gate around the methods of all others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import time_ns
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._process.interrupts import (
    INTERRUPTED,
    accounts,
    comes_from_handler,
    is_accounted_for,
)
from provide.foundation._sampling.counters import (
    NEVER,
    UNMET,
    EventCounter,
    Unsaid,
    forget_in_child,
)
from provide.foundation._sampling.decision import LeavesOut, make_decision
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
#: By logger, and by event; `None`: no rule is for it.
Known = dict["LoggerState", "dict[str | None, EventCounter] | None"]
Chances = tuple[Known, LeavesOut, EventCounter, EventCounter]


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
        #: The counters of their events, likewise.
        self._known: dict[int, Known] = {}
        self._chances: dict[int, Chances] = {}
        self._made: dict[int, Method] = {}
        #: Makes the methods of a compiled lane, where it is one that writes.
        self.compiled: CompiledGates | None = None
        self.unsaid = Unsaid(lambda counter, number: say_left_out(pipeline, counter, number))
        forget_in_child(self)

    def wraps(self, level: int, lowest: int) -> bool:
        """Say whether calls of a level may be left out, and are written at all."""
        return level >= lowest and (level < ERROR or self._errors)

    @accounts
    def passes(self, level: int, site: LoggerState, event: object) -> bool:
        """Say whether a call becomes a line, and count it if not.

        Args:
            level: Its level; at or above the logger's threshold.
            site: The logger without bound fields.
            event: The event.
        """
        if not self.wraps(level, level):
            return True
        if self.compiled is None:
            try:
                return not self.chances(level)[1](site, event, UNMET, 0)
            except Exception as error:  # of a signal handler
                self.fail(error, level, site)
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
                self.unsaid.find(list(place.events.values()))
        if for_good:
            self.unsaid.close()
        else:
            self.unsaid.say_all()

    def forget(self) -> None:
        """Begin anew: this is a forked child."""
        for places in self.places.values():
            places.clear()
        for known in self._known.values():
            known.clear()
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
        place = met.setdefault(site, place)
        self._known.setdefault(level, {})[site] = None if place is None else place.events
        return place

    def fail(self, error: Exception, level: int, logger: object, left: int = 0) -> None:
        """Count what has gone wrong; what a signal handler has raised goes on.

        Args:
            error: What has been raised.
            level: The level of the call.
            logger: Its logger.
            left: Whether it has been counted as left out.
        """
        if not comes_from_handler(error):
            COUNTERS.fault("sampling")
            return
        if not left and not is_accounted_for(error):
            # Never raises: whatever a logger lacks may be the error.
            name = getattr(getattr(logger, "_site", None), "_name", None)
            self.pipeline.drop(level, INTERRUPTED, name=name)
        raise error

    def make(self, level: int, method: Method) -> Method:
        """Return what makes the decision for a level, around a method that does not.

        Args:
            level: The level.
            method: What gets the calls that become lines.
        """
        if self.compiled is not None:
            return self.compiled.make(level, method)
        known, leaves_out, free, unmet = self.chances(level)
        fail = self.fail

        @accounts
        @named(level)
        def log(self: Logger, event: Any, /, *args: Any, **fields: Any) -> None:
            try:
                site = self._site
                if site._threshold > level:
                    return
                # As in `_lanes/fused.py`.
                try:
                    met = known[site]
                    chance = free if met is None else met[event if type(event) is str else None]
                except KeyError:
                    chance = unmet
                now = time_ns()
                if chance.seen < 0 and now < chance.until:
                    chance.seen += 1
                elif leaves_out(site, event, chance, now):
                    return
            except AttributeError:  # nothing has initialised it
                if adopt(self) > level:
                    return
            except Exception as error:  # a log call never raises: without a decision it is a line
                fail(error, level, self)
            if args:
                method(self, event, *args, **fields)
            else:
                method(self, event, **fields)

        return log

    def chances(self, level: int) -> Chances:
        """Return what decides about the calls of a level.

        Returns:
            By logger: by event: counters; `None` for a logger that no rule is for. Then a function
            that counts a call and says whether it is left out, by its logger, event and counter and
            the wall clock. Then the counters to take for a logger without rules, and for what has
            not been met. As long as `seen` of a counter is below 0, and the clock below its
            `until`, a call that adds one to `seen` goes through, and needs no function.
        """
        if level not in self._chances:
            free = EventCounter("", level, "", 0.0)
            free.seen, free.until = -NEVER, NEVER
            known = self._known.setdefault(level, {})
            self._chances[level] = known, make_decision(level, self), free, UNMET
        return self._chances[level]


def _tell(site: object, event: object, told: list[bool]) -> None:
    told.append(True)
