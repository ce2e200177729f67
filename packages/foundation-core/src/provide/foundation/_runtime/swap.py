"""One pipeline in place of another: the methods of `Logger`, the lane, what is closed behind it.

The lane's methods replace the older ones on `Logger`, and the older lane sends on whatever still
reaches it; so no line is lost on the way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS, OWN_RECORD
from provide.foundation._lanes.base import FastLane
from provide.foundation._logger.methods import STAYING, MadeFor, install, uninstall
from provide.foundation._logger.starting import set_starter
from provide.foundation._output.files.file import FileSink
from provide.foundation._output.output import Output
from provide.foundation._output.standard import StandardSink
from provide.foundation._pipeline import pipeline
from provide.foundation._pipeline.pipeline import Pipeline
from provide.foundation._process import hooks
from provide.foundation._process.import_watch import ImportWatch
from provide.foundation._process.interrupts import let_through
from provide.foundation._record.constants import renewed
from provide.foundation._runtime.build import bare_output
from provide.foundation._runtime.lanes import (
    decides_alone,
    fast_sinks,
    lane_name,
    make_lane,
    methods_of,
)
from provide.foundation._runtime.state import STATE, take_last_steps
from provide.foundation.context import CONTEXT_MODULE
from provide.foundation.extension import set_forgetter
from provide.foundation.levels import TABLE

if TYPE_CHECKING:
    from provide.foundation._logger.methods import Gate
    from provide.foundation._output.output import LevelRange
    from provide.foundation._runtime.lanes import FastSink, Lane, MethodsAt


def install_pipeline(
    fresh: Pipeline,
    sinks: Sequence[FastSink],
    note: Callable[[], None] = lambda: None,
    *,
    uncovers: bool = False,
) -> None:
    """Let every logger write by a pipeline.

    Args:
        fresh: The pipeline.
        sinks: What the fast lane writes to, where it may; else nothing.
        note: Comes first among the steps that no interrupt can end.
        uncovers: Whether a capture ends with it; else a capture goes on, and it waits.
    """
    if STATE.capture is not None and not uncovers:

        def wait() -> None:
            note()
            put_behind(fresh)

        take_last_steps(wait)
        return
    lane = make_lane(fresh, sinks)
    methods_at = always(pipeline.level_methods(fresh)) if lane is None else methods_of(fresh, lane)
    bind = None if lane is None or fresh.processors else lane.bind
    supersede = None if lane is None else lane.supersede
    levels = fresh.outputs[0].levels if decides_alone(fresh) else None
    gates = gates_of(fresh, lane)
    for output in fresh.outputs:
        destination = output.sink.destination
        if isinstance(destination, FileSink | StandardSink):
            destination.writer.recovery_record = _recovery_record(fresh, output)
    writer = report_writer(fresh)
    older = STATE.pipeline

    def take_over() -> None:
        note()
        # Before its methods are there: a call in between would send itself on to itself.
        fresh.superseded = False
        COUNTERS.lane = lane_name(fresh, None if lane is None else lane.NAME)
        if lane is not None:
            _watch_structlog(lane)
        set_forgetter(None if lane is None else lane.forget_emoji)
        install_methods(methods_at, bind, levels, gates)
        hand_over(fresh, supersede)
        say_left_out(older, for_good=older is not fresh)  # it leaves nothing out any more
        set_starter(None)
        DIAGNOSTICS.writer = writer
        hooks.at_exit(STATE.at_exit)

    take_last_steps(take_over)


def renew_process_id() -> None:
    """Let the lines of a forked child have its own process id, where lines have one.

    Loggers keep what they have encoded with the lane that they know, so there is a new lane.
    """
    if STATE.config is None or not STATE.config.logging.process:
        return
    for each in (STATE.pipeline, STATE.behind):
        if each is not None:
            each.constants = renewed(each.constants)
    current, supersede = STATE.pipeline, STATE.supersede_lane
    if current is None or supersede is None:  # no lane keeps anything: a capture has none
        return
    supersede()  # before the new lane asks to be told of faults
    STATE.pipeline = STATE.supersede_lane = None
    try:
        install_pipeline(current, fast_sinks(current))
    except Exception:  # a fork never raises: the processor lane keeps nothing, and writes all lines
        let_through()
        COUNTERS.fault("setup")
        STATE.pipeline = current
        install_methods(always(pipeline.level_methods(current)), gates=gates_of(current))


def install_methods(
    methods_at: MethodsAt,
    bind: MadeFor | None = None,
    levels: LevelRange | None = None,
    gates: Sequence[Gate] = (),
) -> None:
    """Install level methods, now and again whenever the lowest level changes that is written.

    Args:
        methods_at: Gives them.
        bind: A `bind` of the lane's own.
        levels: What the one output writes: no logger's threshold is below it.
        gates: What decides about calls, the innermost first; those that stay come around them.
    """
    made: dict[Any, Any] = {}

    def follow(lowest: int) -> None:
        methods, around = methods_at(lowest), (*gates, *STAYING)
        if around:
            from provide.foundation._logger.gates import wrap  # whoever has made one has it

            methods = wrap(methods, lowest, around, made)
        install(methods, bind)

    if levels is None or not levels.narrows():
        TABLE.follow(follow)
    else:
        TABLE.follow(follow, levels.threshold_of, levels.least())


def gates_of(fresh: Pipeline, lane: Lane | None = None) -> Sequence[Gate]:
    """Return the gates that come with a pipeline, and with the lane that writes its lines."""
    if fresh.sampling is None:
        return ()
    use_sampling = getattr(lane, "use_sampling", None)
    if use_sampling is not None:  # a compiled lane makes the decisions itself
        use_sampling(fresh.sampling)
    elif isinstance(lane, FastLane) and not (fresh.processors or fresh.callsite):
        from provide.foundation._lanes.sampled.choose import ask_rules  # for those who ask

        ask_rules(lane, fresh.sampling)
        return ()
    return (fresh.sampling,)


def say_left_out(*pipelines: Pipeline | None, for_good: bool = False) -> None:
    """Have pipelines say what they have left out and not said yet.

    Args:
        pipelines: The pipelines.
        for_good: Whether nobody asks them any more: then they say what threads still leave out.
    """
    for each in pipelines:
        if each is not None and each.sampling is not None:
            each.sampling.say_rest(for_good=for_good)
        if each is not None and each.repeats is not None:
            (each.repeats.close if for_good else each.repeats.say_all)()


def always(methods: Mapping[int, pipeline.LevelMethod]) -> MethodsAt:
    return lambda lowest: methods


def _watch_structlog(lane: Lane) -> None:
    if STATE.watch is not None:
        STATE.watch.stop()
    if CONTEXT_MODULE not in sys.modules:
        STATE.watch = ImportWatch(CONTEXT_MODULE, lambda module: lane.find_structlog())
        STATE.watch.start()
    lane.find_structlog()  # it may have been imported a moment ago


def put_behind(fresh: Pipeline | None) -> None:
    """Make a pipeline the one that is in place once the capture ends."""
    older = STATE.behind
    if older is not fresh:  # else these steps are being walked again
        say_left_out(older, for_good=True)
        leaving = STATE.leaving if older is None else [*STATE.leaving, *older.outputs]
        STATE.behind, STATE.leaving = fresh, leaving
    if fresh is not None:
        fresh.superseded = True
        DIAGNOSTICS.writer = report_writer(fresh)


def unstart() -> None:
    """Go back to a process in which nothing is set up; a capture goes on."""
    if STATE.capture is not None:
        put_behind(None)
    else:
        set_starter(STATE.starter)
        TABLE.follow(lambda lowest: uninstall())
        # Both would keep the lane, and so its file open.
        set_forgetter(None)
        if STATE.watch is not None:
            STATE.watch.stop()
            STATE.watch = None
        hand_over(None, None)
    STATE.config, STATE.explicit, STATE.extensions = None, False, []


def hand_over(
    fresh: Pipeline | None, supersede: Callable[[], None] | None, *, closes: bool = True
) -> None:
    """Supersede the present pipeline, none of whose methods is installed any more."""
    older = STATE.pipeline
    if older is fresh:  # its lane is another one, or these steps are being walked again
        was, STATE.supersede_lane = STATE.supersede_lane, supersede
        if was is not None and was != supersede:
            was()
        return
    if STATE.supersede_lane is not None:
        STATE.supersede_lane()
    if older is not None:
        older.superseded = True
    leaving = [*STATE.leaving, *older.outputs] if older is not None and closes else STATE.leaving
    # No call stands between these three: an interrupt finds all of them done, or none.
    STATE.pipeline, STATE.supersede_lane, STATE.leaving = fresh, supersede, leaving


def close_leaving(*, release: bool = False) -> None:
    """Close what no pipeline uses any more; an interrupt leaves the rest to the next change.

    Args:
        release: Whether files are closed at once, and not when nobody can write to them any more.
    """
    while STATE.leaving:
        STATE.leaving[0].sink.close()
        if release:
            STATE.leaving[0].sink.destination.release()
        STATE.leaving = STATE.leaving[1:]


def report_writer(current: Pipeline) -> Callable[[int, str, Any], None]:
    """Return what writes a notice to stderr, in the format of the output that is stderr."""
    for output in current.outputs:
        destination = output.sink.destination
        if isinstance(destination, StandardSink) and destination.name == "stderr":
            chosen = output
            break
    else:
        chosen = bare_output()
    return lambda level, event, fields: current.report(level, event, fields, chosen)


def _recovery_record(current: Pipeline, output: Output) -> Callable[[int], bytes]:
    screen = getattr(output.sink.destination, "screen", None)
    if screen is None:
        return lambda lost: current.recovery_record(output, lost)
    return lambda lost: screen.lay_out(OWN_RECORD, current.recovery_record(output, lost))
