"""Which calls of `Logger.once`, `every` and `every_s` become lines, and what is said of the others.

They are counted in the process, by logger, level and event, and stay counted over set-ups. A call
that is left out is dropped by the pipeline that would have had the line, which says how many were.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic_ns, sleep
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.counter import LineCounter
from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._logger.starting import start
from provide.foundation._process.forks import renew_after_fork
from provide.foundation._process.interrupts import (
    INTERRUPTED,
    accounts,
    comes_from_handler,
    is_accounted_for,
    raise_accounted,
)
from provide.foundation._runtime.state import STATE
from provide.foundation._sampling.counters import (
    DECISIONS,
    EventCounter,
    Unsaid,
    event_key,
    event_text,
)
from provide.foundation._sampling.places import MOST_EVENTS, OTHERS
from provide.foundation._sampling.summary import say_left_out
from provide.foundation.levels import adopt

if TYPE_CHECKING:
    from provide.foundation._logger.state import LoggerState
    from provide.foundation._pipeline.pipeline import Pipeline

    Key = tuple[LoggerState, int, object]
    Dropped = tuple[LineCounter, tuple[LineCounter, ...]]

#: In how many seconds it is said what `once` and `every` have left out: they have no window.
SAID_S = 60.0
_SAID_NS = int(SAID_S * 1e9)
#: A call that comes in the midst of a change of the configuration waits for the next pipeline.
_MOST_TRIES = 1000
#: How often it is looked for room, while there is none.
_PAUSE_NS = 1_000_000_000


class Turns:
    """Decide whose turn it is, for all calls with one argument.

    `MOST_EVENTS` events of all kinds have counters of their own; as many again share them with
    others of their kind, logger and level.

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
        except Exception as error:  # a log call never raises: without a decision it is a line
            try:
                _fail(error, level, logger)
            except RecursionError:  # no stack to say so
                return True
            return True

    def _meet(self, logger: Any, level: int, event: object) -> bool:
        """Decide about a call of a logger or an event that has not been met."""
        start()
        if adopt(logger) > level:
            return True
        site, text = logger._site, event_text(event)
        known = self._counters
        key, others = (site, level, event_key(event)), (site, level, OTHERS)
        if key in known:
            pass
        elif others in known and monotonic_ns() < self._next_look:
            key = others
        else:
            taken = sum([len(each) for each in list(COUNTERS.repeats.values())])
            if taken >= MOST_EVENTS:
                taken -= self._drop_ended()
            if taken >= MOST_EVENTS:
                key, text = others, OTHERS
                if key not in known and taken >= 2 * MOST_EVENTS:
                    return True
        fresh = EventCounter(site._name, level, text, self._seconds or SAID_S)
        return self._decide(site, known.setdefault(key, fresh))

    def _drop_ended(self) -> int:
        """Make room: a window that has ended, with nothing to be said, needs no counter."""
        now, before = monotonic_ns(), len(self._counters)
        self._next_look = now + _PAUSE_NS
        if not self._window:
            return 0
        for key, counter in self._counters.copy().items():
            if counter.end <= now and not counter.left_out:
                self._counters.pop(key, None)
        return before - len(self._counters)

    @DECISIONS.guard
    def _decide(self, site: LoggerState, counter: EventCounter) -> bool:
        """Say whether a call of an event has its turn, and count it if not."""
        for _ in range(_MOST_TRIES):
            pipeline = STATE.pipeline
            if pipeline is None:  # this thread is in the midst of a set-up
                return True
            unsaid: Any = pipeline.repeats
            if unsaid is None:
                unsaid = _begin(pipeline)
            dropped, others = unsaid.dropped_by(site, counter.level)
            now = monotonic_ns()
            if now >= unsaid.due:
                unsaid.say_ended(now)
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
            counter.left_out += 1
            dropped.count += 1
            if not counter.due or others:
                due, outputs = counter.end or now + _SAID_NS, [*others]
                try:
                    unsaid.follow(counter, due, outputs)
                except BaseException as error:  # of a signal handler: it is counted all the same
                    return _follow_again(error, unsaid, counter, due, outputs)
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
        self._dropped: dict[tuple[LoggerState, int], Dropped] = {}

    def dropped_by(self, site: LoggerState, level: int) -> Dropped:
        """Return what counts calls of a logger and level: for one output, and for the others."""
        found = self._dropped.get((site, level))
        if found is None:
            dropped, *others = [
                output.sink.counts.dropped_by("repeated")
                for output in self._pipeline.outputs
                if output.takes_level(level, site._name)
            ] or [LineCounter()]  # nobody reads it, where no output takes the level
            found = self._dropped[site, level] = dropped, tuple(others)
        return found


def _follow_again(
    error: BaseException,
    unsaid: LeftOut,
    counter: EventCounter,
    due: int,
    outputs: list[LineCounter],
) -> bool:
    """Go on behind an error with what follows a count; what a signal handler has raised goes on."""
    try:
        unsaid.follow(counter, due, outputs)
        if isinstance(error, Exception) and not comes_from_handler(error):
            COUNTERS.fault("sampling")
            return False
    except (MemoryError, RecursionError):  # it is counted, and the next call notes it
        return False
    raise_accounted(error)


def _fail(error: Exception, level: int, logger: Any) -> None:
    """Count what has gone wrong; what a signal handler has raised goes on."""
    if not comes_from_handler(error):
        COUNTERS.fault("sampling")
        return
    if STATE.pipeline is not None and not is_accounted_for(error):
        # Never raises: whatever a logger lacks may be the error.
        name = getattr(getattr(logger, "_site", None), "_name", None)
        STATE.pipeline.drop(level, INTERRUPTED, name=name)
    raise error


def _begin(pipeline: Pipeline) -> Any:
    fresh = LeftOut(pipeline)
    if pipeline.repeats is None:  # no call
        pipeline.repeats = fresh
    return pipeline.repeats


def _all(_logger: object, _level: int, _event: object) -> bool:
    return True


#: Which arguments are taken, in words.
_FITTING = {"every": "an integer from 1 to 2**62 - 1", "every_s": "from 0.001 to 2**31 - 1 seconds"}


def find_turns(kind: str, number: Any) -> Callable[[Any, int, object], bool]:
    """Return what decides about calls with an argument; a bad one leaves nothing out.

    Args:
        kind: ``once``, ``every`` or ``every_s``.
        number: The argument; 0 of ``once``.
    """
    if type(number) in (int, float):
        key = kind, number
        if kind == "every_s":
            fits = 0.001 <= number < 2**31
        else:
            fits = type(number) is int and (kind == "once" or 0 < number < 2**62)
        found = COUNTERS.repeats.get(key) if fits else None
        if found is not None:
            return found.pass_on  # type: ignore[no-any-return]
        if fits and len(COUNTERS.repeats) < MOST_EVENTS:
            fresh = Turns(0, number) if kind == "every_s" else Turns(number, 0)
            return COUNTERS.repeats.setdefault(key, fresh).pass_on  # type: ignore[no-any-return]
        if fits:
            return _all
    DIAGNOSTICS.report_once(
        f"repeats:{kind}",
        f"the argument of {kind} has to be {_FITTING[kind]}: all lines are written",
        {"given": number if type(number) in (int, float) else type(number).__name__},
    )
    return _all


renew_after_fork(COUNTERS.forget_repeats)
