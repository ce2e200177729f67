"""Which calls of `Logger.once`, `every` and `every_s` become lines, and what is said of the others.

They are counted in the process, by logger, level and event, and stay counted over set-ups. What is
left out is dropped by the pipeline that would have had the line, which says how much it was.
"""

from __future__ import annotations

from time import monotonic_ns, sleep
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._logger.starting import start
from provide.foundation._process.interrupts import accounts, let_through
from provide.foundation._runtime.state import STATE
from provide.foundation._sampling.counters import EventCounter, Unsaid, event_key, forget_in_child
from provide.foundation._sampling.summary import say_left_out
from provide.foundation.levels import adopt

if TYPE_CHECKING:
    from provide.foundation._pipeline.pipeline import Pipeline

#: So many events have counters of their own; as many again share them with others of their kind,
#: logger and level.
MOST_EVENTS = 1000
_OTHERS = "<other events>"
#: In how many seconds it is said what `once` and `every` have left out: they have no window.
SAID_S = 60.0
#: A call that comes in the midst of a change of the configuration waits for the next pipeline.
_MOST_TRIES = 1000
_WINDOWS = ("every_s",)


@accounts
def passes(logger: Any, level: int, event: object, kind: str, number: float) -> bool:
    """Say whether a call is to become a line, and count it if not.

    Args:
        logger: The logger.
        level: The level.
        event: The event.
        kind: ``once``, ``every`` or ``every_s``.
        number: Every how many calls, or seconds.
    """
    try:
        start()
        try:
            site = logger._site
            threshold = site._threshold
        except AttributeError:  # nothing has initialised it
            threshold = adopt(logger)
            site = logger._site
        if threshold > level:
            return True  # to its method, which knows what to do with it
        counter = _find(kind, number, site._name, level, event)
        if counter is None:
            return True
        return _decide(counter, level, kind, number)
    except Exception:  # a log call never raises: without a decision it is a line
        let_through()
        COUNTERS.fault("sampling")
        return True


def _find(kind: str, number: float, name: str, level: int, event: object) -> EventCounter | None:
    """Return the counter of an event; `None`: there is no room for another one."""
    known = COUNTERS.repeats
    if not _is_valid(kind, number):
        return None
    key = kind, number, name, level, event_key(event)
    found: EventCounter | None = known.get(key)
    if found is not None:
        return found
    if len(known) >= MOST_EVENTS:
        _drop_ended(known)
    if len(known) >= MOST_EVENTS:
        key = (*key[:4], _OTHERS)
        found = known.get(key)
        if found is not None or len(known) >= 2 * MOST_EVENTS:
            return found
    fresh = EventCounter(name, level, key[4], float(number) if kind in _WINDOWS else SAID_S)
    kept: EventCounter = known.setdefault(key, fresh)
    return kept


def _is_valid(kind: str, number: float) -> bool:
    if kind == "once":
        return True
    kinds: Any = (int, float) if kind in _WINDOWS else int
    if isinstance(number, kinds) and 0 < number < 2**31:
        return True
    DIAGNOSTICS.report_once(
        f"repeats:{kind}",
        f"the argument of {kind} has to be a number above 0: all lines are written",
        {"given": str(type(number).__name__) if type(number) not in (int, float) else number},
    )
    return False


def _drop_ended(known: dict[Any, EventCounter]) -> None:
    """Make room: a window that has ended, with nothing to be said, needs no counter."""
    now = monotonic_ns()
    for key, counter in tuple(known.items()):
        if key[0] in _WINDOWS and counter.end <= now and not counter.left_out:
            known.pop(key, None)


def _decide(counter: EventCounter, level: int, kind: str, number: float) -> bool:
    now, window = monotonic_ns(), int(counter.window_s * 1e9)
    for _ in range(_MOST_TRIES):
        pipeline = STATE.pipeline
        if pipeline is None:  # this thread is in the midst of a set-up
            return True
        unsaid: Any = pipeline.repeats
        if unsaid is None:
            fresh = _make_unsaid(pipeline)
            if pipeline.repeats is None:  # no call
                pipeline.repeats = fresh
            unsaid = pipeline.repeats
        if now >= unsaid.due:
            unsaid.say_ended(now)
        # No call until the line is counted, else another thread comes between.
        if pipeline.superseded:
            sleep(0)  # until the next one is there
            continue
        counter.seen = seen = counter.seen + 1
        if kind == "once":
            is_written = seen == 1
        elif kind == "every":
            is_written = seen % number == 1 or number == 1
        else:
            is_written = now >= counter.end
            if is_written:
                counter.end = now + window
        if is_written:
            return True
        counter.left_out = left = counter.left_out + 1
        if left == 1:
            unsaid.note(counter, counter.end or now + window)
        pipeline.drop(level, "repeated", name=counter.name)
        return False
    return True


def _make_unsaid(pipeline: Pipeline) -> Unsaid:
    return Unsaid(lambda counter, number: say_left_out(pipeline, counter, number))


class _Forgetful:
    """Have a forked child count anew."""

    def forget(self) -> None:
        COUNTERS.repeats.clear()


_FORGETFUL = _Forgetful()
forget_in_child(_FORGETFUL)
