"""A pipeline that takes the place of the configured one for a while: what tests capture with."""

from __future__ import annotations

from collections.abc import Callable

from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._pipeline import pipeline
from provide.foundation._pipeline.pipeline import Pipeline
from provide.foundation._runtime.lanes import fast_sinks
from provide.foundation._runtime.levels import ends_now, follow_levels, put_ends
from provide.foundation._runtime.setup import setup_telemetry, shut_down
from provide.foundation._runtime.startup import start, start_now
from provide.foundation._runtime.state import STATE, change, levels_now, take_last_steps
from provide.foundation._runtime.swap import (
    always,
    close_leaving,
    hand_over,
    install_methods,
    install_pipeline,
    unstart,
)
from provide.foundation.levels import TABLE


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
