"""A pipeline that takes the place of the configured one for a while: what tests capture with."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING

from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._pipeline import pipeline
from provide.foundation._pipeline.fields import redact
from provide.foundation._pipeline.pipeline import Pipeline
from provide.foundation._record.record import Record
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._record.values import plain_fields
from provide.foundation._runtime.apply import add_listener
from provide.foundation._runtime.lanes import fast_sinks
from provide.foundation._runtime.levels import ends_now, follow_levels, put_ends
from provide.foundation._runtime.setup import setup_telemetry, shut_down
from provide.foundation._runtime.startup import start, start_now
from provide.foundation._runtime.state import (
    STATE,
    change,
    configured,
    levels_now,
    take_last_steps,
)
from provide.foundation._runtime.swap import (
    always,
    close_leaving,
    hand_over,
    install_methods,
    install_pipeline,
    unstart,
)
from provide.foundation.levels import TABLE

if TYPE_CHECKING:
    from logging import Handler

    from provide.foundation._output.output import Output

#: The parts of a record in which patterns are searched.
_SEARCHED = ("exception", "stack", "stack_trace")


def swap_pipeline(replacement: Pipeline) -> Callable[[], None]:
    """Put another pipeline in place, for tests; return what puts the configured one back.

    One at a time. A set-up, or a reset, in between is put behind it, and so is what comes back. So
    are the levels: those that hold now, or that such a set-up brings. Those of them that hold for a
    time end after it.
    """
    start()

    def swap() -> None:
        if STATE.pipeline is None:
            start_now()
        take_last_steps(put_in_place)

    def put_in_place() -> None:
        if STATE.capture is not replacement:  # else these steps are being walked again
            STATE.behind, STATE.levels, STATE.ends = STATE.pipeline, levels_now(), ends_now()
            STATE.capture = replacement
            add_listener(replacement, as_configured)
            COUNTERS.forget_repeats()  # each test has the lines of `Logger.once` anew
        install_methods(always(pipeline.level_methods(replacement)))
        COUNTERS.lane = "processor"
        # Methods that somebody has kept find the replacement too.
        hand_over(replacement, None, closes=False)

    def restore() -> None:
        if STATE.capture is not replacement:
            return
        if STATE.behind is None:
            take_last_steps(leave_nothing)
        else:
            install_pipeline(STATE.behind, fast_sinks(STATE.behind), end_capture, uncovers=True)
        close_leaving()
        follow_levels()

    def end_capture() -> None:
        STATE.capture = STATE.behind = None
        TABLE.replace(*STATE.levels)
        put_ends(STATE.ends)

    def leave_nothing() -> None:
        end_capture()
        unstart()

    change(swap)
    return lambda: change(restore)


def keep_levels() -> Callable[[], None]:
    """Return what lets the present levels hold again, each as long as it would have."""
    levels, ends = levels_now(), ends_now()

    def put() -> None:
        TABLE.replace(*levels)
        put_ends(ends)
        follow_levels()

    return lambda: change(put)


def set_up_now() -> object:
    """Return what tells the present set-up from every other."""
    return STATE.config


def keep_set_up() -> Callable[[], None]:
    """Return what brings the present configuration and levels back, whatever a test does."""
    start()  # else the first capture would be what has changed
    config, explicit, put_levels_back = STATE.config, STATE.explicit, keep_levels()

    def forget() -> None:
        shut_down()
        take_last_steps(unstart)
        close_leaving()

    def restore() -> None:
        if STATE.config is not config or STATE.explicit is not explicit:
            if explicit:
                setup_telemetry(config)
            else:
                change(forget)
        put_levels_back()

    return restore


def listen(handler: Handler) -> Callable[[], None]:
    """Have a handler of `logging` get every line besides, of any set-up; return what ends that.

    One at a time. Where a configuration propagates its lines, the handler gets none of them: it
    listens to `logging` as well.
    """

    def begin() -> None:
        STATE.listener = handler
        for each in (STATE.capture, configured()):
            if each is not None and (each is STATE.capture or not _propagates()):
                add_listener(each, as_configured if each is STATE.capture else None)
        follow()

    def end() -> None:
        STATE.listener = None
        for each in (STATE.capture, configured()):
            if each is not None:
                leaving = [one for one in each.outputs if _is_for(handler, one)]
                each.outputs = tuple(one for one in each.outputs if one not in leaving)
                STATE.leaving = [*STATE.leaving, *leaving]
        follow()
        close_leaving()

    def follow() -> None:
        current = STATE.pipeline
        if current is not None and STATE.capture is None:
            install_pipeline(current, fast_sinks(current))
        # What has come from `logging` must not go back there.
        taking = outward.taking_in if STATE.listener is not None or _propagates() else None
        stdlib.take_in(taking)

    from provide.foundation._bridges import stdlib  # both only for those who listen
    from provide.foundation._output.handlers import outward

    change(begin)
    return lambda: change(end)


def _propagates() -> bool:
    return STATE.config is not None and STATE.config.logging.propagate


def _is_for(handler: Handler, output: Output) -> bool:
    return getattr(output.sink, "handler", None) is handler


def as_configured(record: Record) -> Record:
    """Return a captured record as the configuration behind the capture would have written it.

    Fields are plain data; what the configuration masks is masked, patterns included.
    """
    current = configured()
    if current is None:
        current = Pipeline([], policy=KeyPolicy())
    shown = copy(record)
    if current.hiding is None:
        is_secret = current.policy.is_secret
        fields = redact(dict(record.fields), current.policy)
        shown.fields = plain_fields(fields, current.limits, is_secret)
        return shown
    shown.event, shown.fields = current.hiding.hide(record.event, record.fields)
    parts = {key: value for key, value in vars(shown).items() if key in _SEARCHED}
    current.hiding.hide_details(parts)
    vars(shown).update(parts)
    return shown
