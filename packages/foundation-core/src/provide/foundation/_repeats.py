"""Which calls of `Logger.once`, `every` and `every_s` become lines, and what is said of the others.

They are counted in the process, by logger, level and event, and stay counted over set-ups. A call
that is left out is dropped by the pipeline that would have had the line, which says how many were.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic_ns, sleep
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS, LineCounter
from provide.foundation._logger.starting import start
from provide.foundation._process.interrupts import accounts, let_through
from provide.foundation._runtime.state import STATE
from provide.foundation._sampling.counters import (
    EventCounter,
    Unsaid,
    event_key,
    forget_in_child,
)
from provide.foundation._sampling.summary import say_left_out
from provide.foundation.levels import adopt

if TYPE_CHECKING:
    from provide.foundation._logger.state import LoggerState
    from provide.foundation._pipeline.pipeline import Pipeline

    Key = tuple[LoggerState, int, object]

#: So many events have counters of their own; as many again share them with others of their kind,
#: logger and level.
MOST_EVENTS = 1000
_OTHERS = "<other events>"
#: In how many seconds it is said what `once` and `every` have left out: they have no window.
SAID_S = 60.0
#: A call that comes in the midst of a change of the configuration waits for the next pipeline.
_MOST_TRIES = 1000
#: How often it is looked for room, while there is none.
_PAUSE_NS = 1_000_000_000


class Turns:
    """Decide whose turn it is, for all calls with one argument.

    Args:
        calls: Of so many the first one has it; 0: the first of all.
        seconds: It comes again after so many; 0: it goes by calls.
    """

    __slots__ = ("_calls", "_counters", "_next_look", "_seconds", "_window")

    def __init__(self, calls: int, seconds: float) -> None:
        self._calls, self._seconds = calls, float(seconds)
        self._window = int(self._seconds * 1e9)
        self._counters: dict[Key, EventCounter] = {}
        self._next_look = 0

    def forget(self) -> None:
        """Begin anew."""
        self._counters.clear()

    def __len__(self) -> int:
        return len(self._counters)

    @accounts
    def pass_on(self, logger: Any, level: int, event: object) -> bool:
        """Say whether a call is to become a line, and count it if not."""
        try:
            try:
                site = logger._site
                if site._threshold > level:
                    return True  # to its method, which knows what to do with it
                counter = self._counters[site, level, event if type(event) is str else None]
            except (AttributeError, KeyError):
                return self._meet(logger, level, event)
            return self._decide(site, counter)
        except Exception:  # a log call never raises: without a decision it is a line
            let_through()
            COUNTERS.fault("sampling")
            return True

    def _meet(self, logger: Any, level: int, event: object) -> bool:
        """Decide about a call of a logger or an event that has not been met."""
        start()
        if adopt(logger) > level:
            return True
        site, text = logger._site, event_key(event)
        known = self._counters
        key, others = (site, level, text), (site, level, _OTHERS)
        if key in known:
            pass
        elif others in known and monotonic_ns() < self._next_look:
            key = others
        else:
            taken = sum([len(each) for each in COUNTERS.repeats.values()])
            if taken >= MOST_EVENTS:
                taken -= self._drop_ended()
            if taken >= MOST_EVENTS:
                key, text = others, _OTHERS
                if key not in known and taken >= 2 * MOST_EVENTS:
                    return True
        fresh = EventCounter(site._name, level, text, self._seconds or SAID_S)
        return self._decide(site, known.setdefault(key, fresh))

    def _drop_ended(self) -> int:
        """Make room: a window that has ended, with nothing to be said, needs no counter."""
        now, before = monotonic_ns(), len(self._counters)
        self._next_look = now + _PAUSE_NS
        for key, counter in tuple(self._counters.items()):
            if self._window and counter.end <= now and not counter.left_out:
                self._counters.pop(key, None)
        return before - len(self._counters)

    def _decide(self, site: LoggerState, counter: EventCounter) -> bool:
        for _ in range(_MOST_TRIES):
            pipeline = STATE.pipeline
            if pipeline is None:  # this thread is in the midst of a set-up
                return True
            left: Any = pipeline.repeats
            if left is None:
                left = _begin(pipeline)
            now = monotonic_ns()
            if now >= left.due:
                left.say_ended(now)
            # No call until the line is counted, else another thread comes between.
            if pipeline.superseded:
                sleep(0)  # until the next one is there
                continue
            calls = self._calls
            counter.seen = seen = counter.seen + 1
            if self._window:
                if now >= counter.end:
                    counter.end = now + self._window
                    return True
            elif seen == 1 or (calls and (calls == 1 or seen % calls == 1)):
                return True
            counter.left_out = number = counter.left_out + 1
            if number == 1:
                left.note(counter, counter.end or now + int(SAID_S * 1e9))
            for each in left.dropped_by(site, counter.level):
                each.count += 1
            return False
        return True


class LeftOut(Unsaid):
    """Hold what has been left out of a pipeline's lines.

    Args:
        pipeline: The pipeline.
    """

    __slots__ = ("_dropped", "_pipeline")

    def __init__(self, pipeline: Pipeline) -> None:
        super().__init__(lambda counter, number: say_left_out(pipeline, counter, number))
        self._pipeline = pipeline
        self._dropped: dict[tuple[LoggerState, int], tuple[LineCounter, ...]] = {}

    def dropped_by(self, site: LoggerState, level: int) -> tuple[LineCounter, ...]:
        """Return what counts calls of a logger and level, for each output that takes them."""
        found = self._dropped.get((site, level))
        if found is None:
            found = self._dropped[site, level] = tuple(
                output.sink.counts.dropped_by("repeated")
                for output in self._pipeline.outputs
                if output.takes_level(level, site._name)
            )
        return found


def _begin(pipeline: Pipeline) -> Any:
    fresh = LeftOut(pipeline)
    if pipeline.repeats is None:  # no call
        pipeline.repeats = fresh
    return pipeline.repeats


def _all(_logger: object, _level: int, _event: object) -> bool:
    return True


def find_turns(kind: str, number: Any) -> Callable[[Any, int, object], bool]:
    """Return what decides about calls with an argument; a bad one leaves nothing out.

    Args:
        kind: ``once``, ``every`` or ``every_s``.
        number: The argument; 0 of ``once``.
    """
    if type(number) in (int, float):
        key = kind, number
        found = COUNTERS.repeats.get(key)
        if found is not None:
            return found.pass_on  # type: ignore[no-any-return]
        if kind == "every_s":
            fits = 0.001 <= number < 2**31
        else:
            fits = type(number) is int and (kind == "once" or 0 < number < 2**62)
        if fits and len(COUNTERS.repeats) < MOST_EVENTS:
            fresh = Turns(0, number) if kind == "every_s" else Turns(number, 0)
            return COUNTERS.repeats.setdefault(key, fresh).pass_on  # type: ignore[no-any-return]
        if fits:
            return _all
    DIAGNOSTICS.report_once(
        f"repeats:{kind}",
        f"the argument of {kind} has to be a number above 0: all lines are written",
        {"given": number if type(number) in (int, float) else type(number).__name__},
    )
    return _all


class _Forgetful:
    """Have a forked child count anew."""

    def forget(self) -> None:
        """Forget the counters."""
        COUNTERS.forget_repeats()


_FORGETFUL = _Forgetful()
forget_in_child(_FORGETFUL)
